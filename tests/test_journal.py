"""No record is ever lost: not to a second notebook, a kill, garbage, a full disk or a closed folder."""

import contextlib
import errno
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock
import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import journal

ROOT = Path(__file__).resolve().parent.parent
KEYS = {"id", "time", "kind", "name"}

texts = st.text()
values = st.one_of(
    texts, st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False), st.lists(texts, max_size=3)
)
details = st.dictionaries(texts.filter(lambda key: key not in KEYS), values, max_size=4)


class Killed(BaseException):
    """Stands for a kill: nothing of the journal's own code may catch it."""


def forget_memory():
    """What is left after a process has ended: the files alone."""
    for remembered in (journal._unsaved, journal._notices, journal._told):
        remembered.clear()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder of the test's own, which does not exist yet, and an empty memory."""
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setattr(journal, "PATIENCE", 0.05)
    forget_memory()
    yield tmp_path / "progress"
    forget_memory()


@contextlib.contextmanager
def fresh_place():
    """Another such folder, for each example of a property."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPANION_PROGRESS", folder)
        forget_memory()
        yield Path(folder)
        forget_memory()


def names() -> list[str]:
    return [record["name"] for record in journal.records()]


def names_on_disk() -> list[str]:
    """What another process would see."""
    forget_memory()
    return names()


def append_each(*some: str) -> None:
    for name in some:
        journal.append("attempt", name, state="right")


def set_aside(place: Path) -> bytes:
    """The bytes that were set aside, in the order of their files."""
    files = sorted(place.glob("journal.damaged-*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
    return b"".join(file.read_bytes() for file in files)


def a_line(name: str = "x", **more: object) -> bytes:
    record = {"id": name, "time": "2026-11-22T18:30:00+00:00", "kind": "attempt", "name": name, **more}
    return json.dumps(record).encode() + b"\n"


def run(script: str, *arguments: str) -> subprocess.Popen:
    """Start another process that uses the journal."""
    command = [sys.executable, "-c", f"from companion import journal\n{script}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


# What is written is read


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(texts, texts, details), max_size=5))
def test_records_are_read_as_they_were_written_in_their_order(written):
    with fresh_place():
        for kind, name, more in written:
            journal.append(kind, name, **more)
        forget_memory()
        found = journal.records()
        assert journal.notices() == []
    shown = [(it["kind"], it["name"], {key: it[key] for key in it.keys() - KEYS}) for it in found]
    assert shown == written


def test_a_record_has_an_id_of_its_own_and_the_time():
    before = datetime.now(UTC) - timedelta(seconds=1)
    append_each("a", "b")
    first, second = journal.records()
    assert first["id"] != second["id"]
    time = datetime.fromisoformat(first["time"])
    assert first["time"].endswith("+00:00")
    assert before <= time <= datetime.now(UTC) and time.microsecond == 0


def test_one_record_is_one_line_whatever_it_holds(place):
    name = "\n\r\u2028\x85\ud800 <b>é 🐧</b>\0"
    append_each(name, "next")
    assert (place / journal.FILE).read_bytes().count(b"\n") == 2
    assert names_on_disk() == [name, "next"]


def test_what_json_does_not_know_is_stored_as_its_text():
    journal.append("prediction", "1.a", actual=Path("x"), choices=("a", "b"))
    held = journal.records()
    forget_memory()
    assert journal.records() == held
    assert (held[0]["actual"], held[0]["choices"]) == ("x", ["a", "b"])


def test_the_oldest_record_comes_first_and_each_comes_once(place):
    place.mkdir()
    late, early = (a_line(day, time=f"2026-11-{day}T00:00:00+00:00") for day in ("22", "21"))
    (place / journal.FILE).write_bytes(late + early + late)
    assert names() == ["21", "22"]


def test_reading_writes_nothing(place):
    assert journal.records() == [] and journal.notices() == []
    assert not place.exists()
    append_each("a")
    (place / "journal.lock").unlink(missing_ok=True)
    before = {file: file.stat().st_mtime_ns for file in place.iterdir()}
    assert names() == ["a"]
    assert {file: file.stat().st_mtime_ns for file in place.iterdir()} == before


def test_a_file_only_grows(place):
    append_each("a")
    before = (place / journal.FILE).read_bytes()
    append_each("b")
    assert (place / journal.FILE).read_bytes().startswith(before)


def test_each_append_is_one_write_that_reaches_the_disk(monkeypatch):
    calls = []
    for name in ("write", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: calls.append(name) or real(*args))
    append_each("a", "b")
    assert calls == ["write", "fsync"] * 2


# Where it lies


@pytest.mark.parametrize("unset", [None, "", "  "])
def test_it_lies_in_the_users_data_folder(monkeypatch, tmp_path, unset):
    def user_data_path(name, appauthor):
        return tmp_path / name / str(appauthor)

    monkeypatch.setattr(platformdirs, "user_data_path", user_data_path)
    monkeypatch.delenv("COMPANION_PROGRESS")
    if unset is not None:
        monkeypatch.setenv("COMPANION_PROGRESS", unset)
    assert journal.folder() == tmp_path / "tensorflow-in-six-steps" / "False"


def test_a_tilde_stands_for_the_home_folder(monkeypatch, tmp_path):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("COMPANION_PROGRESS", os.path.join("~", "mine"))
    assert journal.folder() == tmp_path / "mine"


# Several at once


def test_two_processes_that_write_at_once_lose_nothing():
    script = "import sys\nfor number in range(200): journal.append('attempt', f'{sys.argv[1]}{number}')"
    both = [run(script, name) for name in "ab"]
    append_each(*(f"c{number}" for number in range(50)))
    for process in both:
        process.communicate()
        assert process.returncode == 0
    append_each("last")
    found = names_on_disk()
    for name, many in {"a": 200, "b": 200, "c": 50}.items():
        assert [it for it in found if it.startswith(name)] == [f"{name}{number}" for number in range(many)]


def test_what_a_killed_process_has_confirmed_is_there():
    script = "while True:\n    journal.append('attempt', 'a')\n    print(journal.records()[-1]['id'], flush=True)"
    process = run(script)
    confirmed = {process.stdout.readline().strip() for _ in range(20)}
    process.kill()
    confirmed |= {line.strip() for line in process.communicate()[0].splitlines(keepends=True) if line.endswith("\n")}
    assert confirmed <= {record["id"] for record in journal.records()}
    append_each("after")
    assert names_on_disk()[-1] == "after"


@pytest.fixture
def lock_held_elsewhere(place):
    """Another process that holds the lock until its input ends."""
    append_each("before")
    script = (
        "import filelock, sys\nwith filelock.FileLock(journal.folder() / 'journal.lock'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()"
    )
    other = run(script)
    assert other.stdout.readline() == "held\n"
    yield other
    other.communicate()


def test_a_lock_that_another_process_holds_does_not_stop_the_course(place, lock_held_elsewhere):
    append_each("meanwhile")
    assert names() == ["before", "meanwhile"]
    [notice] = journal.notices()
    assert "another notebook" in notice and "memory" in notice
    assert (place / journal.FILE).read_bytes().count(b"\n") == 1
    with pytest.raises(filelock.Timeout):
        journal.put_away()
    lock_held_elsewhere.communicate()
    append_each("after")
    assert names_on_disk() == ["before", "meanwhile", "after"]


def test_nothing_is_moved_out_while_another_process_writes(place, lock_held_elsewhere):
    with (place / journal.FILE).open("ab") as file:
        file.write(b"half a li")
    before = (place / journal.FILE).read_bytes()
    assert names() == ["before"]
    [notice] = journal.notices()
    assert "another notebook" in notice and "Nothing in it was changed" in notice
    assert (place / journal.FILE).read_bytes() == before
    assert set_aside(place) == b""


def test_a_line_that_is_just_being_written_is_not_damage(place, monkeypatch):
    append_each("a", "b")
    whole = (place / journal.FILE).read_bytes()
    reads = [whole[:-20]]
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda file: reads.pop() if reads else real(file))
    assert names() == ["a", "b"]
    assert journal.notices() == [] and set_aside(place) == b""
    assert (place / journal.FILE).read_bytes() == whole


# A kill


def test_a_file_cut_at_any_byte_of_its_last_record_keeps_the_others(place):
    append_each("a", "b", "torn")
    whole = (place / journal.FILE).read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for end in range(start, len(whole) + 1):
        for reads_first in (True, False):
            (place / journal.FILE).write_bytes(whole[:end])
            forget_memory()
            if reads_first:
                journal.records()
            append_each("after")
            kept = ["torn"] if end >= len(whole) - 1 else []
            assert names_on_disk() == ["a", "b", *kept, "after"], end
            assert set_aside(place).rstrip(b"\n") == (b"" if kept else whole[start:end]), end
            for file in place.glob("journal.damaged-*"):
                file.unlink()


def die_at(patch: pytest.MonkeyPatch, moment: int, how: str) -> list[str]:
    """Let the process die at a call that changes the disk: before it, after it, or with half of it written."""
    calls = []

    def dying(name, real):
        def call(*args):
            calls.append(name)
            if len(calls) != moment:
                return real(*args)
            if how == "half" and name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
            elif how == "after":
                real(*args)
            raise Killed(name)

        return call

    for name in ("write", "fsync", "replace", "rename", "ftruncate"):
        patch.setattr(os, name, dying(name, getattr(os, name)))
    return calls


@pytest.mark.parametrize("how", ["before", "half", "after"])
def test_a_kill_between_any_two_steps_loses_no_confirmed_record(how):
    garbage, died = b'{"id": "x", "ti\n\xff\xfe\0', set()
    for moment in range(1, 100):
        confirmed = []
        with fresh_place() as place:
            append_each("first")
            with (place / journal.FILE).open("ab") as file:
                file.write(garbage)
            with contextlib.suppress(Killed), pytest.MonkeyPatch.context() as patch:
                calls = die_at(patch, moment, how)
                for name in ("second", "third"):
                    append_each(name)
                    confirmed.append(name)
                    journal.records()
            died |= {calls[-1]} if len(calls) == moment else set()
            found = names_on_disk()
            assert found[: 1 + len(confirmed)] == ["first", *confirmed], (moment, calls)
            append_each("after")
            assert names_on_disk() == [*found, "after"], (moment, calls)
            assert garbage in set_aside(place)
        if len(calls) < moment:
            break
    assert died == {"write", "fsync", "replace"} and moment > 8


def test_a_kill_while_the_journal_is_put_away_loses_nothing():
    for moment, how in ((1, "before"), (1, "after")):
        with fresh_place() as place:
            append_each("a")
            with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed, match="rename"):
                die_at(patch, moment, how)
                journal.put_away()
            kept = b"".join(file.read_bytes() for file in place.glob("journal*.jsonl"))
            assert [record["name"] for record in journal.parse(kept)[0]] == ["a"]


def test_an_interrupted_append_counts_once(monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        die_at(patch, 1, "after")
        with pytest.raises(Killed):
            append_each("a")
    assert names() == ["a"]
    append_each("b")
    assert names() == names_on_disk() == ["a", "b"]


# Garbage


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_garbage_is_set_aside_byte_for_byte_and_reported(garbage):
    with fresh_place() as place:
        (place / journal.FILE).write_bytes(garbage)
        assert journal.records() == []
        notices = journal.notices()
        lines = [line for line in garbage.split(b"\n") if line.strip()]
        assert [line for line in set_aside(place).split(b"\n") if line.strip()] == lines
        assert len(notices) == bool(lines)
        append_each("after")
        assert names_on_disk() == ["after"]
        assert journal.notices() == []


junk = st.binary(min_size=1, max_size=40).map(lambda it: it.replace(b"\n", b"")).filter(bytes.strip)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(junk, st.integers(0, 10**6)), max_size=8), st.booleans())
def test_intact_records_survive_between_garbage(pieces, ends_in_newline):
    lines = [it + b"\n" if isinstance(it, bytes) else a_line(str(it)) for it in pieces]
    if lines and not ends_in_newline:
        lines[-1] = lines[-1][:-1]
    good = [line for line, piece in zip(lines, pieces, strict=True) if isinstance(piece, int)]
    bad = [line for line, piece in zip(lines, pieces, strict=True) if isinstance(piece, bytes)]
    wanted = list(dict.fromkeys(str(piece) for piece in pieces if isinstance(piece, int)))
    with fresh_place() as place:
        (place / journal.FILE).write_bytes(b"".join(lines))
        assert names() == wanted
        assert (place / journal.FILE).read_bytes() == b"".join(good)
        assert set_aside(place) == b"".join(bad)
        assert len(list(place.glob("journal.damaged-*"))) == bool(bad)
        [*notices] = journal.notices()
        assert len(notices) == bool(bad) and all(f": {len(bad)}. " in notice for notice in notices)
        append_each("after")
        assert names_on_disk() == [*wanted, "after"]


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        a_line(kind=None)[:-1],
        a_line(id=3)[:-1],
        a_line(time=1.5)[:-1],
        a_line(name=["x"])[:-1],
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        a_line()[:-1] + a_line("glued")[:-1],
        b"\0" * 4096,
    ],
    ids=lambda line: line[:24].decode() + f" {len(line)}",
)
def test_json_that_is_no_record_is_damage(place, line):
    place.mkdir()
    (place / journal.FILE).write_bytes(a_line("a") + line + b"\n" + a_line("b"))
    assert names() == ["a", "b"]
    assert set_aside(place) == line + b"\n"
    [notice] = journal.notices()
    [file] = place.glob("journal.damaged-*")
    assert str(file) in notice


def test_damage_of_the_same_second_gets_files_of_its_own(place):
    for garbage in (b"one\n", b"two\n", b"one\n"):
        append_each("a")
        with (place / journal.FILE).open("ab") as file:
            file.write(garbage)
        journal.records()
    assert len(journal.notices()) == 3
    assert set_aside(place) == b"one\ntwo\none\n"


def test_blank_lines_are_no_damage(place):
    place.mkdir()
    (place / journal.FILE).write_bytes(b"\n \r\n" + a_line("a").replace(b"\n", b"\r\n") + b"\n")
    assert names() == ["a"]
    assert journal.notices() == []


# Disks that refuse


def no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def half_a_write(real=os.write):
    return lambda file, data: real(file, data[: len(data) // 2])


def test_a_full_disk_is_told_and_what_waits_is_saved_later(place, monkeypatch):
    append_each("a")
    for name, refuse in (("write", no_space), ("write", half_a_write()), ("fsync", no_space)):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, refuse)
            append_each(f"{name} 1", f"{name} 2")
            assert names()[-2:] == [f"{name} 1", f"{name} 2"]
        [notice] = journal.notices()
        assert os.strerror(errno.ENOSPC) in notice and "memory" in notice
        append_each("then")
    assert journal.notices() == []
    wanted = ["a", "write 1", "write 2", "then", "write 1", "write 2", "then", "fsync 1", "fsync 2", "then"]
    assert names_on_disk() == wanted
    assert (place / journal.FILE).read_bytes().count(b"\n") == len(wanted)
    assert set_aside(place) == b""


def test_half_a_line_that_cannot_be_taken_back_is_set_aside(place, monkeypatch):
    append_each("a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half_a_write())
        patch.setattr(os, "ftruncate", no_space)
        append_each("b")
    append_each("c")
    assert names_on_disk() == ["a", "b", "c"]
    assert set_aside(place)[:8] == b'{"id": "'


def test_damage_on_a_full_disk_stays_where_it_is(place, monkeypatch):
    append_each("a")
    with (place / journal.FILE).open("ab") as file:
        file.write(b"garbage")
    before = (place / journal.FILE).read_bytes()
    for name in ("write", "fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, no_space)
            assert names() == ["a"]
        assert (place / journal.FILE).read_bytes() == before
        assert list(place.glob("journal.damaged-*")) == []
    [notice] = journal.notices()
    assert "cannot be moved out" in notice
    assert names() == ["a"]
    assert set_aside(place) == b"garbage"


def deny_writing(patch, real=os.open):
    def denying(path, flags, *args, **named):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, *args, **named)

    patch.setattr(os, "open", denying)


@pytest.mark.parametrize("damage", [b"", b"garbage\n"])
def test_a_read_only_folder_is_read_and_the_rest_stays_in_memory(place, monkeypatch, damage):
    append_each("a")
    with (place / journal.FILE).open("ab") as file:
        file.write(damage)
    with monkeypatch.context() as patch:
        deny_writing(patch)
        append_each("b")
        assert names() == ["a", "b"]
        notices = journal.notices()
        assert len(notices) == 1 + bool(damage)
        assert str(place) in notices[0]
        append_each("c")
        assert names() == ["a", "b", "c"]
        assert journal.notices() == []
    append_each("d")
    assert names_on_disk() == ["a", "b", "c", "d"]


def test_the_same_trouble_is_told_again_after_a_record_was_saved(monkeypatch):
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", no_space)
            append_each("a", "b")
        assert len(journal.notices()) == 1
        append_each("c")


@pytest.mark.parametrize("locks", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_place_without_locks_is_told(monkeypatch, locks):
    def refuse(*_, **__):
        raise locks

    append_each("a")
    with monkeypatch.context() as patch:
        patch.setattr(filelock.FileLock, "acquire", refuse)
        append_each("b")
        assert names() == ["a", "b"]
    [notice] = journal.notices()
    assert (locks.args[-1]) in notice


def test_a_folder_that_cannot_be_made_is_told(place, monkeypatch, tmp_path):
    place.write_text("a file is in the way")
    append_each("a")
    assert names() == ["a"]
    notices = journal.notices()
    assert notices and all(str(place) in notice for notice in notices)
    assert place.read_text() == "a file is in the way"
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "other" / "deeper"))
    append_each("b")
    assert names_on_disk() == ["a", "b"]


def test_a_folder_in_the_journals_place_is_told_and_left_alone(place):
    (place / journal.FILE).mkdir(parents=True)
    append_each("a")
    assert names() == ["a"]
    first, second = journal.notices()
    assert "cannot be saved" in first and "cannot be read" in second
    (place / journal.FILE).rmdir()
    append_each("b")
    assert names_on_disk() == ["a", "b"]


def test_a_journal_that_may_not_be_read_is_told_and_left_alone(place, monkeypatch):
    append_each("a")

    def deny(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", deny)
        append_each("b")
        assert names() == ["b"]
    assert "Permission denied" in "".join(journal.notices())
    append_each("c")
    assert names_on_disk() == ["a", "b", "c"]


def test_what_still_waits_is_saved_when_the_notebook_is_closed():
    script = """
