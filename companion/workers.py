"""Worker processes for a lesson: started from a script of the learner's, listened to, and never left behind.

    addresses = workers.free_addresses(2)                     # ["127.0.0.1:40001", "127.0.0.1:40002"]
    running = workers.start("worker.py", [{"TF_CONFIG": "..."}, {"TF_CONFIG": "..."}])
    first, second = running.wait()                            # what each printed, and how it ended

A worker ends by itself, by `kill` or `stop`, when a cell that waits for it is interrupted, and when the notebook's own process is gone,
however that ended: each worker listens to its standard input, which closes then.
"""

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, MutableSequence, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

from companion import messages, other_process

LOOPBACK = "127.0.0.1"
MOST_WORKERS = 16
SECONDS_BETWEEN_LOOKS = 0.02
MOST_LINES_OF_ERRORS = 1_000  # the last ones

# In an error stream: where an exception begins, what leads up to it, and the modules before the name of its class.
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b")
_WHERE_FROM = re.compile(r"Detected at node|Additional GRPC|:UNKNOWN:|The error could be")
_MODULES = re.compile(r"^(?:\w+\.)+(?=\w+:)")


class Ended(NamedTuple):
    """How a worker ended, and what it said.

    Attributes:
        code: Its exit code: 0 if all went well. (Of one that was killed: not 0.)
        said: The lines that it printed.
        error: The error that ended it, in one line; or the last line of its error stream; empty if there is none.
    """

    code: int
    said: list[str]
    error: str


class Workers:
    """Processes that run the same script. Made by `start`.

    Args:
        processes: The processes, in their order.
    """

    def __init__(self, processes: list[subprocess.Popen]) -> None:
        self._processes = processes
        self._said: list[list[str]] = [[] for _ in processes]
        self._complained: list[deque[str]] = [deque(maxlen=MOST_LINES_OF_ERRORS) for _ in processes]
        self._listeners = [_listener(each.stdout, said) for each, said in zip(processes, self._said, strict=True)]
        self._error_listeners = [
            _listener(each.stderr, said) for each, said in zip(processes, self._complained, strict=True)
        ]
        # When it is told to, when nobody holds it any more, or when Python ends.
        self._end_them = weakref.finalize(self, _end, processes)

    def __repr__(self) -> str:
        states = ["running" if process.poll() is None else "ended" for process in self._processes]
        return f"<{len(states)} workers: {', '.join(states)}>"

    def said(self, worker: int) -> list[str]:
        """Return the lines that a worker has printed so far.

        Args:
            worker: Its number, from 0.

        Raises:
            ValueError: There is no such worker.
        """
        return list(self._said[self._number(worker)])

    def wait_for(self, worker: int, lines: int, seconds: float = 60) -> list[str]:
        """Wait until a worker has printed so many lines, and return them.

        Args:
            worker: Its number, from 0.
            lines: How many.
            seconds: The longest time to wait; all workers are stopped then.

        Raises:
            ValueError: There is no such worker.
            RuntimeError: It ended before, or was too slow; the message holds its last error.
        """
        number = self._number(worker)
        with self._stopping_if_interrupted():
            until = time.monotonic() + seconds
            while True:
                listens = self._listeners[number].is_alive()  # first: what it hears last counts, too
                if len(self._said[number]) >= lines:
                    return self.said(number)
                if not listens or time.monotonic() > until:
                    self.stop()
                    when = f"in {seconds:g} seconds" if listens else "before it ended"
                    raise RuntimeError(self._too_little(number, lines, when))
                time.sleep(SECONDS_BETWEEN_LOOKS)

    def kill(self, worker: int) -> None:
        """End a worker at once, as a power cut would; the others are not told.

        Args:
            worker: Its number, from 0.

        Raises:
            ValueError: There is no such worker.
        """
        process = self._processes[self._number(worker)]
        process.kill()
        process.wait()

    def wait(self, seconds: float = 60) -> list[Ended]:
        """Wait until all have ended, and say how.

        Args:
            seconds: The longest time to wait; who runs on is stopped then.

        Returns:
            One `Ended` for each worker, in their order.

        Raises:
            RuntimeError: They took too long, and were stopped.
        """
        with self._stopping_if_interrupted():
            until = time.monotonic() + seconds
            while any(process.poll() is None for process in self._processes):
                if time.monotonic() > until:
                    running = [number for number, process in enumerate(self._processes) if process.poll() is None]
                    self.stop()
                    raise RuntimeError(
                        f"Expected the workers to end in {seconds:g} seconds, but {_listed(running)} ran on, and "
                        f"{'was' if len(running) == 1 else 'were'} stopped. {self._last_words()} "
                        "Look for a step that only one of them takes: the others wait for it."
                    )
                time.sleep(SECONDS_BETWEEN_LOOKS)
        self.stop()
        return [
            Ended(process.returncode, self.said(number), self._error(number))
            for number, process in enumerate(self._processes)
        ]

    def stop(self) -> None:
        """End all that still run; to stop them again does nothing."""
        self._end_them()
        for listener in [*self._listeners, *self._error_listeners]:
            listener.join()

    def _stopping_if_interrupted(self) -> ExitStack:
        """Stop all if the cell that waits is interrupted, or fails."""

        def stop_after(kind: object, *_: object) -> None:
            if kind is not None:
                self.stop()

        stack = ExitStack()
        stack.push(stop_after)
        return stack

    def _number(self, worker: int) -> int:
        if isinstance(worker, bool) or not isinstance(worker, int) or not 0 <= worker < len(self._processes):
            raise ValueError(
                f"worker: expected a whole number from 0 to {len(self._processes) - 1}, received {messages.of(worker)}. "
                "Workers are counted from 0."
            )
        return worker

    def _error(self, number: int) -> str:
        return _last_error("\n".join(self._complained[number]))

    def _last_words(self) -> str:
        said = [f"Worker {number}: {error}" for number in range(len(self._processes)) if (error := self._error(number))]
        return " ".join(said)

    def _too_little(self, number: int, lines: int, when: str) -> str:
        return (
            f"Expected {lines} lines from worker {number}, received {len(self._said[number])} {when}. "
            f"{self._last_words()} All workers were stopped. Look at the script, and start them again."
        )


