"""Which explorables a notebook shows, read from its source."""

import ast
import pathlib
from dataclasses import dataclass

from rules.notebook import Notebook

PACKAGE = "companion.explore"


@dataclass(frozen=True)
class Shown:
    """One call of a `show(…)`: `neuron.show()` has the module "neuron".

    Attributes:
        module: The explorable's module.
        cell: The notebook's cell, counted from 0.
        place: Which of the calls in that cell, from 0.
    """

    module: str
    cell: int
    place: int


def explorables_shown(notebook: pathlib.Path) -> list[Shown]:
    """Return the explorables that a notebook shows, in their order."""
    modules: dict[str, str] = {}
    shown = []
    for number, tree in Notebook.read(notebook).syntax_trees:
        modules |= imported_explorables(tree)
        here = [modules[name] for name in names_shown(tree) if name in modules]
        shown += [Shown(module, number - 1, place) for place, module in enumerate(here)]
    return shown


def imported_explorables(tree: ast.Module) -> dict[str, str]:
    """Return the name in the notebook -> the module's own, for `from companion.explore import …`."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE
        for alias in node.names
    }


def names_shown(tree: ast.Module) -> list[str]:
    """Return `name` of each call `name.show(…)`, in the order of the text."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    shows = [call for call in calls if isinstance(call, ast.Attribute) and call.attr == "show"]
    shows.sort(key=lambda call: (call.end_lineno, call.end_col_offset))
    return [call.value.id for call in shows if isinstance(call.value, ast.Name)]
