"""Worker processes start with what they are told, are listened to, and never stay behind."""

import json
import os
import signal
import socket
import sys
import textwrap
import time

import psutil
import pytest

from companion import workers

# What each worker does in these tests, without TensorFlow, so that a process starts in a fraction of a second.
TALKS = """
    import os, sys
    print(os.environ["NAME"], *sys.argv[1:], flush=True)
    """
SLEEPS = """
    import os, time
    print(os.getpid(), flush=True)
    time.sleep(300)
    """


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "job.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def two(**variables):
    return [{"NAME": name, **variables} for name in ("first", "second")]


def is_gone(pid, seconds=20):
    """Whether a process ends in time; a zombie has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def pid_of(running, worker):
    return int(running.wait_for(worker, lines=1)[0])


# What they are told, and what they say


def test_each_worker_gets_its_variables_and_the_arguments(script):
    first, second = workers.start(script(TALKS), two(), [3, "a b"]).wait()
    assert (first.code, first.said, first.error) == (0, ["first 3 a b"], "")
    assert (second.code, second.said, second.error) == (0, ["second 3 a b"], "")


def test_what_a_worker_is_told_comes_before_what_the_notebook_has(script, monkeypatch):
    monkeypatch.setenv("NAME", "the notebook's")
    assert workers.start(script(TALKS), [{"NAME": "its own"}]).wait()[0].said == ["its own"]
    assert workers.start(script(TALKS), [{}]).wait()[0].said == ["the notebook's"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_interrupt_does_not_reach_the_workers_by_themselves(script):
    running = workers.start(script(SLEEPS), [{}])
    pid = pid_of(running, 0)
    assert os.getsid(pid) != os.getsid(0), "or the interrupt of a whole group would hit them"
    os.kill(pid, signal.SIGINT)
    time.sleep(0.3)
    assert repr(running) == "<1 workers: running>"
    running.stop()


def test_a_script_may_import_its_neighbours_and_the_companion(script, tmp_path):
    (tmp_path / "neighbour.py").write_text("WORD = 'hello'", encoding="utf-8")
    path = script("import companion, neighbour\nprint(neighbour.WORD, __name__)")
    assert workers.start(path, [{}]).wait()[0].said == ["hello __main__"]


def test_an_error_is_told_in_one_line(script):
    (ended,) = workers.start(script("print('before')\n1 / 0"), [{}]).wait()
    assert ended.code == 1
    assert ended.said == ["before"]
    assert ended.error == "ZeroDivisionError: division by zero"


def test_of_an_error_of_tensorflow_the_telling_part_is_told():
    stream = """Traceback (most recent call last):
  File "job.py", line 3, in <module>
    step()
tensorflow.python.framework.errors_impl.UnavailableError: Graph execution error:

Detected at node sgd/CollectiveReduceV2 defined at (most recent call last):
  File "job.py", line 33, in <module>

