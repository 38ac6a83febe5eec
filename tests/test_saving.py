"""A model is written as a whole or not at all: on a full disk, after an error, in place of what was there."""

import contextlib
import errno
import os
import subprocess
import sys
import weakref

import keras
import pytest
import tensorflow as tf

from companion import saving

# Keras 3.15 copies its variables in a way that NumPy 2.4 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
OLD = b"what was there before"


@pytest.fixture(scope="module")
def model():
    """A model of 407 kB, larger than the disks below."""
    layers = keras.layers
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(128), layers.Dense(10)])


@pytest.fixture
def ways(model, monkeypatch):
    """Name -> how a notebook writes that form."""
    level = tf.get_logger().level
    tf.get_logger().setLevel("ERROR")
    yield {
        "model.keras": model.save,
        "model.weights.h5": model.save_weights,
        "exported": lambda part: model.export(part, verbose=False),
        "model.tflite": lambda part: model.export(part, format="litert", verbose=False),
        "model.json": lambda part: part.write_text(model.to_json() * 300),
    }
    tf.get_logger().setLevel(level)


NAMES = ["model.keras", "model.weights.h5", "exported", "model.tflite", "model.json"]


@contextlib.contextmanager
def mounted(folder, options):
    """A disk in memory at a folder, where the machine allows it."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        refused = subprocess.run(command, capture_output=True).returncode
    except OSError:
        refused = True
    if refused:
        pytest.skip("only an administrator on Linux can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def limited(folder):
    """No file may grow beyond 200 kB: the full disk of who may mount none."""
    resource = pytest.importorskip("resource", reason="Windows has no limit on files")
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(params=["a small disk", "a limit"])
def full_disk(request, tmp_path):
    """A folder that holds less than the model."""
    small = tmp_path / "small"
    with mounted(small, "size=300k") if request.param == "a small disk" else limited(small) as folder:
        yield folder


@pytest.fixture
def closed(tmp_path):
    """A folder with a file, which cannot be changed."""
    folder = tmp_path / "closed"
    folder.mkdir()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        with mounted(folder, "size=1m"):
            (folder / "model.keras").write_bytes(OLD)
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
            yield folder
        return
    if sys.platform == "win32":
        pytest.skip("a folder of Windows is closed by other means")
    (folder / "model.keras").write_bytes(OLD)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def put_something(place, is_folder):
    """What stands in the place before: a file, or a folder with one."""
    if is_folder:
        place.mkdir()
        place /= "saved_model.pb"
    place.write_bytes(OLD)
    return place


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", ["nothing", "a file", "a folder"])
def test_what_was_written_takes_its_place(name, before, ways, tmp_path):
    place = tmp_path / name
    if before != "nothing":
        put_something(place, before == "a folder")
    with saving.whole(place) as part:
        assert part.name == name and part.parent.parent == tmp_path and part.parent.name.startswith(".")
        ways[name](part)
        if before != "nothing":
            assert place.read_bytes() == OLD if before == "a file" else (place / "saved_model.pb").read_bytes() == OLD

    assert names_in(tmp_path) == [name]
    assert (place / "saved_model.pb" if name == "exported" else place).read_bytes() != OLD


def test_what_was_saved_loads(model, ways, tmp_path):
    with saving.whole(str(tmp_path / "model.keras")) as part:
        ways["model.keras"](part)
    with saving.whole(tmp_path / "exported") as part:
        ways["exported"](part)
    picture = tf.ones((1, 28, 28))
    exported = tf.saved_model.load(tmp_path / "exported")

    assert keras.saving.load_model(tmp_path / "model.keras").count_params() == model.count_params()
    tf.debugging.assert_near(exported.serve(picture), model(picture))


def test_a_file_is_never_gone_not_even_for_a_moment(tmp_path, monkeypatch):
    moved, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: moved.append(paths) or replace(*paths))
    put_something(tmp_path / "model.keras", False)
    with saving.whole(tmp_path / "model.keras") as part:
        part.write_bytes(b"new")

    assert moved == [(part, tmp_path / "model.keras")]


def test_twice_is_as_once(ways, tmp_path):
    for _ in range(2):
        for name in NAMES:
            with saving.whole(tmp_path / name) as part:
                ways[name](part)

    assert names_in(tmp_path) == sorted(NAMES)
    assert "variables" in names_in(tmp_path / "exported")


def test_it_works_where_the_notebook_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with saving.whole("model.json") as part:
        part.write_text("{}")

    assert (tmp_path / "model.json").read_text() == "{}"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    try:
        (tmp_path / "model.json").symlink_to(tmp_path / "elsewhere" / "model.json")
    except OSError:
        pytest.skip("this system makes no links")
    with saving.whole(tmp_path / "model.json") as part:
        part.write_text("{}")

    assert (tmp_path / "model.json").is_symlink()
    assert (tmp_path / "elsewhere" / "model.json").read_text() == "{}"
    assert names_in(tmp_path) == ["elsewhere", "model.json"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_there", [False, True])
def test_a_full_disk_leaves_what_was_there(name, is_there, full_disk, ways):
    before = put_something(full_disk / name, name == "exported") if is_there else None
    with pytest.raises(OSError, match="is full: expected room for all of .*received.*free some") as caught:
        with saving.whole(full_disk / name) as part:
            ways[name](part)

    assert caught.value.errno == errno.ENOSPC
    assert names_in(full_disk) == [name] * is_there
    assert before is None or before.read_bytes() == OLD


def test_the_room_that_is_left_is_what_can_be_used(ways, tmp_path):
    with mounted(tmp_path / "small", "size=300k") as folder:
        (folder / "film").write_bytes(bytes(100_000))
        with pytest.raises(OSError, match=r"0\.2 MB left"), saving.whole(folder / "model.weights.h5") as part:
            ways["model.weights.h5"](part)


# HDF5 writes once more when it closes its file, on a disk that is still full: this ended Python with a
# segmentation fault.
ENDS_WELL = """
import sys
from companion import saving
import keras
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(128)])
try:
    with saving.whole(sys.argv[1] + "/model.weights.h5") as part:
        model.save_weights(part)