import os
real = os.write
def refuse(*_): raise OSError(28, "No space left on device")
os.write = refuse
journal.append("attempt", "a")
os.write = real
"""
    process = run(script)
    process.communicate()
    assert process.returncode == 0
    assert names() == ["a"]


# Merging and beginning anew


def test_merging_adds_each_record_once_and_keeps_the_times():
    append_each("mine")
    theirs, _ = journal.parse(a_line("theirs", time="2020-01-01T00:00:00+00:00") * 2)
    assert journal.merge([*theirs, *journal.records()]) == 1
    assert journal.merge(theirs) == 0
    assert names_on_disk() == ["theirs", "mine"]


def test_merging_on_a_full_disk_keeps_all_in_memory(monkeypatch):
    theirs, _ = journal.parse(a_line("a") + a_line("b"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", no_space)
        assert journal.merge(theirs) == 2
        assert journal.merge(theirs) == 0
        assert names() == ["a", "b"]
    append_each("c")
    assert names_on_disk() == ["a", "b", "c"]


def test_what_is_put_away_is_all_kept_and_the_new_journal_is_empty(place, monkeypatch):
    kept = []
    for name in ("a", "b"):
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", no_space)
            append_each(name)
        kept.append(journal.put_away())
        assert journal.records() == []
    assert kept[0] != kept[1]
    assert [journal.parse(file.read_bytes())[0][0]["name"] for file in kept] == ["a", "b"]
    append_each("c")
    assert names_on_disk() == ["c"]


def test_putting_away_on_a_full_disk_changes_nothing(monkeypatch):
    append_each("a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", no_space)
        append_each("b")
        with pytest.raises(OSError, match="No space"):
            journal.put_away()
        assert names() == ["a", "b"]
    append_each("c")
    assert names_on_disk() == ["a", "b", "c"]
