"""Rules about a notebook's Python: plain, short, quiet, and on declared packages only."""

import ast
import functools
import importlib.metadata
import pathlib
import re
import statistics
import sys
import tomllib
from collections.abc import Iterator

import nbformat

from rules.notebook import Notebook, tags

PYPROJECT = pathlib.Path(__file__).resolve().parents[2] / "pyproject.toml"

MEDIAN_LINES = 4
NEARLY_ALL_LINES = 8
NEARLY_ALL = 0.9
MOST_LINES = 20


def is_plain_python(notebook: Notebook) -> list[str]:
    """Cells hold Python alone: no magics, no shell, nothing that installs a package."""
    problems = []
    for number, cell in notebook.code_cells:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            line = (error.text or "").strip()
            problems.append(
                notebook.problem(number, f"{line!r} is not plain Python; write it without magics")
            )
    return problems


def has_short_cells(notebook: Notebook) -> list[str]:
    """One idea a cell: a median of 4 lines, nine in ten at most 8, none over 20."""
    lengths = {number: lines_of_code(cell) for number, cell in notebook.code_cells}
    problems = [
        notebook.problem(number, f"{length} lines of code, expected at most {MOST_LINES}; split it")
        for number, length in lengths.items()
        if length > MOST_LINES
    ]
    if not lengths:
        return problems
    median = statistics.median(lengths.values())
    if median > MEDIAN_LINES:
        problems.append(
            f"{notebook.path.name}: the median code cell has {median:g} lines, "
            f"expected at most {MEDIAN_LINES}; split the long ones"
        )
    long = [number for number, length in lengths.items() if length > NEARLY_ALL_LINES]
    if len(long) > (1 - NEARLY_ALL) * len(lengths):
        problems.append(
            f"{notebook.path.name}: {len(long)} of {len(lengths)} code cells have more than "
            f"{NEARLY_ALL_LINES} lines, expected at most one in ten; split some of the cells {long}"
        )
    return problems


def lines_of_code(cell: nbformat.NotebookNode) -> int:
    """Count a cell's lines that are neither blank nor only a comment."""
    lines = (line.strip() for line in cell.source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def runs_quietly(notebook: Notebook) -> list[str]:
    """`fit`, `evaluate` and `predict` print no progress bar, whose times differ at each run."""
    problems = []
    for number, tree in notebook.syntax_trees:
        if tags(notebook.node.cells[number - 1]) & {"nbval-ignore-output", "raises-exception"}:
            continue
        for call in calls(tree, {"fit", "evaluate", "predict"}):
            verbose = next((it.value for it in call.keywords if it.arg == "verbose"), None)
            if not (isinstance(verbose, ast.Constant) and verbose.value == 0):
                problems.append(notebook.problem(number, f"give .{call.func.attr}(…) verbose=0"))
    return problems


def calls(tree: ast.AST, methods: set[str]) -> Iterator[ast.Call]:
    """Yield the calls of methods with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in methods:
                yield node


def imports_only_what_is_declared(notebook: Notebook) -> list[str]:
    """Each import is of the standard library, the companion or a dependency of the project."""
    allowed = sys.stdlib_module_names | {"companion"} | declared_modules()
    return [
        notebook.problem(
            number,
            f"imports {module!r}, which comes with none of the dependencies in pyproject.toml; "
            "declare its package or do without",
        )
        for number, module in imports(notebook)
        if module.partition(".")[0] not in allowed
    ]


@functools.cache
def declared_modules() -> frozenset[str]:
    """Return the top-level modules of the packages that pyproject.toml depends on."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    declared = {re.match(r"[\w.-]+", line).group().lower() for line in project["dependencies"]}
    # The CPU build is the same package under another name.
    if "tensorflow" in declared:
        declared.add("tensorflow-cpu")
    modules = importlib.metadata.packages_distributions()
    return frozenset(
        module
        for module, packages in modules.items()
        if declared & {re.sub(r"[-_.]+", "-", package).lower() for package in packages}
    )


def imports(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Yield every imported module, in the order of the cells, with its cell's number."""
    for number, tree in notebook.syntax_trees:
        nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        for node in sorted(nodes, key=lambda node: node.lineno):
            if isinstance(node, ast.ImportFrom):
                yield number, node.module or ""
            else:
                yield from ((number, alias.name) for alias in node.names)


def imports_companion_first(notebook: Notebook) -> list[str]:
    """The companion comes before TensorFlow: its settings are read when TensorFlow starts."""
    for number, module in imports(notebook):
        package = module.partition(".")[0]
        if package == "companion":
            return []
        if package in ("tensorflow", "keras"):
            return [notebook.problem(number, f"import from companion before {package!r}")]
    return []


def names_its_imports(notebook: Notebook) -> list[str]:
    """No `from … import *`: the reader sees where each name comes from."""
    return [
        notebook.problem(number, f"name what you import from {node.module!r} instead of *")
        for number, tree in notebook.syntax_trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def marks_cells_by_tags(notebook: Notebook) -> list[str]:
    """What nbval ignores is said by a tag, which other rules see, and not by a comment."""
    return [
        notebook.problem(number, "write a cell tag (nbval-ignore-output) instead of the comment")
        for number, cell in notebook.code_cells
        if re.search(r"^\s*#\s*(NBVAL_|PYTEST_VALIDATE_)", cell.source, re.MULTILINE)
    ]


COMPARISON = "# Your prediction beside the result"


def folds_the_answers(notebook: Notebook) -> list[str]:
    """A cell that gives the answer to a prompt away is folded, and its first line, all one sees, says nothing of it."""
    return [
        notebook.problem(
            number, f"gives an answer away; begin it with {COMPARISON!r}, and let the refresh fold it"
        )
        for number, cell in notebook.code_cells
        if ".compare(" in cell.source.replace("forms.compare(", "")  # which compares the forms of a model
        and not (
            cell.source.startswith(f"{COMPARISON}\n")
            and cell.metadata.get("jupyter", {}).get("source_hidden")
        )
    ]


RULES = (
    folds_the_answers,
    is_plain_python,
    has_short_cells,
    runs_quietly,
    imports_only_what_is_declared,
    imports_companion_first,
    names_its_imports,
    marks_cells_by_tags,
)
