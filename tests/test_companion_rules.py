"""The companion loads, draws and checks; every model is built in a notebook, in plain view.

Each rule takes a module's syntax tree and returns what is wrong, in words. It is tried on source
that breaks it, so that it cannot rot unseen, and then on each module of the companion.
"""

import ast
import graphlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rules.code import declared_modules

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "companion").rglob("*.py"))

TENSORFLOW = {"tensorflow", "tf", "keras"}
MODEL_PARTS = {"Sequential", "Model", "Input", "GradientTape", "Variable"} | {
    "layers", "models", "optimizers", "losses", "activations", "data"
}  # fmt: skip
LEARNERS_STEPS = {
    "compile", "fit", "adapt", "train_on_batch", "apply_gradients", "save", "save_weights", "export"
}  # fmt: skip
# Documented, in spite of their underscore.
PUBLIC_UNDERSCORES = {"_asdict", "_fields", "_make", "_replace"}


def dotted(node: ast.expr) -> list[str]:
    """Return the parts of a dotted name (`keras.layers.Dense`), or [] for another expression."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (parts := dotted(node.value)):
        return [*parts, node.attr]
    return []


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, list[str]]]:
    """Yield each import with the dotted names that it brings in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            yield node, [f"{node.module or ''}.{alias.name}" for alias in node.names]