Collective ops is aborted by: Connection refused
Additional GRPC error information from remote target /job:worker/replica:0/task:1:
:UNKNOWN:Error received from peer
The error could be from a previous operation. Restart your program to reset.
\t [[{{node sgd/CollectiveReduceV2}}]] [Op:__inference_step_221]
"""
    assert workers._last_error(stream) == "UnavailableError: Graph execution error: Collective ops is aborted by: Connection refused"


def test_of_an_error_in_a_translated_function_the_last_line_is_told():
    stream = 'ValueError: in user code:\n\n    File "job.py", line 35, in add_up  *\n        return x\n\n    ValueError: no place\n'
    assert workers._last_error(stream) == "ValueError: in user code: ValueError: no place"


@pytest.mark.parametrize("stream, told", [("", ""), ("\n \n", ""), ("   indented only\n", ""), ("Killed\n", "Killed")])
def test_a_stream_without_an_exception_gives_its_last_line_or_nothing(stream, told):
    assert workers._last_error(stream) == told


def test_a_line_that_was_cut_off_is_no_line(script):
    path = script("import os, sys\nsys.stdout.write('whole\\nhal')\nsys.stdout.flush()\nos._exit(3)")
    (ended,) = workers.start(path, [{}]).wait()
    assert (ended.code, ended.said) == (3, ["whole"])


def test_bytes_that_are_no_text_do_no_harm(script):
    path = script("import sys\nsys.stdout.buffer.write(b'\\xff\\xfe ok\\n')")
    assert workers.start(path, [{}]).wait()[0].said == ["\ufffd\ufffd ok"]


def test_much_output_does_not_block_a_worker(script):
    path = script("for n in range(20_000): print(n)\nimport sys\nsys.stderr.write('x' * 200_000 + '\\n')")
    (ended,) = workers.start(path, [{}]).wait()
    assert len(ended.said) == 20_000 and len(ended.error) == 400


def test_what_was_said_so_far_can_be_read_while_it_runs(script):
    running = workers.start(script(SLEEPS), [{}])
    lines = running.wait_for(0, lines=1)
    assert running.said(0) == lines
    assert repr(running) == "<1 workers: running>"
    running.stop()
    assert repr(running) == "<1 workers: ended>"


# How they end


def test_a_killed_worker_ends_and_the_other_runs_on(script):
    running = workers.start(script(SLEEPS), [{}, {}])
    first, second = pid_of(running, 0), pid_of(running, 1)
    running.kill(1)
    assert is_gone(second)
    assert psutil.Process(first).is_running()
    running.stop()
    assert is_gone(first)
    running.stop()  # again: nothing to do


def test_a_killed_worker_says_so_by_its_code(script):
    running = workers.start(script(SLEEPS), [{}])
    pid_of(running, 0)
    running.kill(0)
    assert running.wait()[0].code != 0


def test_who_takes_too_long_is_stopped_and_named(script):
    path = script("import os, time\nprint(os.getpid(), flush=True)\nif os.environ['NAME'] == 'second': time.sleep(300)")
    running = workers.start(path, two())
    pid = pid_of(running, 1)
    with pytest.raises(RuntimeError, match="to end in 0.5 seconds, but worker 1 ran on, and was stopped"):
        running.wait(seconds=0.5)
    assert is_gone(pid)


def test_waiting_for_lines_ends_with_the_worker(script):
    running = workers.start(script("print(1)\nraise OSError('no more')"), [{}])
    with pytest.raises(RuntimeError, match="Expected 2 lines from worker 0, received 1 before it ended. Worker 0: OSError: no more"):
        running.wait_for(0, lines=2)


def test_waiting_for_lines_has_an_end(script):
    running = workers.start(script(SLEEPS), [{}])
    pid = pid_of(running, 0)
    with pytest.raises(RuntimeError, match="received 1 in 0.2 seconds"):
        running.wait_for(0, lines=2, seconds=0.2)
    assert is_gone(pid)


def test_workers_that_nobody_holds_any_more_are_stopped(script):
    running = workers.start(script(SLEEPS), [{}])
    pid = pid_of(running, 0)
    del running
    assert is_gone(pid)


def test_all_are_stopped_when_one_cannot_start(script, monkeypatch):
    begun = []
    start_one = workers._started

    def only_the_first(*arguments):
        if begun:
            raise OSError("no more processes")
        begun.append(start_one(*arguments))
        return begun[0]

    monkeypatch.setattr(workers, "_started", only_the_first)
    with pytest.raises(OSError, match="no more processes"):
        workers.start(script(SLEEPS), [{}, {}])
    assert begun[0].poll() is not None


# No orphans: the notebook's process ends, fails, is interrupted, or is killed

NOTEBOOK = """
import sys
from companion import workers
running = workers.start(sys.argv[1], [{}, {}])
print(*[running.wait_for(number, lines=1)[0] for number in (0, 1)], flush=True)
"""


def notebook(tmp_path, script, rest):
    """A process that starts two workers, as a notebook's kernel does; and the workers' numbers."""
    path = tmp_path / "notebook.py"
    path.write_text(NOTEBOOK + rest, encoding="utf-8")
    process = psutil.Popen(
        [sys.executable, str(path), str(script)], stdout=-1, stderr=-1, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    return process, pids


@pytest.mark.parametrize(
    "rest, code",
    [("", 0), ("raise ValueError('a cell failed')", 1), ("import os; os._exit(9)", 9)],
    ids=["it ends", "it fails", "it breaks off"],
)
def test_no_worker_outlives_the_notebook(tmp_path, script, rest, code):
    process, pids = notebook(tmp_path, script(SLEEPS), rest)
    assert process.wait(30) == code
    assert all(is_gone(pid) for pid in pids)
    process.stdout.close(), process.stderr.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signals")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_no_worker_outlives_a_notebook_that_gets_a_signal(tmp_path, script, number):
    process, pids = notebook(tmp_path, script(SLEEPS), "running.wait()")
    time.sleep(0.3)  # until it waits
    process.send_signal(getattr(signal, number))
    assert process.wait(30) != 0
    assert all(is_gone(pid) for pid in pids)
    process.stdout.close(), process.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_interrupting_the_cell_that_waits_stops_them_and_the_notebook_goes_on(tmp_path, script):
    rest = """
