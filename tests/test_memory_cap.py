"""The cap of memory: it bites, it lets live what stays below, and it counts children."""

import os
import subprocess
import sys
import time

import pytest

import memory_cap
from memory_cap import CapError, MemoryCap

KINDS = memory_cap.kinds_here()
CHILD = "import time; held = bytearray(b'x') * (90 << 20); time.sleep(0.5)"
HOLD_A_WHILE = f"""
import subprocess, sys
held = bytearray(b"x") * (60 << 20)
subprocess.run([sys.executable, "-c", {CHILD!r}])
print("done")
"""


@pytest.mark.parametrize("kind", KINDS)
def test_what_exceeds_the_cap_together_is_ended(kind):
    survived, kills = memory_cap.holds(200, 1.3, kind)
    assert (survived, kills) == (False, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stays_below_lives(kind):
    assert memory_cap.holds(200, 0.6, kind) == (True, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_peak_counts_children_and_starts_anew(kind):
    with MemoryCap(400, kind=kind) as cap:
        process = cap.start([sys.executable, "-c", HOLD_A_WHILE], stdout=subprocess.PIPE, text=True)
        assert process.communicate()[0] == "done\n"
        assert 150 <= cap.peak_mb < 250
        cap.restart_peak()
        assert cap.peak_mb < 60


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_behind(kind):
    with MemoryCap(300, kind=kind) as cap:
        process = cap.start([sys.executable, "-c", "import time; time.sleep(600)"])
        time.sleep(0.2)
        assert process.poll() is None
    assert process.wait(timeout=10) != 0


def test_the_kernel_keeps_the_cap_first():
    with MemoryCap(100) as cap:
        assert cap.kind == KINDS[0]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are asked for no single CPU, and say so")
@pytest.mark.parametrize("kind", KINDS)
def test_one_cpu_is_one_cpu_for_the_children_too(kind):
    child = "import os; print(len(os.sched_getaffinity(0)))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with MemoryCap(200, one_cpu=True, kind=kind) as cap:
        said = cap.start([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True).communicate()[0]
    assert said == "1\n"


def test_without_a_way_to_choose_a_cpu_it_says_so(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with pytest.raises(CapError, match="Linux"):
        MemoryCap(200, one_cpu=True)


@pytest.mark.parametrize(
    ("text", "version", "path"),
    [
        ("9:name=systemd:/\n4:memory:/jobs/a\n0::/\n", 1, "memory/jobs/a"),
        ("5:cpu,memory:/x:y\n", 1, "memory/x:y"),
        ("0::/user.slice/b\n", 2, "user.slice/b"),
    ],
)
def test_the_group_of_this_process_is_found(text, version, path):
    assert memory_cap.own_group(text) == (version, memory_cap.GROUPS / path)


def test_a_system_without_groups_is_watched(monkeypatch):
    with pytest.raises(CapError):
        memory_cap.own_group("")
    monkeypatch.setattr(memory_cap, "own_group", refuse)
    assert memory_cap.kinds_here() == ["watch"]
    with MemoryCap(100) as cap:
        assert cap.kind == "watch"


def refuse():
    """Stand in for a system that has no control groups."""
    raise CapError("none")
