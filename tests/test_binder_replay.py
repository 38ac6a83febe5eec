"""The replay of Binder: what it reads, what it would refuse, and a small notebook on a real server.

The replay itself needs a package index and minutes, so it is a command: `python tests/binder_replay.py`.
"""

import json
import struct
import sys

import nbformat
import pytest
from packaging.requirements import Requirement

import binder_link
import binder_replay
import binder_sizes
import build_lock
import distant_kernel
from binder_replay import EXPECTED
from companion import copies
from memory_cap import MemoryCap
from test_binder import BINDER, IMAGE, ROOT

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the replay is for Linux, and says so")

RECIPE = """\
FROM somewhere
ENV LC_ALL=en_US.UTF-8 \\
    LANG=en_US.UTF-8
ARG NB_USER
ENV APP_BASE=/srv
ENV CONDA_DIR=${APP_BASE}/conda
ENV PATH=${CONDA_DIR}/bin:${PATH}
ARG REPO_DIR=${HOME}
ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"
RUN TIMEFORMAT='ENV X=1' true
"""
IMAGE_LOCK = """\
# a comment
https://host/conda-forge/linux-64/python-3.12.12-hfe2f287_0_cpython.conda#5c
https://host/conda-forge/noarch/cpython-3.12.12-py312hd8ed1ab_0.conda#5c
https://host/conda-forge/noarch/jupyterlab-4.4.9-pyhd8ed1ab_0.conda#5c
https://host/conda-forge/linux-64/brotli-python-1.1.0-py312h1289d80_4.conda#5c
https://host/conda-forge/noarch/jupyter_core-5.8.1-pyh31011fe_0.tar.bz2#5c
https://host/conda-forge/linux-64/zstd-1.5.7-hb8e6e7a_2.conda#5c
"""
SMALL = [
    "print('out')",
    "x = bytearray(b'x') * (200 << 20); 1 / 0",
    "import sys; print('oh', file=sys.stderr)",
    "x = bytearray(b'x') * (900 << 20)",
]


def choice(**other):
    """Return what repo2docker ought to choose, but for `other`."""
    return {"python": "3.12", **EXPECTED, **other}


# The way onto Binder


