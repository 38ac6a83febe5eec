"""The process that reads saved models, seen from outside: started, listened to, stopped, started again.

    found = form_process.read_elsewhere([[str(path)]], pictures, classes=10, timeout=60)

What it does is written in `companion.form_reader`.
"""

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from companion import form_checks, form_reader, messages, other_process

ERRORS = "errors.txt"  # what the process writes to its error stream
SECONDS_TO_END = 10
START_SECONDS = 120  # for Python and TensorFlow to start, on a slow machine


def read_elsewhere(job: list[list[str]], pictures: np.ndarray, classes: int, timeout: float) -> list[dict[str, Any]]:
    """Have each form read by another process; it is started again behind a form that ended or blocked it.

    Args:
        job: The absolute paths of each form.
        pictures: float32, shape (1 + n, ...): the example first, then what all forms are compared on.
        classes: How many probabilities an answer has.
        timeout: How many seconds one form may take.

    Returns:
        For each form, what `form_reader.read` found.

    Raises:
        RuntimeError: If the process cannot start.
    """
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pictures.tofile(Path(folder, form_reader.PICTURES))
        told = json.dumps({"forms": job, "classes": classes, "shape": pictures.shape})
        Path(folder, form_reader.JOB).write_text(told, encoding="utf-8")
        while len(found) < len(job):
            found.extend(_by_one_process(folder, len(found), len(job), timeout))
    return found


def _by_one_process(folder: str, first: int, end: int, timeout: float) -> Iterator[dict[str, Any]]:
    """What one process finds, from the first form to the last, or to the one that ends or blocks it."""
    return listen(_start(folder, first), folder, end - first, timeout)


def listen(process: subprocess.Popen[bytes], folder: str, count: int, timeout: float) -> Iterator[dict[str, Any]]:
    """Yield what a process says of each file, or that it was ended or blocked by one; then the process is ended.

    Args:
        process: What `start` returned.
        folder: The folder that it was given.
        count: How many files it reads.
        timeout: How many seconds one file may take.

    Yields:
        For each file, what the process found; `{"problem": text}` of the one that ended or blocked it, the last then.

    Raises:
        RuntimeError: If the process cannot start.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(process, lines), daemon=True).start()
    try:
        if _next_line(lines, START_SECONDS) != form_reader.STARTED.encode():
            raise RuntimeError(_not_started(folder))
        for _ in range(count):
            seconds = START_SECONDS
            said = _next_line(lines, seconds)
            if said == form_reader.READING.encode():
                seconds = timeout
                said = _next_line(lines, seconds)
            if said is None:
                yield {"problem": f"Reading it took over {seconds:g} seconds and was stopped. {form_checks.AGAIN}"}
                return
            if not said:
                yield {"problem": _how_it_ended(process)}
                return
            yield json.loads(said)
    finally:
        process.kill()
        process.wait()


def _not_started(folder: str) -> str:
    """What to say where Python itself cannot start a second time."""
    said = Path(folder, ERRORS).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return (
        "Expected a second Python process to read the files, but it did not start: "
        f"{messages.one_line(said[-1]) if said else 'it said nothing'}. Restart the kernel, and close what needs much "
        "memory."
    )


def _start(folder: str, first: int) -> subprocess.Popen[bytes]:
    """Start the process that reads forms, from the first that is to be read."""
    return start(form_reader.__name__, folder, [str(first)])


def start(
    module: str, folder: str, arguments: Sequence[str] = (), variables: Mapping[str, str] | None = None,
    place: str | None = None,
) -> subprocess.Popen[bytes]:  # fmt: skip
    """Start a module that reads, with this companion, and with nothing of the folder that it stands in (`-P`).

    Args:
        module: The full name of the module.
        folder: Its first argument: where its job is written, and where its errors go.
        arguments: The other ones.
        variables: What its environment has besides `other_process.environment`.
        place: The folder that it works in; None for the one that this process works in.

    Returns:
        The process, to be listened to by `listen`.
    """
    with Path(folder, ERRORS).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, folder, *arguments],
            env={**other_process.environment(), **(variables or {})},
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def _pass_on(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Put each whole line that a process writes into a queue, and an empty one when it has ended."""
    with process.stdout as output:
        for line in output:
            if line.endswith(b"\n"):  # the last one may be cut off
                lines.put(line.strip())
    lines.put(b"")


def _next_line(lines: queue.SimpleQueue[bytes], seconds: float) -> bytes | None:
    """The next line; None if none comes in time."""
    try:
        return lines.get(timeout=seconds)
    except queue.Empty:
        return None


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    """What to say of a form that ended the process."""
    try:
        code = process.wait(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:  # it said its last word, but does not go
        process.kill()
        code = process.wait()
    try:
        ending = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
    except ValueError:
        ending = f"code {code}"
    return (
        f"It ended the process that read it ({ending}): it is damaged, or needs too much memory. {form_checks.AGAIN}"
    )
