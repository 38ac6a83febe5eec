"""A notebook as the rules read it."""

import ast
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import nbformat


@dataclass(frozen=True)
class Notebook:
    """A notebook's path and content, with its cells numbered from 1 as they stand in the file."""

    path: pathlib.Path
    node: nbformat.NotebookNode

    @classmethod
    def read(cls, path: pathlib.Path) -> "Notebook":
        """Read a notebook from its file."""
        return cls(path, nbformat.read(path, as_version=nbformat.NO_CONVERT))

    @property
    def cells(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """All cells, each with its number."""
        return list(enumerate(self.node.cells, start=1))

    @property
    def code_cells(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """The code cells, each with its number."""
        return [(number, cell) for number, cell in self.cells if cell.cell_type == "code"]

    @property
    def markdown_cells(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """The Markdown cells, each with its number."""
        return [(number, cell) for number, cell in self.cells if cell.cell_type == "markdown"]

    @property
    def outputs(self) -> Iterator[tuple[int, nbformat.NotebookNode]]:
        """All stored outputs, each with its cell's number."""
        for number, cell in self.code_cells:
            for output in cell.outputs:
                yield number, output

    @property
    def syntax_trees(self) -> Iterator[tuple[int, ast.Module]]:
        """The parsed code cells, without those that are not plain Python."""
        for number, cell in self.code_cells:
            try:
                yield number, ast.parse(cell.source)
            except SyntaxError:
                continue

    def problem(self, number: int, message: str) -> str:
        """Say what is wrong with a cell, and where it is."""
        first_line = self.node.cells[number - 1].source.strip().partition("\n")[0][:50]
        return f"{self.path.name}, cell {number} ({first_line!r}): {message}"


def tags(cell: nbformat.NotebookNode) -> set[str]:
    """Return a cell's tags."""
    return set(cell.metadata.get("tags", []))


def numbered_sections(paths: list[pathlib.Path]) -> frozenset[str]:
    """Return the headings "1.5 Order matters" of notebooks, without their markup."""
    return frozenset(
        heading
        for path in paths
        for _, cell in Notebook.read(path).markdown_cells
        for heading in re.findall(r"^## (\d+\.\d+ .*?)\s*$", cell.source.replace("`", ""), re.MULTILINE)
    )