def test_the_readme_names_the_way_that_pyproject_says():
    place = binder_link.published((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert binder_link.with_paragraph(readme, binder_link.paragraph(place)) == readme


def test_the_link_opens_a_notebook_that_is_there():
    path = binder_replay.opened_by_the_badge()
    assert path.startswith(f"lab/tree/{copies.FOLDER}/00_")
    assert (ROOT / "notebooks" / path.rpartition("/")[2]).is_file()


def test_a_fork_changes_one_line(tmp_path, monkeypatch, capsys):
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [line] = [it for it in project.splitlines() if it.startswith("published = ")]
    (tmp_path / "pyproject.toml").write_text(project.replace(line, 'published = "gh/OWNER/NAME"'), encoding="utf-8")
    readme = tmp_path / "README.md"
    old = (ROOT / "README.md").read_text(encoding="utf-8")
    readme.write_text(old, encoding="utf-8", newline="\n")
    monkeypatch.setattr(binder_link, "ROOT", tmp_path)
    monkeypatch.setattr(binder_link, "README", readme)

    assert binder_link.main(["--check"]) == 1
    assert readme.read_text(encoding="utf-8") == old
    assert binder_link.main([]) == 0
    assert binder_link.main(["--check"]) == 0
    new = readme.read_text(encoding="utf-8")
    opens = "lab%2Ftree%2Fmy_notebooks%2F00_start_here.ipynb"
    assert f"(https://mybinder.org/v2/gh/OWNER/NAME/HEAD?urlpath={opens})" in new
    assert "(https://mybinder.org/badge_logo.svg)" in new
    before, after = old.split("\n\n"), new.split("\n\n")
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_binder_takes_a_path_on_gitlab_as_one_word():
    assert "/v2/gl/group%2Fsub%2Fname/HEAD?" in binder_link.launch_address("gl/group/sub/name")


@pytest.mark.parametrize("place", ["OWNER/NAME", "gh/OWNER", "gh/OWNER/NAME/HEAD", "https://host/O/NAME", "gh/a b/c"])
def test_another_form_is_refused(place):
    with pytest.raises(ValueError, match="expected .*gh/OWNER/NAME.* received"):
        binder_link.published(f'[tool.course]\npublished = "{place}"\n')


@pytest.mark.parametrize("readme", ["# Course\n\nNothing.\n\n", "No Python at hand? A.\n\nNo Python at hand? B.\n\n"])
def test_a_readme_without_the_place_for_it_is_refused(readme):
    with pytest.raises(ValueError, match="No Python at hand"):
        binder_link.with_paragraph(readme, "x")


# What repo2docker chooses


def test_the_right_choice_passes():
    assert binder_replay.wrong_choices(choice()) == []


@pytest.mark.parametrize(
    "other",
    [
        {"python": "3.10"},  # runtime.txt was not read
        {"pack": "CondaBuildPack"},
        {"folder": ""},
        {"packages": ["graphviz"]},
        # Then each commit would install TensorFlow anew: nothing of the image could be kept.
        {"before_the_copy": [], "after_the_copy": EXPECTED["before_the_copy"]},
        {"post_build": []},
        {"start": None},
    ],
)
def test_another_choice_is_named(other):
    wrong = binder_replay.wrong_choices(choice(**other))
    assert [it.split(":")[0] for it in wrong] == list(other)
    assert all(repr(received) in it for it, received in zip(wrong, other.values(), strict=True))


def test_nothing_in_the_folder_makes_repo2docker_choose_otherwise():
    assert {path.name for path in BINDER.iterdir()} == {
        "default_setting_overrides.json", "postBuild", "requirements.txt", "runtime.txt", "start"
    }
    assert not any(line.startswith(("-", ".")) for line in (BINDER / "requirements.txt").read_text().splitlines())


def test_the_recipes_environment_is_read():
    home = "/tmp/x/home"
    given = {"APP_BASE": "/tmp/x", "HOME": home, "REPO_DIR": home, "PATH": "/usr/bin", "LC_ALL": "C.UTF-8"}
    assert binder_replay.recipe_variables(RECIPE, given) == given | {
        "LANG": "en_US.UTF-8",
        "CONDA_DIR": "/tmp/x/conda",
        "PATH": "/tmp/x/conda/bin:/usr/bin",
        "R2D_ENTRYPOINT": "/tmp/x/home/binder/start",
    }


def test_the_images_packages_get_their_names_for_pip():
    assert binder_replay.image_pins(IMAGE_LOCK) == ["jupyterlab==4.4.9", "brotli==1.1.0", "jupyter_core==5.8.1"]


def test_a_replaced_part_of_the_images_jupyter_is_named():
    image = IMAGE | {"jupyter-server": "2.17.0", "certifi": "1", "nbformat": "5"}
    image["ipykernel"] = "7.0.1"
    after = image | {"certifi": "2", "jupyter-server": "3.0.0", "ipykernel": "7.4.0"}
    del after["nbformat"]
    assert binder_replay.replaced(image, image) == []
    assert binder_replay.replaced(image, after) == ["jupyter-server 2.17.0 -> 3.0.0", "nbformat 5 -> gone"]
    assert set(build_lock.BROUGHT_BY_BINDER) <= {name for name in image if binder_replay.JUPYTER.fullmatch(name)}


def test_a_table_of_settings_may_hold_more_than_ours():
    assert binder_replay.overridden({"default": {"a": 1, "b": 2}}, {"a": 1})
    assert not binder_replay.overridden({"default": {"a": 2}}, {"a": 1})
    assert not binder_replay.overridden({"default": "true"}, "false")


# The sizes


def test_the_wheel_that_fits_best_counts():
    def wheel(name, size):
        return {"url": f"somewhere/{name}", "size": size * 2**20}

    lock = {"packages": [
        {"wheels": [wheel("a-1-py3-none-any.whl", 1), wheel("a-1-cp312-cp312-manylinux_2_17_x86_64.whl", 20),
                    wheel("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", 300)]},
        {"wheels": [wheel("b-1-py2.py3-none-any.whl", 4)]},
    ]}
    text = "".join(
        "[[packages]]\nname = \"x\"\n" + f"wheels = [{', '.join(inline(it) for it in package['wheels'])}]\n"
        for package in lock["packages"]
    )
    assert binder_sizes.added_up(text, "3.12") == binder_sizes.Size(2, 24)
    assert binder_sizes.added_up(text, "3.11") == binder_sizes.Size(2, 304)


def inline(table):
    """Write a small table as TOML does on one line."""
    return "{ " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in table.items()) + " }"


def test_peers_are_written_down_with_their_source():
    assert len(binder_sizes.PEERS) >= 3
    for peer in binder_sizes.PEERS:
        assert "/" in peer.repository and "," in peer.repository
        assert any(Requirement(line).name == "tensorflow" for line in peer.asks)


# The session


def test_a_frame_with_a_widgets_data_is_read():
    message = {"header": {"msg_type": "comm_open"}, "content": {"é": 1}}
    text = json.dumps(message, ensure_ascii=False).encode()
    plain = distant_kernel.read_frame(text.decode())
    for buffers in ([], [b"\x00\xff\x80"]):
        offsets = [4 * (len(buffers) + 2), 4 * (len(buffers) + 2) + len(text)][: len(buffers) + 1]
        head = struct.pack(f"!{len(offsets) + 1}I", len(offsets), *offsets)
        assert distant_kernel.read_frame(head + text + b"".join(buffers)) == plain
    assert plain == {"msg_type": "comm_open", **message}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Run notebooks of one or two cells on a real server, inside a cap that the last one exceeds."""
    home = tmp_path_factory.mktemp("home")
    (home / "notebooks").mkdir()
    start = home / "start"
    start.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -m jupyter "$@"\n', encoding="utf-8")
    start.chmod(0o755)
    rows, took = [], {}
    variables = {"R2D_ENTRYPOINT": str(start), "REPO_DIR": str(home), "HOME": str(home), "PATH": "/usr/bin:/bin"}
    with MemoryCap(600, one_cpu=True) as cap, binder_replay.session(cap, variables, home / "log", took) as server:
        for number, source in enumerate(SMALL):
            path = home / "notebooks" / f"{number}.ipynb"
            cells = [nbformat.v4.new_code_cell("first = 1"), nbformat.v4.new_code_cell(source)]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
            rows.append(binder_replay.run_notebook(server, cap, path))
        sessions = server.ask_json("GET", "api/sessions")
    return rows, sessions, took


@needs_linux
def test_a_notebook_runs_within_the_cap(results):
    [good, *_], _, took = results
    assert good.result == "ok"
    assert 50 < good.peak_mb < 600
    assert 0 < good.first_cell_seconds <= good.seconds
    assert took["the server answers"] > 0


@needs_linux
@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "code cell 2: ZeroDivisionError"), (2, "code cell 2 wrote to stderr: oh"), (3, "more than the cap's memory")],
)
def test_what_goes_wrong_is_said(results, number, said):
    assert results[0][number].result.startswith(f"FAILED: {said}")


@needs_linux
def test_each_notebook_has_a_peak_of_its_own(results):
    small, large, small_again, _ = (row.peak_mb for row in results[0])
    assert large > small + 150
    assert large > small_again + 150


class Kernel:
    """Answers as told, one cell after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def run(self, code):
        return self.answers.pop(0)


def test_the_first_and_the_slowest_cell_are_told_apart():
    row, kernel = binder_replay.Row("n"), Kernel(*(distant_kernel.Answer(seconds) for seconds in (1.004, 3, 2)))
    cells = [nbformat.v4.new_markdown_cell("text"), *(nbformat.v4.new_code_cell(code) for code in ("a", "b", " ", "c"))]
    assert binder_replay.run_cells(kernel, nbformat.v4.new_notebook(cells=cells), row) == "ok"
    assert (row.first_cell_seconds, row.slowest_cell_seconds, row.seconds) == (1.0, 3, 6.004)


def test_a_cell_may_fail_where_the_notebook_says_so():
    cell = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    kernel = Kernel(distant_kernel.Answer(1, error="ZeroDivisionError: division by zero"))
    assert binder_replay.run_cells(kernel, nbformat.v4.new_notebook(cells=[cell]), binder_replay.Row("n")) == "ok"


@needs_linux
def test_each_kernel_is_shut_down_before_the_next(results):
    assert results[1] == []


def test_a_failure_ends_in_exit_code_1(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "platform", "linux")
    figures = tmp_path / "figures.json"
    for failures, code in (([], 0), (["00_start_here: FAILED"], 1)):
        monkeypatch.setattr(binder_replay, "replay", lambda options, work: {"failures": failures})
        assert binder_replay.main(["--json", str(figures)]) == code
        assert json.loads(figures.read_text(encoding="utf-8")) == {"failures": failures}
    assert "FAILED: 00_start_here" in capsys.readouterr().out