def builds_no_model(tree: ast.Module) -> list[str]:
    """No layer, model, optimizer or pipeline is made here: that is what the notebooks teach.

    To look up what a name such as "relu" stands for (`keras.activations.get`) makes nothing.
    """
    names = [(node, dotted(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names += [(node, name.split(".")) for node, some in imports(tree) for name in some]
    return [
        f"line {node.lineno}: {'.'.join(parts)} builds a part of a model; leave that to a notebook"
        for node, parts in names
        if parts and parts[0] in TENSORFLOW and MODEL_PARTS & set(parts) and parts[-1] != "get"
    ]


def trains_no_model(tree: ast.Module) -> list[str]:
    """No model is compiled, fitted or saved here."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        f"line {call.lineno}: .{call.func.attr}(…) takes a step of the learner's"
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in LEARNERS_STEPS
        and not is_of_another_library(call)
    ]


def is_of_another_library(call: ast.Call) -> bool:
    """Whether a call is `re.compile(…)`, or saves a picture, whose format Pillow is told."""
    if call.func.attr == "compile":
        return dotted(call.func) == ["re", "compile"]
    return call.func.attr == "save" and "format" in {keyword.arg for keyword in call.keywords}


def imports_tensorflow_late(tree: ast.Module) -> list[str]:
    """TensorFlow and Keras are imported inside the functions that need them, if any do."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    return [
        f"line {node.lineno}: import {name} inside the function that needs it"
        for node, names in imports(tree)
        for name in names
        if name.split(".")[0] in TENSORFLOW and id(node) not in inside
    ]


def uses_public_names(tree: ast.Module) -> list[str]:
    """Nothing private of another module is read: such names change without notice."""
    private = [
        (node, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and dotted(node.value) not in (["self"], ["cls"])
    ]
    private += [(node, name.split(".")[-1]) for node, names in imports(tree) for name in names]
    private += [
        (node, str(node.args[1].value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in (["getattr"], ["setattr"])
        if isinstance(node.args[1], ast.Constant)
    ]
    return [
        f"line {node.lineno}: {name} is private to its owner; find a public way"
        for node, name in private
        if name.startswith("_") and not name.endswith("__") and name not in PUBLIC_UNDERSCORES
    ]


def names_its_imports(tree: ast.Module) -> list[str]:
    """Each import says what it brings in and, in full, from where."""
    return [
        f"line {node.lineno}: name what is imported, and the module in full, without * or ."
        for node, names in imports(tree)
        if any(name.endswith(".*") for name in names) or getattr(node, "level", 0)
    ]


def imports_only_what_is_declared(tree: ast.Module) -> list[str]:
    """Each import is of the standard library, the companion or a dependency in pyproject.toml."""
    known = sys.stdlib_module_names | {"companion"} | declared_modules()
    return [
        f"line {node.lineno}: {name} comes with no dependency in pyproject.toml; declare it there"
        for node, names in imports(tree)
        for name in names
        if name.split(".")[0] not in known
    ]


def is_documented(tree: ast.Module) -> list[str]:
    """The module, and each public class and function, has a docstring."""
    problems = [] if ast.get_docstring(tree) else ["the module has no docstring"]
    return problems + [
        f"line {node.lineno}: {node.name} has no docstring"
        for node in public_definitions(tree)
        if not ast.get_docstring(node)
    ]


def is_typed(tree: ast.Module) -> list[str]:
    """Each public function says the types of its arguments and of its result."""
    problems = []
    for node in public_definitions(tree):
        if isinstance(node, ast.ClassDef):
            continue
        every = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        every += [it for it in (node.args.vararg, node.args.kwarg) if it]
        bare = [it.arg for it in every if it.annotation is None and it.arg not in ("self", "cls")]
        if bare or node.returns is None:
            missing = ", ".join(bare + (["the result"] if node.returns is None else []))
            problems.append(f"line {node.lineno}: {node.name} has no type hint for {missing}")
    return problems


def public_definitions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Yield the public functions and classes of a module, and the methods of those classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


RULES = (
    builds_no_model,
    trains_no_model,
    imports_tensorflow_late,
    uses_public_names,
    names_its_imports,
    imports_only_what_is_declared,
    is_documented,
    is_typed,
)

MISTAKES = [
    (builds_no_model, "model = keras.Sequential([])"),
    (builds_no_model, "layer = keras.layers.Dense(3)"),
    (builds_no_model, "rows = tf.data.Dataset.from_tensor_slices(x)"),
    (builds_no_model, "def f():\n    from keras import layers"),
    (builds_no_model, "from tensorflow.keras.optimizers import Adam"),
    (trains_no_model, "model.fit(x, y)"),
    (trains_no_model, "make(3).compile('adam')"),
    (trains_no_model, "layer.adapt(x)"),
    (trains_no_model, "model.save('digits.keras')"),
    (trains_no_model, "model.export('digits')"),
    (imports_tensorflow_late, "import tensorflow as tf"),
    (imports_tensorflow_late, "try:\n    from keras import ops\nexcept ImportError:\n    pass"),
    (imports_tensorflow_late, "class A:\n    import keras"),
    (uses_public_names, "layer._inbound_nodes"),
    (uses_public_names, "self.model._layers"),
    (uses_public_names, "getattr(model, '_is_compiled')"),
    (uses_public_names, "from matplotlib import _pylab_helpers"),
    (names_its_imports, "from numpy import *"),
    (names_its_imports, "from . import plots"),
    (imports_only_what_is_declared, "import pandas"),
    (imports_only_what_is_declared, "def f():\n    from sklearn import svm"),
    (is_documented, "x = 1"),
    (is_documented, '"""A module."""\ndef load(): ...'),
    (is_documented, '"""A module."""\nclass A:\n    """A class."""\n    def go(self): ...'),
    (is_typed, "def load(name) -> int: ..."),
    (is_typed, "def load(name: str): ..."),
    (is_typed, "def load(*, full=False) -> int: ..."),
    (is_typed, "class A:\n    def go(self, *steps) -> int: ..."),
]

GOOD = '''"""A module."""

import re
from typing import Any

import numpy as np

PATTERN = re.compile("x")


class Box:
    """A box."""

    _count: int = 0

    def widen(self, by: float) -> "Box":
        """Return a wider box."""
        self._count += 1
        return self


def draw(model: Any, *, times: int = 1) -> Any:
    """Call a model, say what it is, and store a picture."""
    import keras

    picture.save(file, format="png")
    return isinstance(model, keras.Model) and model(np.zeros(3)) and model.layers.index(0)


def _helper(x):
    return x.__class__
'''


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_good_source_has_no_problems(rule):
    assert rule(ast.parse(GOOD)) == []


@pytest.mark.parametrize(("rule", "source"), MISTAKES)
def test_a_mistake_is_caught(rule, source):
    assert rule(ast.parse(source))


def test_each_rule_has_a_mistake_that_it_catches():
    assert {rule for rule, _ in MISTAKES} == set(RULES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_companion(path, rule):
    problems = rule(ast.parse(path.read_text(encoding="utf-8")))

    if problems:
        pytest.fail("\n".join(f"{path.name}, {problem}" for problem in problems), pytrace=False)


def module_names(paths: list[pathlib.Path], root: pathlib.Path) -> dict[pathlib.Path, str]:
    """Return the name under which each file is imported."""
    return {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in paths}


def dependencies(paths: list[pathlib.Path], root: pathlib.Path) -> dict[str, set[str]]:
    """Return, for each of these modules, those among them that it imports."""
    names = module_names(paths, root)
    graph = {}
    for path, name in names.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        brought = {f"{it}." for _, some in imports(tree) for it in some}
        graph[name] = {
            other
            for other in set(names.values()) - {name}
            if any(it.startswith(f"{other}.") for it in brought)
        }
    return graph


def test_no_module_imports_itself_on_a_detour():
    graphlib.TopologicalSorter(dependencies(MODULES, ROOT)).prepare()


def test_a_detour_is_caught(tmp_path):
    sources = {"a": "from package import b", "b": "import package.c", "c": "import package.a"}
    (tmp_path / "package").mkdir()
    paths = [tmp_path / "package" / f"{name}.py" for name in sources]
    for path, source in zip(paths, sources.values()):
        path.write_text(source, encoding="utf-8")

    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(dependencies(paths, tmp_path)).prepare()


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh Python."""
    script = f"import sys; old = set(sys.modules); {statement}; print(*set(sys.modules) - old)"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", ["companion", "companion.__main__"])
def test_what_runs_before_the_set_up_needs_the_standard_library_alone(module):
    loaded = modules_after(f"import {module}")

    assert "companion" in loaded
    assert loaded - {"companion"} <= sys.stdlib_module_names


def test_no_import_of_the_companion_starts_tensorflow():
    loaded = modules_after("import " + ", ".join(module_names(MODULES, ROOT).values()))

    assert "numpy" in loaded
    assert not loaded & {"tensorflow", "keras"}