def free_addresses(count: int) -> list[str]:
    """Return addresses on this machine on which nothing listens, chosen by the operating system.

    Args:
        count: How many.

    Returns:
        Such as "127.0.0.1:40001", all different.

    Raises:
        ValueError: `count` is no whole number from 1 to 16.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_WORKERS:
        raise ValueError(
            f"count: expected a whole number from 1 to {MOST_WORKERS}, received {messages.of(count)}. "
            "Two workers are enough to see what happens."
        )
    with ExitStack() as all_at_once:  # so that none is handed out twice
        sockets = [all_at_once.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [f"{LOOPBACK}:{each.getsockname()[1]}" for each in sockets]


def start(
    script: str | os.PathLike[str], variables: Sequence[Mapping[str, str]], arguments: Sequence[object] = ()
) -> Workers:
    """Start one process for each set of environment variables, all with the same script.

    Args:
        script: A Python file. It may import its neighbours, and this companion.
        variables: For each worker its environment variables, such as {"TF_CONFIG": "..."}.
        arguments: What follows the script's name, the same for all.

    Returns:
        The running workers.

    Raises:
        TypeError: A variable is no text.
        ValueError: There is no such script, or no worker, or more than 16.
    """
    path = Path(script).resolve()
    if not path.is_file():
        raise ValueError(f"script: expected a Python file, received {str(script)!r}, which is none. Write it first.")
    if not 1 <= len(variables) <= MOST_WORKERS:
        raise ValueError(
            f"variables: expected those of 1 to {MOST_WORKERS} workers, received {len(variables)}. Give a list with one "
            "dictionary for each worker."
        )
    for each in variables:
        _check_variables(each)
    command = [sys.executable, "-m", "companion.workers", str(path), *map(str, arguments)]
    processes: list[subprocess.Popen] = []
    try:
        for each in variables:
            processes.append(_started(command, {**other_process.environment(), **each}))
    except BaseException:  # interrupted between the first and the last
        _end(processes)
        for process in processes:
            process.stdout.close()
            process.stderr.close()
        raise
    return Workers(processes)


def _check_variables(variables: object) -> None:
    if not isinstance(variables, Mapping):
        raise TypeError(
            f"variables: expected a dictionary for each worker, received {messages.of(variables)}. "
            'Such as {"TF_CONFIG": json.dumps(config)}.'
        )
    for name, value in variables.items():
        if not isinstance(value, str):
            raise TypeError(
                f"variables: expected a text for {name}, received {messages.of(value)}. "
                "json.dumps makes one of a dictionary."
            )


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    """A process of its own group: who interrupts the notebook's cell does not hit it by chance."""
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _listener(output: IO[bytes], said: MutableSequence[str]) -> threading.Thread:
    """A thread that notes each whole line that a worker prints, to the end; one that was cut off is none."""

    def listen() -> None:
        with output:
            for line in output:
                if line.endswith(b"\n"):
                    said.append(line.decode("utf-8", "replace").rstrip("\r\n"))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


def _last_error(stream: str) -> str:
    """The last exception of an error stream in one line, without where it came from; or the stream's last line."""
    every = [line for line in stream.splitlines() if line.strip()]
    lines = [line for line in every if not line[0].isspace() and not _WHERE_FROM.match(line)]
    if not lines:
        return ""
    begin = max((place for place, line in enumerate(lines) if _EXCEPTION.match(line)), default=len(lines) - 1)
    told = lines[begin:]
    if told[-1].endswith(":"):  # TensorFlow indents what it has to say of a function that it translated
        told.append(every[-1].strip())
    return messages.one_line(_MODULES.sub("", " ".join(told)), most=400)


def _end(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()
        process.stdin.close()


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(f"worker {number}" for number in numbers)


# --- In the worker's process ---


def _end_with_the_notebook() -> None:
    """Wait until nobody holds the other end of standard input, which is when the notebook's process has ended."""
    while os.read(0, 1024):  # (without Python's own buffer, whose lock would be held when the script ends)
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # at once: the other threads may be waiting for another worker


def main() -> None:
    """What `python -m companion.workers SCRIPT ARGUMENTS` does: run the script, as Python does, as long as the notebook lives."""
    script, *arguments = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts a cell means the notebook, which then stops this
    threading.Thread(target=_end_with_the_notebook, daemon=True).start()
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