except OSError as error:
    print("told", error.errno)
"""


def test_python_goes_on_after_a_full_disk(tmp_path):
    with mounted(tmp_path / "small", "size=300k") as folder:
        done = subprocess.run([sys.executable, "-c", ENDS_WELL, str(folder)], capture_output=True, text=True)

    assert (done.stdout.split(), done.stderr, done.returncode) == (["told", str(errno.ENOSPC)], "", 0)


class Open:
    """Stands for a file that a library still holds open."""


def test_what_is_still_open_is_let_go_before_it_is_removed(tmp_path):
    def fails(part):
        still_open = Open()
        seen.append(weakref.ref(still_open))
        raise OSError(errno.ENOSPC, "x")

    seen = []
    with pytest.raises(OSError) as caught, saving.whole(tmp_path / "model.keras") as part:
        fails(part)

    assert caught.value.__cause__.__traceback__ and seen[0]() is None


def test_a_closed_folder_is_named(closed):
    with pytest.raises(PermissionError, match="may be written to, received .*closed.*choose another folder") as caught:
        with saving.whole(closed / "model.keras") as part:
            part.write_bytes(b"new")

    assert caught.value.errno == errno.EACCES
    assert names_in(closed) == ["model.keras"]
    assert (closed / "model.keras").read_bytes() == OLD


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(errno.ENOSPC, "x"), errno.ENOSPC),
        (OSError(errno.EFBIG, "x"), errno.ENOSPC),
        (RuntimeError("Can't decrement id ref count (unable to close file, errno = 28, error 'x')"), errno.ENOSPC),
        (tf.errors.ResourceExhaustedError(None, None, "/x/data; No space left on device"), errno.ENOSPC),
        (OSError("[WinError 112] There is not enough space on the disk"), errno.ENOSPC),
        (OSError(errno.EROFS, "x"), errno.EACCES),
        (PermissionError(errno.EPERM, "x"), errno.EACCES),
        (tf.errors.PermissionDeniedError(None, None, "/x/data; Permission denied"), errno.EACCES),
        (tf.errors.FailedPreconditionError(None, None, "/x; Read-only file system"), errno.EACCES),
    ],
)  # fmt: skip
@pytest.mark.parametrize("wrapped", ["not", "from", "meanwhile"])
def test_every_library_says_it_in_its_way(error, number, wrapped, tmp_path):
    with pytest.raises(OSError, match="Nothing was left behind") as caught:
        with saving.whole(tmp_path / "model.keras") as part:
            part.write_bytes(b"half")
            if wrapped == "from":
                raise ValueError("the model was not saved") from error
            try:
                raise error
            finally:
                if wrapped == "meanwhile":
                    raise ValueError("the file was not closed")

    assert caught.value.errno == number
    cause = caught.value.__cause__
    assert error in (cause, cause.__cause__, cause.__context__)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), OSError(errno.EIO, "x"), RuntimeError("errno = 281,"), KeyboardInterrupt(), SystemExit()],
    ids=repr,
)
@pytest.mark.parametrize("is_folder", [False, True])
def test_other_errors_pass_unchanged(error, is_folder, tmp_path):
    before = put_something(tmp_path / "model", is_folder)
    with pytest.raises(type(error)) as caught, saving.whole(tmp_path / "model") as part:
        put_something(part, is_folder)
        raise error

    assert caught.value is error
    assert names_in(tmp_path) == ["model"]
    assert before.read_bytes() == OLD


def test_what_the_body_knew_stays_there_to_be_looked_at(tmp_path):
    def fails(part):
        units = 12
        raise ValueError(units)

    with pytest.raises(ValueError) as caught, saving.whole(tmp_path / "model") as part:
        fails(part)

    assert caught.traceback[-1].frame.f_locals["units"] == 12


def wrote_nothing(part):
    return None


def made_an_empty_file(part):
    part.touch()


def made_an_empty_folder(part):
    part.mkdir()


@pytest.mark.parametrize("write", [wrote_nothing, made_an_empty_file, made_an_empty_folder])
def test_nothing_written_is_an_error(write, tmp_path):
    (tmp_path / "model.keras").write_bytes(OLD)
    with pytest.raises(FileNotFoundError, match="Expected .*model.keras.*write to this path"):
        with saving.whole(tmp_path / "model.keras") as part:
            write(part)

    assert names_in(tmp_path) == ["model.keras"]
    assert (tmp_path / "model.keras").read_bytes() == OLD


@pytest.mark.parametrize("is_file", [False, True])
def test_a_missing_folder_is_named(is_file, tmp_path):
    if is_file:
        (tmp_path / "gone").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="Expected the folder of `model.keras`.*gone.*make it first"):
        with saving.whole(tmp_path / "gone" / "model.keras") as part:
            part.write_bytes(b"new")


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "in use"), KeyboardInterrupt()], ids=repr)
def test_a_folder_comes_back_if_the_new_one_cannot_take_its_place(error, tmp_path, monkeypatch):
    before, replace = put_something(tmp_path / "exported", True), os.replace

    def only_aside(source, target):
        if str(source).endswith(os.sep + "exported") and target == tmp_path / "exported":
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", only_aside)
    with pytest.raises(type(error)), saving.whole(tmp_path / "exported") as part:
        part.mkdir()
        (part / "new").touch()

    assert before.read_bytes() == OLD
    assert names_in(tmp_path) == ["exported"]
