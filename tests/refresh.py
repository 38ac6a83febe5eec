"""Re-execute the course's notebooks, always with the same settings, and store their outputs.

    python tests/refresh.py                 every notebook
    python tests/refresh.py 3 05            the notebooks numbered 03 and 05
    python tests/refresh.py path/to.ipynb   that file
    python tests/refresh.py --check 3       run and measure as this shell is set; write nothing

A notebook is written only when each of its cells has run, and none wrote to stderr.
"""

import argparse
import base64
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import time
from dataclasses import dataclass

import matplotlib.image
import nbclient
import nbformat
import numpy as np
import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import CellControlSignal, DeadKernelError

from notebook_guards import unexpected_stderr

TESTS = pathlib.Path(__file__).resolve().parent
NOTEBOOKS = TESTS.parent / "notebooks"

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_TIMEOUT_S = 300

MOST_SECONDS_A_CELL = 15
# Of a whole notebook: seconds, and the memory of its kernel in MB. The capstones train several networks, 09 starts processes.
MOST = (60, 1200)
CAPSTONES = ("07_", "08_")
MOST_OF = {"07": (90, 1300), "08": (90, 1300), "09": (120, 1200)}


class RefreshError(Exception):
    """A notebook did not run cleanly, so its file was left as it was."""


@dataclass
class Cost:
    """What running one notebook took."""

    seconds: float = 0.0
    slowest_cell_seconds: float = 0.0
    slowest_cell: int = 0
    peak_memory_mb: int = 0

    def __str__(self) -> str:
        return (
            f"{self.seconds:5.1f} s, slowest cell {self.slowest_cell_seconds:4.1f} s "
            f"(code cell {self.slowest_cell}), peak memory {self.peak_memory_mb} MB"
        )

    def warnings(self, number: str = "") -> list[str]:
        """The limits that a notebook with this number ("07") exceeds, in words."""
        seconds, megabytes = MOST_OF.get(number, MOST)
        limits = [
            ("the notebook takes", self.seconds, seconds, "s"),
            ("its slowest cell takes", self.slowest_cell_seconds, MOST_SECONDS_A_CELL, "s"),
            ("its kernel needs", self.peak_memory_mb, megabytes, "MB"),
        ]
        return [
            f"{what} {value:.0f} {unit}, expected at most {most} {unit}"
            for what, value, most, unit in limits
            if value > most
        ]


def find_notebooks(names: list[str], folder: pathlib.Path = NOTEBOOKS) -> list[pathlib.Path]:
    """Return the notebooks that numbers (`3`, `03`) or paths name; all of them for no name."""
    everything = sorted(folder.glob("*.ipynb"))
    if not names:
        return everything
    found = []
    for name in names:
        if name.isdigit():
            matches = [path for path in everything if path.name.startswith(f"{int(name):02d}_")]
        else:
            matches = [path for path in [pathlib.Path(name)] if path.is_file()]
        if not matches:
            raise RefreshError(
                f"expected a notebook's number or the path of a file, received {name!r}; "
                f"the numbers are {', '.join(path.name[:2] for path in everything) or 'none yet'}."
            )
        found += matches
    return found