try:
    running.wait()
except KeyboardInterrupt:
    print(repr(running), flush=True)
import time
time.sleep(60)
"""
    process, pids = notebook(tmp_path, script(SLEEPS), rest)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline().decode().strip() == "<2 workers: ended, ended>"
    assert all(is_gone(pid) for pid in pids)
    assert process.poll() is None, "the notebook itself still runs"
    process.kill(), process.wait(), process.stdout.close(), process.stderr.close()


# Addresses, and what is refused


def test_free_addresses_are_all_different_on_the_loopback_and_free():
    addresses = workers.free_addresses(16)
    ports = [int(address.removeprefix("127.0.0.1:")) for address in addresses]
    assert len(set(ports)) == 16
    for port in ports:
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


@pytest.mark.parametrize("count", [0, 17, -1, True, 2.0, "2", None])
def test_a_strange_number_of_addresses_is_refused(count):
    with pytest.raises(ValueError, match="count: expected a whole number from 1 to 16, received"):
        workers.free_addresses(count)


def test_a_script_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="script: expected a Python file, received .*which is none"):
        workers.start(tmp_path / "missing.py", [{}])
    with pytest.raises(ValueError, match="which is none"):
        workers.start(tmp_path, [{}])


@pytest.mark.parametrize("variables", [[], [{}] * 17])
def test_a_strange_number_of_workers_is_refused(script, variables):
    with pytest.raises(ValueError, match=f"expected those of 1 to 16 workers, received {len(variables)}"):
        workers.start(script(TALKS), variables)


def test_a_configuration_that_is_no_text_yet_is_refused_before_anything_starts(script):
    with pytest.raises(TypeError, match="expected a text for TF_CONFIG, received .*json.dumps"):
        workers.start(script(TALKS), [{"TF_CONFIG": json.dumps({})}, {"TF_CONFIG": {"cluster": {}}}])
    with pytest.raises(TypeError, match="expected a dictionary for each worker, received the text"):
        workers.start(script(TALKS), ["TF_CONFIG"])


@pytest.mark.parametrize("worker", [2, -1, True, 1.0, "0", None])
def test_a_worker_that_is_not_there_is_refused(script, worker):
    running = workers.start(script(TALKS), two())
    for ask in (running.said, running.kill, lambda number: running.wait_for(number, 1)):
        with pytest.raises(ValueError, match="worker: expected a whole number from 0 to 1, received"):
            ask(worker)
    running.wait()
