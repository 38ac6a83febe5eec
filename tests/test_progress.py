"""The map says what the journal holds; what is carried away comes back whole; only the word begins anew."""

import html
import itertools
import json
import os
import re
import sys
import types
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import course, feedback, journal, messages, progress

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"

MODULES = {
    "step1": 'from {home} import Task\nlast = Task("step1.z", "Batch `it`", "1.5 Order matters")\n'
    'first = Task("step1.a", "Keep a < b", "1.2 A tensor")\nalias = last\n',
    "step2": "from {home} import Task\nfrom {package}.step1 import last\n"
    'only = Task("step2.b", "Build", "2.1 A layer")\n',
    "step10": "",
}


class Task(NamedTuple):
    """Stands for an exercise: what the map shows of one."""

    name: str
    title: str
    lesson: str


class Shown(NamedTuple):
    """What was shown, in both forms."""

    page: str
    text: str


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A journal of the test's own, and an empty memory."""
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "progress"))
    for remembered in (journal._unsaved, journal._notices, journal._told):
        remembered.clear()
    yield tmp_path / "progress"
    for remembered in (journal._unsaved, journal._notices, journal._told):
        remembered.clear()


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """Three exercises in two modules, in place of the course's."""
    package = tmp_path / "pretended"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, source in MODULES.items():
        (package / f"{name}.py").write_text(source.format(home=__name__, package="pretended"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(progress, "exercises", types.SimpleNamespace(__name__="pretended", __path__=[str(package)]))
    monkeypatch.setattr(feedback, "Exercise", Task)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "pretended"]:
        del sys.modules[name]


@pytest.fixture
def shown(monkeypatch):
    """Everything that is shown, in place of the screen."""
    every: list[Shown] = []
    monkeypatch.setattr(messages, "show", lambda page, text: every.append(Shown(page, text)))
    return every


def the_map(shown: list[Shown]) -> Shown:
    shown.clear()
    progress.show()
    [once] = shown
    return once


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def guess(name: str, right: bool, sure: str = "fairly", question: str = "How many?") -> None:
    journal.append(
        "prediction", name, question=question, choices=[], within=0, predicted="1", actual="2", right=right, sure=sure
    )


class Reader(HTMLParser):
    """Reads a page as a browser does, and insists that each element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.elements, self.items = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag in {"ul", "table", "div", "p"}:
            assert "p" not in self.open
        self.open.append(tag)
        self.items += [""] * (tag == "li")
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "li" in self.open:
            self.items[-1] += data

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


# The map


def test_exercises_come_step_by_step_in_the_order_of_their_modules(tasks):
    assert [task.name for task in progress._exercises()] == ["step1.z", "step1.a", "step2.b"]


def test_an_empty_journal_shows_the_whole_way(tasks, shown):
    page, text = the_map(shown)
    lines = lines_of(text)
    for notebook in course.NOTEBOOKS:
        assert any(line.startswith(f"{notebook.number}. {notebook.title}: ") for line in lines)
        assert {"href": notebook.file} in Reader(page).all("a")
    assert "1. Collect and load data: 0 of 2 exercises done; nothing predicted yet; no hints taken" in lines
    assert "0. Start here: no exercises; nothing predicted yet; no hints taken" in lines
    assert "○ Keep a < b: not yet" in lines
    assert "Next: Batch `it`, in 1. Collect and load data; it is explained in 1.5 Order matters" in lines


def test_an_empty_journal_reads_the_same_on_every_machine(shown, monkeypatch, tmp_path):
    first = the_map(shown)
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "elsewhere"))
    assert the_map(shown) == first
    assert str(tmp_path) not in "".join(first)
    assert not (tmp_path / "elsewhere").exists()


def test_the_courses_own_exercises_are_on_the_map(shown):
    page, text = the_map(shown)
    own = progress._exercises()
    assert own and len({task.name for task in own}) == len(own)
    for task in own:
        assert f"○ {task.title}: not yet" in lines_of(text)
        assert messages.as_html(task.title) in page


def test_states_are_told_in_words_and_icons(tasks, shown):
    for name, state in [("step1.z", "not right yet"), ("step1.z", "right"), ("step1.a", "not right yet")]:
        journal.append("attempt", name, state=state, diagnosis="")
    page, text = the_map(shown)
    lines = lines_of(text)
    assert {"✔ Batch `it`: done", "↻ Keep a < b: tried, not right yet", "○ Build: not yet"} <= set(lines)
    assert "1. Collect and load data: 1 of 2 exercises done; nothing predicted yet; no hints taken" in lines
    assert "Next: Keep a < b, in 1. Collect and load data; it is explained in 1.2 A tensor" in lines
    read = Reader(page)
    assert {"href": course.link("1.2 A tensor")} in read.all("a")
    assert read.items == [line.replace("`", "") for line in lines if line[:1] in ("✔", "↻", "○")]


def folds_of(page: str) -> list[tuple[str, bool]]:
    """What stands on each fold, and whether it is open."""
    summaries = re.findall(r"<summary>(.*?)</summary>", page)
    return list(zip(summaries, ["open" in it for it in Reader(page).all("details")], strict=True))


def test_only_the_notebook_of_the_next_exercise_is_unfolded(tasks, shown):
    assert folds_of(the_map(shown).page) == [("0 of 2 exercises done", True), ("0 of 1 exercises done", False)]
    journal.append("attempt", "step1.z", state="right", diagnosis="")
    journal.append("attempt", "step2.b", state="not right yet", diagnosis="")
    assert folds_of(the_map(shown).page) == [("1 of 2 exercises done", True), ("0 of 1 exercises done", False)]
    journal.append("attempt", "step1.a", state="right", diagnosis="")
    assert folds_of(the_map(shown).page) == [("2 of 2 exercises done", False), ("0 of 1 exercises done", True)]
    journal.append("attempt", "step2.b", state="right", diagnosis="")
    assert folds_of(the_map(shown).page) == [("2 of 2 exercises done", False), ("1 of 1 exercises done", False)]


def test_a_right_answer_stays_done_whatever_comes_after(tasks, shown):
    for state in ("right", "not right yet"):
        journal.append("attempt", "step1.z", state=state, diagnosis="")
    assert "✔ Batch `it`: done" in lines_of(the_map(shown).text)


def test_nothing_is_next_when_all_is_done(tasks, shown):
    for task in progress._exercises():
        journal.append("attempt", task.name, state="right", diagnosis="")
    assert "Every exercise is done." in lines_of(the_map(shown).text)


def test_predictions_count_once_and_as_they_were_first_made(tasks, shown):
    for name, right in [("1.a", False), ("1.a", True), ("1.b", True), ("10.c", True), ("0.d", True)]:
        guess(name, right)
    lines = lines_of(the_map(shown).text)
    assert "0. Start here: no exercises; 1 of 1 predictions right; no hints taken" in lines
    assert "1. Collect and load data: 0 of 2 exercises done; 1 of 2 predictions right; no hints taken" in lines


def test_each_hint_counts_once(tasks, shown):
    for name, rung in [("step1.a", 1), ("step1.a", 2), ("step1.a", 2), ("step1.z", 1), ("step2.b", 1), ("step10.c", 1)]:
        journal.append("hint", name, rung=rung)
    text = the_map(shown).text
    assert "1. Collect and load data: 0 of 2 exercises done; nothing predicted yet; 3 hints taken" in text
    assert "2. Build the model: 0 of 1 exercises done; nothing predicted yet; 1 hint taken" in text


def test_predictions_that_are_due_again_are_listed_and_escaped(tasks, shown):
    guess("1.a", False, "certain", "Is `x` < <b>3</b>?")
    guess("1.b", False, "guess", "Not asked again")
    guess("1.c", True, "certain", "Nor this")
    page, text = the_map(shown)
    assert "Is `x` < <b>3</b>? (notebook 1)" in lines_of(text)
    assert "Is <code>x</code> &lt; &lt;b&gt;3&lt;/b&gt;? (notebook 1)" in page
    assert "asked again" not in text + page and "Nor this" not in text + page
    journal.append("return", "1.a", notebook=2, predicted="2", actual="2", right=True, sure="certain")
    assert "Is `x`" not in the_map(shown).text


def test_notices_are_shown_once(tasks, shown, place):
    place.mkdir()
    (place / journal.FILE).write_bytes(b"<garbage>\n")
    page, text = the_map(shown)
    assert "journal.damaged-" in text and "journal.damaged-" in page
    assert "damaged" not in the_map(shown).text


def test_the_page_is_a_table_with_headings_in_the_pages_own_colours(tasks, shown):
    guess("1.a", False, "certain")
    page, _ = the_map(shown)
    read = Reader(page)
    assert len(read.all("table")) == len(read.all("caption")) == 1
    scopes = [cell.get("scope") for cell in read.all("th")]
    assert scopes.count("row") == len(course.NOTEBOOKS) and scopes.count("col") == 4 and len(scopes) == 4 + len(course.NOTEBOOKS)
    assert len(read.all("td")) == 3 * len(course.NOTEBOOKS)
    assert all(icon == {"aria-hidden": "true"} for icon in read.all("span"))
    assert not re.search(r"color|background|<script|<style", page)


def test_where_names_the_journals_folder():
    assert progress.where() == journal.folder()


def test_outside_a_notebook_the_map_is_printed(tasks, capsys):
    progress.show()
    assert capsys.readouterr().out.startswith("Your progress\n0. Start here: ")


# To another machine and back


def move_to(monkeypatch, folder: Path) -> None:
    monkeypatch.setenv("COMPANION_PROGRESS", str(folder))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_what_is_exported_comes_back_whole(tmp_path_factory, written):
    folder = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "show", lambda *_: None)
        move_to(patch, folder / "here")
        for name, more in written:
            journal.append("attempt", name, more=more)
        before = journal.records()
        file = progress.export_to(folder / "progress.jsonl")
        move_to(patch, folder / "there")
        assert progress.import_from(file) == len(written)
        assert progress.import_from(str(file)) == 0
        assert journal.records() == before


def test_an_import_adds_to_what_is_here_and_says_how_much(tmp_path, monkeypatch, shown):
    journal.append("attempt", "shared")
    file = progress.export_to(tmp_path / "one.jsonl")
    journal.append("attempt", "only here")
    with file.open("ab") as more:
        more.write(b'garbage\n{"id": "n", "time": "2020-01-01T00:00:00+00:00", "kind": "hint", "name": "new"}\n')
    assert progress.import_from(file) == 1
    assert [record["name"] for record in journal.records()] == ["new", "shared", "only here"]
    assert lines_of(shown[-1].text) == [
        "Records that are new here: 1; that were here already: 1.",
        "Damaged lines that were skipped: 1.",
    ]


def test_an_export_holds_one_record_a_line_and_is_returned(tmp_path):
    journal.append("attempt", "a\nb")
    file = progress.export_to(tmp_path / "progress.jsonl")
    assert file == tmp_path / "progress.jsonl"
    assert [json.loads(line) for line in file.read_text().splitlines()] == journal.records()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["progress", "progress.jsonl"]


def test_an_empty_journal_is_exported_and_imported(tmp_path, shown):
    assert progress.import_from(progress.export_to(tmp_path / "empty.jsonl")) == 0


def test_an_export_replaces_a_file_only_when_told(tmp_path):
    file = tmp_path / "mine.jsonl"
    file.write_text("precious")
    with pytest.raises(ValueError, match="expected a new file, received .*overwrite=True"):
        progress.export_to(file)
    assert file.read_text() == "precious"
    journal.append("attempt", "a")
    progress.export_to(str(file), overwrite=True)
    assert journal.parse(file.read_bytes())[0] == journal.records()


def test_an_export_never_replaces_the_journal(place):
    journal.append("attempt", "a")
    for file in (place / journal.FILE, place / ".." / place.name / "new.jsonl"):
        with pytest.raises(ValueError, match="journal's own folder"):
            progress.export_to(file, overwrite=True)
    assert [record["name"] for record in journal.records()] == ["a"]


@pytest.mark.parametrize("where", [".", "no/such/folder.jsonl"])
def test_an_export_needs_a_file_in_a_folder(tmp_path, where):
    with pytest.raises(ValueError, match="expected a file in a folder that exists, received"):
        progress.export_to(tmp_path / where, overwrite=True)


def test_an_export_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "mine.jsonl"
    file.write_text("precious")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ValueError, match="No space left"):
        progress.export_to(file, overwrite=True)
    assert file.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.jsonl"]


@pytest.mark.parametrize("content", [None, b"\x89PNG\r\n\x1a\n\0", b'{"cells": []}', b"[1, 2]\n"])
def test_a_file_of_another_kind_is_refused_and_nothing_changes(tmp_path, place, content, shown):
    journal.append("attempt", "a")
    before = (place / journal.FILE).read_bytes()
    file = tmp_path / "other"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match="expected a file made by export_to, received .*other.*\\. [A-Z]"):
        progress.import_from(file)
    assert (place / journal.FILE).read_bytes() == before
    assert shown == []


def test_an_import_that_cannot_be_saved_says_so(tmp_path, monkeypatch, shown):
    journal.append("attempt", "a")
    file = progress.export_to(tmp_path / "one.jsonl")
    (tmp_path / "blocked").write_text("")
    move_to(monkeypatch, tmp_path / "blocked")
    assert progress.import_from(file) == 1
    assert "cannot be saved" in shown[-1].text and "cannot be saved" in shown[-1].page


# Begin anew


@pytest.mark.parametrize("word", ["", "yes", "Forget everything", "forget everything ", True, None])
def test_only_the_word_resets(place, shown, word):
    journal.append("attempt", "a")
    before = {file: file.read_bytes() for file in place.iterdir()}
    progress.reset()
    progress.reset(word)
    assert {file: file.read_bytes() for file in place.iterdir()} == before
    assert 'progress.reset("forget everything")' in shown[-1].text


def test_a_reset_keeps_the_old_records_and_says_how_to_get_them_back(place, shown, tasks):
    journal.append("attempt", "step1.z", state="right", diagnosis="")
    before = journal.records()
    progress.reset("forget everything")
    assert journal.records() == []
    [kept] = place.glob("journal.before-reset-*.jsonl")
    way_back = re.search(r"`(progress\.import_from\(.*\))`", shown[-1].text)[1]
    assert "○ Batch `it`: not yet" in lines_of(the_map(shown).text)
    assert eval(way_back) == 1
    assert journal.records() == before
    assert kept.exists()


def test_a_reset_of_nothing_makes_no_file(place, shown):
    progress.reset("forget everything")
    assert "nothing to forget" in shown[-1].text
    assert not place.exists()


def test_a_reset_that_fails_changes_nothing_and_says_so(place, shown, monkeypatch):
    journal.append("attempt", "a")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    progress.reset("forget everything")
    assert "Nothing was changed" in shown[-1].text and "Permission denied" in shown[-1].text
    assert [record["name"] for record in journal.records()] == ["a"]


def test_what_is_said_is_escaped(shown, tmp_path, monkeypatch):
    move_to(monkeypatch, tmp_path / "<b>")
    journal.append("attempt", "a")
    progress.reset("forget everything")
    assert "&lt;b&gt;" in shown[-1].page and "<b>" not in shown[-1].page
    Reader(shown[-1].page)


# Before the course, and after it


def answer(test: str, idea: str, right: bool, sure: object = "fairly", choices: object = ("x", "y", "z")) -> None:
    journal.append(
        "prediction", f"{progress.TESTS[test]}{idea}", question="?", choices=choices, within=0, predicted="1",
        actual="2", right=right, sure=sure, why="",
    )  # fmt: skip


def answer_all(before: str, after: str) -> None:
    """Answer both tests; a + stands for a right answer, a - for another one, a blank for none."""
    for test, marks in (("before", before), ("after", after)):
        for idea, mark in zip(progress.IDEAS, marks, strict=True):
            if mark != " ":
                answer(test, idea, mark == "+")


def the_gain(shown: list[Shown]) -> Shown:
    shown.clear()
    progress.gain()
    [once] = shown
    assert_the_page_says_what_the_text_says(once)
    return once


def assert_the_page_says_what_the_text_says(once: Shown) -> None:
    Reader(once.page)
    plain = html.unescape(re.sub(r"<[^>]*>", "", once.page))
    for line in lines_of(once.text):
        for part in re.split(r"^[✔↻○] |Before: |; after: |: before |; after |(?<=\w)\. (?=[A-Z])|`|:$", line):
            assert (part or "").rstrip(".") in plain


def line_of(idea: str, shown: list[Shown]) -> str:
    """What the text says of one idea."""
    [line] = [it for it in lines_of(the_gain(shown).text) if f" {progress.IDEAS[idea].title}. Before: " in it]
    return line


def test_the_tests_ask_about_these_ideas():
    pages = {page.name[:2]: page.read_text(encoding="utf-8") for page in NOTEBOOKS.glob("*.ipynb")}
    for test, start in progress.TESTS.items():
        page = pages.get(start.partition(".")[0].zfill(2))
        if page or test == "before":
            asked = re.findall(rf'\\"{re.escape(start)}(\w+)\\"', page)
            assert asked == list(progress.IDEAS)


def test_the_sections_to_read_again_are_there():
    for idea in progress.IDEAS.values():
        file = course.link(idea.lesson).partition("#")[0]
        assert f'"## {idea.lesson}' in (NOTEBOOKS / file).read_text(encoding="utf-8")
        assert idea.title == f"{int(file[:2])}. {course.NOTEBOOKS[int(file[:2])].title}"


def test_without_answers_the_way_to_them_is_shown(shown):
    page, text = the_gain(shown)
    assert "No question is answered yet" in text and "notebook 0" in text and "notebook 10" in text
    assert "run the cell of its result" in text
    assert "<table" not in page and "Right:" not in text and "gain:" not in text and "%" not in text


def test_it_reads_the_same_on_every_machine(shown, monkeypatch, tmp_path):
    first = the_gain(shown)
    monkeypatch.setenv("COMPANION_PROGRESS", str(tmp_path / "elsewhere"))
    assert the_gain(shown) == first
    assert str(tmp_path) not in "".join(first)


def test_the_first_answers_count_in_both_tests(shown):
    for test, right, sure in [
        ("before", False, "certain"), ("before", True, "guess"), ("after", True, "certain"), ("after", False, "guess"),
    ]:  # fmt: skip
        answer(test, "load", right, sure)
    assert progress.test_results() == {"before": {"load": (False, "certain")}, "after": {"load": (True, "certain")}}
    line = line_of("load", shown)
    assert line.startswith("✔ 1. Collect and load data. Before: not right, certain; after: right, certain. ")
    assert "Right: 0 of 1 before, 1 of 1 after." in the_gain(shown).text


def test_a_question_that_came_back_is_no_answer_to_the_test(shown):
    answer("before", "load", False, "certain")
    journal.append("return", "0.before_load", notebook=1, predicted="2", actual="2", right=True, sure="certain")
    assert progress.test_results() == {"before": {"load": (False, "certain")}, "after": {}}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ((False, "guess"), (True, "fairly"), "Not right before, right after."),
        ((False, "certain"), (True, "fairly"), "Before, you were certain of what is not so; after, you are right."),
        ((False, "certain"), (True, "guess"), 'luck: look at "3.5 Without a bend, deep is shallow" once'),
        ((True, "guess"), (True, "certain"), "Right both times, and surer than before."),
        ((True, "certain"), (True, "fairly"), "Right both times, but less sure than before."),
        ((True, "fairly"), (True, "fairly"), "Right both times."),
        ((True, None), (True, "certain"), "Right both times."),
        ((True, "guess"), (True, "guess"), "Right both times, after the course by a guess, which may be luck"),
        ((True, "guess"), (False, "fairly"), 'Right before by a guess, not right after: read "3.5 Without a bend'),
        ((True, "certain"), (False, "fairly"), 'Right before, not right after: read "3.5 Without a bend'),
        ((False, "guess"), (False, "certain"), 'certain after the course: begin with "3.5 Without a bend'),
        ((False, "certain"), (False, "guess"), "less sure than before: the doubt is well placed"),
        ((False, "guess"), (False, "guess"), 'Not right either time: read "3.5 Without a bend, deep is shallow" again.'),
        ((False, None), (False, "guess"), 'Not right either time: read "3.5'),
        ((True, "fairly"), None, "Only one of the two questions is answered."),
        (None, (False, "fairly"), "Only one of the two questions is answered."),
    ],
)
def test_a_sentence_says_what_moved(shown, before, after, says):
    answer("after" if before is None else "before", "use", True)
    for test, given_one in (("before", before), ("after", after)):
        if given_one:
            answer(test, "layers", *given_one)
    line = line_of("layers", shown)
    assert f" {says}" in line
    assert line[0] == ("○" if after is None else "✔" if after[0] else "↻")
    assert line_of("train", shown).endswith("Before: not answered; after: not answered. Neither question is answered.")


def test_a_section_to_read_is_a_link(shown):
    answer_all("-     ", "-     ")
    assert Reader(the_gain(shown).page).all("a") == [{"href": course.link("1.5 Order matters")}]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("++----", "+++++-", "Normalised learning gain: (5 − 2) / (6 − 2) = 0.75. "
         "Right answers missing before the course: 4; right answers more after it, on balance: 3."),
        ("++----", "-+-+++", "(4 − 2) / (6 − 2) = 0.50."),
        ("------", "++++++", "(6 − 0) / (6 − 0) = 1.00."),
        ("-+-+-+", "+-+-+-", "(3 − 3) / (6 − 3) = 0.00."),
        ("++++++", "++++++", "Of 6 compared, all were right before the course, so there was nothing left to gain."),
        ("+++ -+", "+ --++", "(3 − 3) / (4 − 3) = 0.00."),
        ("+++---", "++----", "Of 6 compared, 3 were right before and 2 after. A learning gain is a share"),
        ("+-----", " +++++", "(5 − 0) / (5 − 0) = 1.00."),
        ("-+ +++", "+-- --", "Of 4 compared, 3 were right before and 1 after."),
    ],
)  # fmt: skip
def test_the_gain_is_the_share_of_what_was_missing(shown, before, after, says):
    answer_all(before, after)
    text = the_gain(shown).text
    assert says in text
    assert ("Normalised learning gain:" in text) == ("=" in says)


@pytest.mark.parametrize(
    ("before", "after", "says", "sums"),
    [
        ("++-+  ", "      ", "Answered before the course: 4 of 6. The six questions after it",
         "Right: 3 of 4 before. Blind"),
        ("      ", "+--   ", "Answered after the course: 3 of 6, and none before it.",
         "Right: 1 of 3 after. Blind"),
        ("++-+  ", " ++-++", "Answered: 4 of 6 before, 5 of 6 after. Only these pairs are compared: 3.",
         "Right: 3 of 4 before, 4 of 5 after."),
        ("++    ", "  ++++", "Answered: 2 of 6 before, 4 of 6 after. Only these pairs are compared: 0.",
         "Right: 2 of 2 before, 4 of 4 after."),
        ("++++++", "++++++", "All questions are answered.", "Right: 6 of 6 before, 6 of 6 after."),
    ],
)  # fmt: skip
def test_it_says_what_is_answered(shown, before, after, says, sums):
    answer_all(before, after)
    text = the_gain(shown).text
    assert says in text and sums in text
    compared = any(" " not in pair for pair in zip(before, after, strict=True))
    assert ("In both tests the first answer counts" in text) == compared
    if not compared:
        assert "gain:" not in text and "compared, " not in text


def test_what_was_answered_the_other_way_round_is_not_compared(shown):
    answer("after", "load", False)
    answer("after", "use", True)
    answer("before", "load", True)
    answer("before", "build", False)
    answer("after", "build", True)
    assert "the two are not compared" in line_of("load", shown)
    text = the_gain(shown).text
    assert "(1 − 0) / (1 − 0) = 1.00" in text and "Only these pairs are compared: 1." in text
    assert "Right: 1 of 2 before, 2 of 3 after." in text


def test_blind_guessing_is_counted_from_the_choices(shown):
    answer("before", "load", True, choices=["a", "b", "c"])
    answer("before", "build", True, choices=[])
    answer("before", "train", True, choices=["a", "b"])
    assert "Blind guessing gets about 0.8 before." in the_gain(shown).text


def test_luck_is_as_large_as_the_small_print_says():
    tosses = [sum(each) for each in itertools.product((0, 1), repeat=6)]
    more = {"two": 2, "three": 3}[re.search(r"at least (\w+) more right", progress.SMALL_PRINT)[1]]
    lucky = sum(after >= before + more for before in tosses for after in tosses) / len(tosses) ** 2
    assert lucky == pytest.approx(1 / 5, abs=0.01)
    assert "one case of five" in progress.SMALL_PRINT and "half of the time" in progress.SMALL_PRINT


def test_how_sure_stands_beside_how_often_right(shown):
    for idea, before, after in [
        ("load", (False, "certain"), (True, "certain")), ("build", (True, "certain"), (True, "certain")),
        ("layers", (False, "guess"), (False, "fairly")), ("use", (True, None), (True, "fairly")),
    ]:  # fmt: skip
        answer("before", idea, *before)
        answer("after", idea, *after)
    lines = lines_of(the_gain(shown).text)
    start = lines.index("How sure, and how often right:")
    assert lines[start + 1 : start + 4] == [
        "certain: before 1 of 2 right; after 2 of 2 right",
        "fairly sure: before none; after 1 of 2 right",
        "a guess: before 0 of 1 right; after none",
    ]


def test_records_from_elsewhere_that_are_damaged_are_passed_over(shown):
    answer("before", "load", True)
    for name, details in [
        ("0.before_lunch", {"right": True}), ("0.ink_rule", {"right": True}), ("before_use", {"right": True}),
        ("10.after_use", {"right": "yes", "sure": "certain"}), ("10.after_use", {}), ("10.after_use", {"right": None}),
        ("10.after_build", {"right": True, "sure": ["certain"], "choices": 3}),
        ("10.after_train", {"right": False, "sure": {"certain": 1}, "choices": {"a": 1}}),
        ("10.after_layers", {"right": True, "sure": "very", "choices": [[], None]}),
        ("110.after_compile", {"right": True}),
    ]:  # fmt: skip
        journal.append("prediction", name, **details)
    journal.append("hint", "10.after_load", right=True, sure="certain")
    journal.append("prediction", "10.after_use", right=False, sure="guess")
    assert progress.test_results() == {
        "before": {"load": (True, "fairly")},
        "after": {"build": (True, ""), "layers": (True, ""), "train": (False, ""), "use": (False, "guess")},
    }
    assert "Before: not answered; after: right. Only one" in line_of("build", shown)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([f"{start}{idea}" for start in progress.TESTS.values() for idea in progress.IDEAS]),
            st.dictionaries(
                st.sampled_from(["right", "sure", "choices", "within", "question"]),
                st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4)
                | st.sampled_from(["guess", "fairly", "certain"]),
            ),
        ),
        max_size=12,
    )
)
def test_whatever_a_record_holds_it_is_shown(tmp_path_factory, written):
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "show", lambda page, text: seen.append(Shown(page, text)))
        move_to(patch, tmp_path_factory.mktemp("any"))
        for name, details in written:
            journal.append("prediction", name, **details)
        progress.gain()
        progress.show()
    for page, _ in seen:
        Reader(page)
    assert seen[0].text.startswith("Before and after the course\n")


def test_the_two_tests_are_tables_with_headings_in_the_pages_own_colours(shown):
    answer_all("++-+  ", " ++-++")
    page, text = the_gain(shown)
    read = Reader(page)
    assert len(read.all("table")) == len(read.all("caption")) == 2
    scopes = [cell.get("scope") for cell in read.all("th")]
    assert scopes == ["col"] * 4 + ["row"] * 6 + ["col"] * 3 + ["row"] * 3
    assert len(read.all("td")) == 3 * 6 + 2 * 3
    assert read.all("span") == [{"aria-hidden": "true"}] * 12
    assert not re.search(r"color|background|<script|<style", page)
    assert dict(read.elements)["div"] == {"role": "group", "aria-label": "Before and after the course"}
    assert "nothing leaves it" in page and "nothing leaves it" in text


def test_what_happened_to_the_journal_is_said_once(shown, place):
    answer_all("++++++", "++++++")
    with (place / journal.FILE).open("ab") as file:
        file.write(b"<garbage>\n")
    page, text = the_gain(shown)
    assert "journal.damaged-" in text and "journal.damaged-" in page and "6 of 6 after" in text
    assert "damaged" not in the_gain(shown).text


def test_the_map_counts_the_questions_after_the_course_in_their_notebook(shown, monkeypatch):
    others = [notebook for notebook in course.NOTEBOOKS if notebook.number != 10]
    monkeypatch.setattr(course, "NOTEBOOKS", (*others, course.Notebook(10, "10_your_own_data.ipynb", "Your own data")))
    answer_all("++-+  ", " ++-++")
    lines = lines_of(the_map(shown).text)
    assert any(line.startswith("10. Your own data: ") and "; 4 of 5 predictions right; " in line for line in lines)
    assert any(line.startswith("1. ") and "; nothing predicted yet; " in line for line in lines)