def kernel_environment(keep_settings: bool, journal: str) -> dict[str, str]:
    """Return the environment variables of a kernel: offline, with an empty progress journal in the
    folder `journal` and, unless kept, with no TensorFlow setting of this shell, so that the
    companion's own hold on every machine."""
    dropped = () if keep_settings else ("TF_", "KERAS_", "XLA_", "MPL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    paths = [str(TESTS / "offline"), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "COMPANION_PROGRESS": journal}


def peak_memory_mb(pid: int) -> int:
    """Return the most memory (resident, in MB) a process has held until now.

    Linux and Windows keep the peak; elsewhere this is what the process holds at this moment.
    """
    status = pathlib.Path(f"/proc/{pid}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1024
    memory = psutil.Process(pid).memory_info()
    return getattr(memory, "peak_wset", memory.rss) // 2**20


def execute(notebook: nbformat.NotebookNode, folder: pathlib.Path, keep_settings: bool) -> Cost:
    """Run every cell of a notebook in a new kernel, replace its outputs, and return the cost."""
    cost = Cost()
    started = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None

    def start_clock(cell, cell_index):
        started[cell_index] = time.perf_counter()

    def read_meters(cell, cell_index, execute_reply):
        seconds = time.perf_counter() - started[cell_index]
        cost.seconds += seconds
        if seconds > cost.slowest_cell_seconds:
            cost.slowest_cell_seconds, cost.slowest_cell = seconds, len(started)
        cost.peak_memory_mb = max(cost.peak_memory_mb, peak_memory_mb(client.km.provisioner.pid))

    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        timeout=CELL_TIMEOUT_S,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=start_clock,
        on_cell_executed=read_meters,
    )
    # Without the folders of installed kernels, "python3" is the Python that runs this script.
    client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
    try:
        with tempfile.TemporaryDirectory() as journal:
            client.execute(env=kernel_environment(keep_settings, journal))
    except (CellControlSignal, DeadKernelError) as error:
        message = plain(str(error))
        raise RefreshError(f"code cell {len(started)} failed:\n{message}") from error
    refuse_stderr(notebook)
    return cost


def plain(text: str) -> str:
    """Return a traceback's text without the codes that colour it."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def refuse_stderr(notebook: nbformat.NotebookNode) -> None:
    """Raise `RefreshError` when a cell wrote to stderr."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code_cells, start=1):
        if stray := unexpected_stderr(cell.outputs):
            raise RefreshError(f"code cell {number} wrote to stderr:\n{stray}")


def pixels(output: nbformat.NotebookNode) -> np.ndarray | None:
    """Return an output's picture, or None when it has none."""
    png = output.get("data", {}).get("image/png")
    return None if png is None else matplotlib.image.imread(io.BytesIO(base64.b64decode(png)))


def keep_equal_pictures(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> None:
    """Give each picture of `new` its bytes in `old` when only the encoding differs."""
    old_outputs = {cell.id: cell.get("outputs", []) for cell in old.cells}
    for cell in new.cells:
        for before, now in zip(old_outputs.get(cell.id, []), cell.get("outputs", [])):
            picture_before, picture_now = pixels(before), pixels(now)
            if picture_before is not None and np.array_equal(picture_before, picture_now):
                now.data["image/png"] = before.data["image/png"]


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Drop what depends on the machine or on the tool that last saved the notebook.

    Of a cell's metadata only the tags stay, of a traceback only the frames inside the notebook, of
    a widget what stands in for it without a kernel: its own number is a new one each time. A cell
    that compares a prediction with its result is folded, because it gives the answer away.
    """
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code" and ".compare(" in cell.source:
            cell.metadata["jupyter"] = {"source_hidden": True}
        for output in cell.get("outputs", []):
            if len(output.get("data", ())) > 1:
                output.data.pop(WIDGET, None)
            if output.output_type == "error":
                frames = output.traceback
                output.traceback = [it for it in frames if not plain(it).startswith("File ")]


def differs(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> bool:
    """Tell whether a notebook changed by more than the numbers and pictures of its ignored cells,
    which are times and differ whenever they are measured."""
    return comparable(old) != comparable(new)


def comparable(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook's text without what two runs of an ignored cell may make different."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            cell.outputs = [re.sub(r"[\s\d.]+", "0", without_picture(it)) for it in cell.outputs]
    return json.dumps(copy, sort_keys=True)


def without_picture(output: nbformat.NotebookNode) -> str:
    """Return an output's text, and that it has a picture, if it has one."""
    data = output.get("data", {})
    return json.dumps(output | {"data": data | {"image/png": "image/png" in data}}, sort_keys=True)


def write_atomically(path: pathlib.Path, text: str) -> None:
    """Replace a file's content in one step, so that nobody ever sees half of it."""
    content = text.encode("utf-8")
    if path.read_bytes() == content:
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    part_path = pathlib.Path(part.name)
    part_path.chmod(path.stat().st_mode)
    part_path.replace(path)


def refresh(path: pathlib.Path, check: bool = False) -> Cost:
    """Execute one notebook and, unless `check`, store it with its new outputs.

    Raises:
        RefreshError: a cell failed or wrote to stderr; the file is as it was.
    """
    old = nbformat.read(path, as_version=4)
    new = nbformat.from_dict(old)
    cost = execute(new, path.resolve().parent, keep_settings=check)
    if not check:
        keep_equal_pictures(old, new)
        normalise(new)
        if differs(old, new):
            write_atomically(path, nbformat.writes(new) + "\n")
    return cost


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 when every notebook ran cleanly."""
    parser = argparse.ArgumentParser(
        prog="refresh", description="Re-execute notebooks and store their outputs."
    )
    parser.add_argument("notebooks", nargs="*", help="numbers (3, 05) or paths; none means all")
    parser.add_argument("--check", action="store_true", help="run and measure, write nothing")
    options = parser.parse_args(arguments)
    try:
        paths = find_notebooks(options.notebooks)
    except RefreshError as error:
        parser.error(str(error))

    failures = 0
    for path in paths:
        print(f"{path.stem:<28}", end=" ", flush=True)
        try:
            cost = refresh(path, options.check)
        except RefreshError as error:
            failures += 1
            print(f"FAILED, the file is unchanged: {error}")
            continue
        print(cost)
        for warning in cost.warnings(path.name[:2]):
            print(f"  warning: {warning}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
