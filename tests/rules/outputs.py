"""Rules about what a notebook stores: executed in order, clean, light, the same on any machine."""

import json
import re

import nbformat

from refresh import NOTEBOOK_METADATA
from rules.notebook import Notebook, tags

HEAVIEST_OUTPUT_BYTES = 200_000
SHORTEST_ALT_TEXT = 20
REFRESH = "run `python tests/refresh.py` on it"

# A path that only one machine has, or an address in its memory.
MACHINE_TRACES = re.compile(
    r"(?<![\w.])/(?:home|root|work|tmp|Users|private|var/folders)/[\w.~-]+"
    r"|\b[A-Za-z]:\\+\w+"
    r"|\bat 0x[0-9a-fA-F]{6,}"
)


def is_valid(notebook: Notebook) -> list[str]:
    """The file follows the notebook format, 4.5 or later, with a unique id for each cell."""
    problems = []
    if (notebook.node.nbformat, notebook.node.nbformat_minor) < (4, 5):
        problems.append(f"{notebook.path.name}: expected format 4.5 or later; {REFRESH}")
    errors = nbformat.validator.iter_validate(notebook.node)
    problems += [f"{notebook.path.name}: is no valid notebook: {error.message}" for error in errors]
    ids = [cell.get("id") for cell in notebook.node.cells]
    twice = sorted({str(it) for it in ids if ids.count(it) > 1})
    problems += [f"{notebook.path.name}: two cells have the id {it}; delete one" for it in twice]
    return problems


def has_plain_metadata(notebook: Notebook) -> list[str]:
    """No widget state, no version of the Python that ran it: only what the refresh writes."""
    if notebook.node.metadata == NOTEBOOK_METADATA:
        return []
    received = ", ".join(sorted(notebook.node.metadata)) or "none"
    return [
        f"{notebook.path.name}: expected the metadata that the refresh writes, received other "
        f"(keys: {received}); {REFRESH}"
    ]


def ran_from_top_to_bottom(notebook: Notebook) -> list[str]:
    """The code cells were executed in order, in a fresh kernel, none left out."""
    for expected, (number, cell) in enumerate(notebook.code_cells, start=1):
        if cell.execution_count != expected:
            counts = f"expected execution count {expected}, received {cell.execution_count}"
            return [notebook.problem(number, f"{counts}; {REFRESH}")]
    return []


def has_no_empty_cell(notebook: Notebook) -> list[str]:
    """Every cell has content, the last one too."""
    return [
        notebook.problem(number, "is empty; delete it")
        for number, cell in notebook.cells
        if not cell.source.strip()
    ]


def has_no_stderr(notebook: Notebook) -> list[str]:
    """Nothing was written to stderr: no warning, no log line."""
    return [
        notebook.problem(number, f"stores stderr ({output.text.strip()[:60]!r}); remove its cause")
        for number, output in notebook.outputs
        if output.get("name") == "stderr"
    ]


def raises_only_on_purpose(notebook: Notebook) -> list[str]:
    """An error is stored exactly where the tag `raises-exception` announces one."""
    problems = []
    for number, cell in notebook.code_cells:
        raised = any(output.output_type == "error" for output in cell.outputs)
        announced = "raises-exception" in tags(cell)
        if raised and not announced:
            problems.append(notebook.problem(number, "stores an error; mend it or tag the cell"))
        if announced and not raised:
            problems.append(notebook.problem(number, "is tagged raises-exception but raises none"))
    return problems


def is_light(notebook: Notebook) -> list[str]:
    """No single output weighs more than 200 kB."""
    problems = []
    for number, output in notebook.outputs:
        size = len(json.dumps(output))
        if size > HEAVIEST_OUTPUT_BYTES:
            problems.append(
                notebook.problem(
                    number,
                    f"an output of {size:,} bytes, expected at most {HEAVIEST_OUTPUT_BYTES:,}; "
                    "draw a smaller figure or print less",
                )
            )
    return problems


def knows_no_machine(notebook: Notebook) -> list[str]:
    """Neither sources nor outputs hold a path or a memory address of one machine."""
    texts = [(number, cell.source) for number, cell in notebook.cells]
    texts += [(number, without_pictures(output)) for number, output in notebook.outputs]
    return [
        notebook.problem(number, f"{trace.group()!r} exists on one machine only; leave it out")
        for number, text in texts
        for trace in MACHINE_TRACES.finditer(text)
    ]


def without_pictures(output: nbformat.NotebookNode) -> str:
    """Return all text of an output, line breaks kept, without encoded pictures."""
    data = output.get("data", {})
    parts = [text for kind, text in data.items() if kind not in ("image/png", "image/jpeg")]
    parts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    return "\n".join(part if isinstance(part, str) else json.dumps(part) for part in parts)


def describes_its_figures(notebook: Notebook) -> list[str]:
    """Each stored picture carries alt text that says what it shows."""
    problems = []
    for number, output in notebook.outputs:
        for kind in (kind for kind in output.get("data", {}) if kind.startswith("image/")):
            alt = output.metadata.get(kind, {}).get("alt", "")
            if len(alt.strip()) < SHORTEST_ALT_TEXT:
                problems.append(
                    notebook.problem(
                        number,
                        f"a figure with the alt text {alt!r}, expected {SHORTEST_ALT_TEXT} "
                        'characters or more; show it with plots.show(fig, alt="…")',
                    )
                )
    return problems


def backs_ignored_outputs(notebook: Notebook) -> list[str]:
    """After a cell whose output is ignored comes a compared one that says what must hold."""
    problems = []
    waiting = None
    for number, cell in notebook.code_cells:
        if tags(cell) & {"nbval-ignore-output", "nbval-skip"}:
            if waiting:
                problems.append(unbacked(notebook, waiting))
            waiting = number
        elif any(states_something(output) for output in cell.outputs):
            waiting = None
    return problems + ([unbacked(notebook, waiting)] if waiting else [])


def unbacked(notebook: Notebook, number: int) -> str:
    """Say that an ignored cell lacks its compared one."""
    return notebook.problem(
        number,
        "its output is ignored; let a cell without that tag follow and print what must hold "
        "(`accuracy > 0.9`), before the next ignored one",
    )


def states_something(output: nbformat.NotebookNode) -> bool:
    """Whether an output holds text that nbval compares: neither a bare picture nor an error."""
    if output.output_type in ("display_data", "execute_result"):
        pictures = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"}
        return bool(set(output.data) - pictures)
    return output.get("name") == "stdout"


RULES = (
    is_valid,
    has_plain_metadata,
    ran_from_top_to_bottom,
    has_no_empty_cell,
    has_no_stderr,
    raises_only_on_purpose,
    is_light,
    knows_no_machine,
    describes_its_figures,
    backs_ignored_outputs,
)
