"""A command, and all that it starts, inside a hard cap of memory; on one CPU, if you ask for that.

    python tests/memory_cap.py 300 python -c "bytearray(400 << 20)"

Where this user may write control groups (Linux, in most containers), the kernel keeps the cap, as it does
for a Binder session: "cgroup". Elsewhere a thread adds up what the processes hold, twenty times a second,
and ends them all as soon as that is more: "watch", which a shorter moment escapes. A megabyte is 2**20 bytes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import typing
from pathlib import Path

import psutil

MB = 2**20
SECONDS_BETWEEN_LOOKS = 0.05
GROUPS = Path("/sys/fs/cgroup")

# Joins the group and takes one CPU before it becomes the command, so that no child escapes.
JOIN = """
import os, sys
group, cpu, *command = sys.argv[1:]
if cpu: os.sched_setaffinity(0, {int(cpu)})
if group:
    with open(group, "w") as members: members.write(str(os.getpid()))
os.execvp(command[0], command)
"""
# Holds a part by itself and a part in a child: each alone is below the cap, together they may not be.
HOLD = """
import subprocess, sys
mine, childs = (int(float(it) * 2**20) for it in sys.argv[1:])
held = bytearray(b"x") * mine
child = subprocess.run([sys.executable, "-c", f"import time; held = bytearray(b'x') * {childs}; time.sleep(1)"])
print("survived" if child.returncode == 0 else "the child was ended", flush=True)
"""


class CapError(Exception):
    """This machine cannot do what was asked."""


class Group:
    """A control group of its own, version 1 or 2, which the kernel keeps below a cap.

    Raises:
        CapError: If this user may not make one here.
    """

    def __init__(self, megabytes: int) -> None:
        version, parent = own_group()
        self._names = NAMES[version]
        self.folder = parent / f"cap-{os.getpid()}-{time.monotonic_ns()}"
        try:
            self.folder.mkdir()
        except OSError as error:
            raise CapError(f"no control group can be made here: {error}") from error
        try:
            self._limit(megabytes * MB)
        except OSError as error:
            self.folder.rmdir()
            raise CapError(f"this control group cannot be given a cap: {error}") from error

    def _limit(self, bytes_: int) -> None:
        (self.folder / self._names["limit"]).write_text(str(bytes_))
        with contextlib.suppress(OSError):  # a machine without swap has no such file
            (self.folder / self._names["swap"]).write_text(str(self._names["swap_limit"](bytes_)))

    @property
    def door(self) -> str:
        """The file into which a process writes its number to come in."""
        return str(self.folder / "cgroup.procs")

    def admit(self, process: psutil.Process) -> None:
        """Nothing to do: the process came in by itself, and its children are born inside."""

    def held(self) -> int:
        """Return the bytes in use, by the stricter of two measures: without idle file pages, as Kubernetes
        counts, or what the processes have allocated and mapped."""
        used = int((self.folder / self._names["used"]).read_text())
        counted = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        idle, allocated, mapped = (int(counted[name]) for name in self._names["parts"])
        return max(used - idle, allocated + mapped)

    def kills(self) -> int:
        """Return how many processes the kernel has ended because of the cap."""
        lines = (self.folder / self._names["events"]).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def look(self) -> None:
        """Nothing to do: the kernel looks."""

    def close(self) -> None:
        """End what is still inside, and remove the group."""
        for _ in range(200):
            for number in (self.folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(psutil.NoSuchProcess):
                    psutil.Process(int(number)).kill()
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)


NAMES = {
    1: {"limit": "memory.limit_in_bytes", "swap": "memory.memsw.limit_in_bytes", "swap_limit": int,
        "used": "memory.usage_in_bytes", "parts": ("total_inactive_file", "total_rss", "total_mapped_file"),
        "events": "memory.oom_control"},
    2: {"limit": "memory.max", "swap": "memory.swap.max", "swap_limit": lambda _: 0,
        "used": "memory.current", "parts": ("inactive_file", "anon", "file_mapped"), "events": "memory.events"},
}


def own_group(text: str | None = None) -> tuple[int, Path]:
    """Return the version and the folder of the control group that counts this process's memory.

    Args:
        text: What `/proc/self/cgroup` says; None reads it.

    Raises:
        CapError: If there is none.
    """
    if text is None:
        file = Path("/proc/self/cgroup")
        text = file.read_text() if file.exists() else ""
    entries = [line.split(":", 2) for line in text.splitlines()]
    for _, counted, path in entries:
        if "memory" in counted.split(","):
            return 1, GROUPS / "memory" / path.lstrip("/")
    for number, counted, path in entries:
        if number == "0" and counted == "":
            return 2, GROUPS / path.lstrip("/")
    raise CapError("this system has no control groups")


class Watch:
    """Counts what processes and their children hold, and ends all of them above the cap."""

    door = ""

    def __init__(self, megabytes: int) -> None:
        self._cap = megabytes * MB
        self._known: dict[int, psutil.Process] = {}
        self._kills = 0

    def admit(self, process: psutil.Process) -> None:
        """Count this process too, and its children."""
        self._known[process.pid] = process

    def held(self) -> int:
        """Return the bytes of all of them; what several share counts once, where the system tells."""
        for process in list(self._known.values()):
            with contextlib.suppress(psutil.Error):
                self._known.update({child.pid: child for child in process.children(recursive=True)})
        return sum(map(share_of, list(self._known.values())))

    def kills(self) -> int:
        """Return how often the cap was exceeded."""
        return self._kills

    def look(self) -> None:
        """End everything if it holds more than the cap."""
        if self.held() > self._cap:
            self._kills += 1
            self.close()
            self._known.clear()

    def close(self) -> None:
        """End what still runs."""
        for process in list(self._known.values()):
            with contextlib.suppress(psutil.Error):
                process.kill()


def share_of(process: psutil.Process) -> int:
    """Return the bytes that a process holds: its share of what it has in common with others, or its own."""
    try:
        memory = process.memory_full_info()
    except (psutil.Error, OSError):  # it has ended
        return 0
    return getattr(memory, "pss", memory.uss)


KINDS: dict[str, type[Group] | type[Watch]] = {"cgroup": Group, "watch": Watch}


class MemoryCap:
    """A hard cap of memory over all that is started in it; a context manager that leaves no process behind.

    Args:
        megabytes: The cap.
        one_cpu: Whether what is started runs on one CPU alone (Linux).
        kind: "cgroup" or "watch"; None takes the first that this machine can do.

    Attributes:
        kind: Which of the two it is.
        peak_mb: The most that was held at once since `restart_peak`, looked at twenty times a second.

    Raises:
        CapError: If this machine cannot do that.
    """

    def __init__(self, megabytes: int, one_cpu: bool = False, kind: str | None = None) -> None:
        if one_cpu and not hasattr(os, "sched_setaffinity"):
            raise CapError("expected a Linux for a single CPU, received another system. Leave one_cpu out.")
        self.kind, self._keeper = open_keeper(megabytes, kind)
        self._cpu = str(min(os.sched_getaffinity(0))) if one_cpu else ""
        self._peak = 0
        self._end = threading.Event()
        self._looks = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> MemoryCap:
        self._looks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._looks.join()
        self._keeper.close()

    @property
    def peak_mb(self) -> int:
        self._measure()
        return self._peak // MB

    def restart_peak(self) -> None:
        """Forget the peak so far."""
        self._peak = 0

    def kills(self) -> int:
        """Return how often something was ended because of the cap."""
        return self._keeper.kills()

    def start(self, command: list[str], **options: typing.Any) -> subprocess.Popen:
        """Start a command under the cap; `options` go to `subprocess.Popen`."""
        if self._keeper.door or self._cpu:
            command = [sys.executable, "-I", "-S", "-c", JOIN, self._keeper.door, self._cpu, *command]
        process = subprocess.Popen(command, **options)
        with contextlib.suppress(psutil.NoSuchProcess):
            self._keeper.admit(psutil.Process(process.pid))
        return process

    def _measure(self) -> None:
        self._peak = max(self._peak, self._keeper.held())

    def _look(self) -> None:
        while not self._end.wait(SECONDS_BETWEEN_LOOKS):
            self._keeper.look()
            self._measure()


def open_keeper(megabytes: int, kind: str | None) -> tuple[str, Group | Watch]:
    """Return what keeps a cap, and its kind; None stands for the first kind that works here."""
    if kind is not None:
        return kind, KINDS[kind](megabytes)
    with contextlib.suppress(CapError):
        return "cgroup", Group(megabytes)
    return "watch", Watch(megabytes)


def kinds_here() -> list[str]:
    """Return the kinds that this machine can do."""
    try:
        Group(100).close()
    except CapError:
        return ["watch"]
    return ["cgroup", "watch"]


def holds(megabytes: int, of_the_cap: float, kind: str | None = None) -> tuple[bool, int]:
    """Hold a part of a cap, one third in a process and two thirds in its child.

    Args:
        megabytes: The cap.
        of_the_cap: How much of it is held: 1.2 is a fifth too much.
        kind: As for `MemoryCap`.

    Returns:
        Whether it survived, and how often the cap had to end something.
    """
    held = [f"{megabytes * of_the_cap * part / 3}" for part in (1, 2)]
    with MemoryCap(megabytes, kind=kind) as cap:
        process = cap.start([sys.executable, "-c", HOLD, *held], stdout=subprocess.PIPE, text=True)
        said, _ = process.communicate()
        return said.strip() == "survived", cap.kills()


def main(arguments: list[str]) -> int:
    """Run the command line; return the command's exit code."""
    megabytes, *command = arguments
    with MemoryCap(int(megabytes)) as cap:
        code = cap.start(command).wait()
        print(f"exit code {code}, peak {cap.peak_mb} MB of {megabytes}, ended by the cap: {cap.kills()} ({cap.kind})")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
