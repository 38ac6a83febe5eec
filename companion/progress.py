"""See how far you are and what you gained, carry your progress to another machine, or begin anew.

    show()              the map of the course: what is done, what is next, what to predict again
    gain()              the six questions before the course beside the six after it
    test_results()      which of them were answered right
    export_to(path)     all records in one file, to take along      import_from(path)   add those of such a file
    reset(word)         begin anew; the old records are kept        where()             the journal's folder

Everything is read from the journal, which lies on this machine; nothing leaves it.
"""

import contextlib
import html
import importlib
import json
import os
import pkgutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from companion import course, exercises, feedback, journal, messages, predict

WORD = "forget everything"
DONE, TRIED, NOT_YET = "done", "tried, not right yet", "not yet"
ICONS = {
    DONE: messages.FINE.icon,
    TRIED: messages.AGAIN.icon,
    NOT_YET: messages.OPEN.icon,
}
STAYS_HERE = "Your progress lies in a file on this machine, and nothing leaves it. `progress.where()` names its folder."
AGAIN = "You were certain of these, and the result was another; they come back before the course ends:"

TESTS = {"before": "0.before_", "after": "10.after_"}
# "One case of five": of two times six tosses of a coin the second six win by two or more in 794 of 4,096 cases.
SMALL_PRINT = (
    "In both tests the first answer counts: once a result is shown, a second answer tells what you remember of it. "
    "Six questions are few. Somebody who is right half of the time and learns nothing in between has at least two "
    "more right after than before in one case of five, by luck alone. The questions after the course are not those "
    "before it, and nobody has measured whether they are equally hard. So take the number as a hint, not as a mark."
)
JUDGED_WELL = (
    "If you judge yourself well, nearly all that you are certain of is right, and of your guesses about as many as "
    "blind chance gives."
)

_CELL = "text-align: left; vertical-align: top"


class _Stop(NamedTuple):
    """What the map says of one notebook.

    Attributes:
        notebook: The notebook.
        exercises: Its exercises with their states, in their order.
        predictions: How many results were predicted.
        right: How many of them were predicted right, the first time.
        hints: How many hints were taken.
    """

    notebook: course.Notebook
    exercises: list[tuple[feedback.Exercise, str]]
    predictions: int
    right: int
    hints: int


class _Idea(NamedTuple):
    """What one question of each test is about.

    Attributes:
        title: Its step.
        lesson: The section that explains it.
    """

    title: str
    lesson: str


# The questions before the course are called "0.before_load", those after it "10.after_load", and so on.
IDEAS = {
    "load": _Idea("1. Collect and load data", "1.5 Order matters"),
    "build": _Idea("2. Build the model", "2.5 Count the parameters"),
    "layers": _Idea("3. Add the layers", "3.5 Without a bend, deep is shallow"),
    "compile": _Idea("4. Compile the model", "4.2 The loss, by hand"),
    "train": _Idea("5. Train the model", "5.2 What fit does, and what it returns"),
    "use": _Idea("6. Use the model", "6.2 Pass in data, get results"),
}


class _Answer(NamedTuple):
    """The first answer to a question of a test.

    Attributes:
        right: Whether it was right.
        sure: How sure the learner was, a key of `predict.SURE`; None where the record does not say.
        chance: How likely it is that a blind guess is right; 0 where a number was asked for.
        place: Where its record stands among all of them, oldest first.
    """

    right: bool
    sure: str | None
    chance: float
    place: int


class _Pair(NamedTuple):
    """The two answers to questions on one idea; None for one that is missing."""

    idea: _Idea
    before: _Answer | None
    after: _Answer | None

    @property
    def counts(self) -> bool:
        """Whether both are there, in the order that lets them be compared."""
        return bool(self.before and self.after) and self.before.place < self.after.place


def show() -> None:
    """Draw the map of the course: exercises, predictions and hints, what is next, what to predict again."""
    records = journal.records()
    stops = [_stop(notebook, records) for notebook in course.NOTEBOOKS]
    due, notices = predict.due(records), journal.notices()
    messages.show(_as_page(stops, due, notices), _as_text(stops, due, notices))


def gain() -> None:
    """Show your answers before the course beside those after it, how sure you were, and your learning gain.

    The normalised learning gain is the share of what was missing before that is there after, (after − before) /
    (questions − before), as in R. R. Hake, "Interactive-engagement versus traditional methods", American Journal of
    Physics 66 (1998), 64–74. It counts questions that were answered in both tests, each by its first answer.
    """
    pairs, notices = _pairs(journal.records()), journal.notices()
    messages.show(_tests_as_page(pairs, notices), _tests_as_text(pairs, notices))


def test_results() -> dict[str, dict[str, tuple[bool, str]]]:
    """Return the first answers to the questions before the course and after it.

    Returns:
        For "before" and "after": by idea ("load", "build", "layers", "compile", "train", "use") whether the answer was
        right, and how sure it was ("guess", "fairly", "certain"; "" if that is not known). What is not answered is left
        out.
    """
    named = dict(zip(IDEAS, _pairs(journal.records()), strict=True))
    return {
        test: {name: (it.right, it.sure or "") for name, pair in named.items() if (it := getattr(pair, test))}
        for test in TESTS
    }


def where() -> Path:
    """Return the folder of the journal; the environment variable `COMPANION_PROGRESS` chooses another one."""
    return journal.folder()


def export_to(path: str | Path, overwrite: bool = False) -> Path:
    """Write all records to one file, to read with `import_from` on another machine.

    Args:
        path: The file to make, such as "progress.jsonl".
        overwrite: Replace the file if it is there already.

    Returns:
        The file.

    Raises:
        ValueError: If the file exists and `overwrite` is False, or if nothing can be written there.
    """
    file = Path(path).expanduser()
    if file.is_dir() or not file.parent.is_dir():
        raise ValueError(f"path: expected a file in a folder that exists, received {str(path)!r}. Name a file.")
    if file.resolve().parent == where().resolve():
        raise ValueError(f"path: expected a file elsewhere, received {str(path)!r}, in the journal's own folder.")
    if file.exists() and not overwrite:
        raise ValueError(
            f"path: expected a new file, received {str(path)!r}, which exists. "
            "Choose another name, or say overwrite=True."
        )
    lines = "".join(json.dumps(record) + "\n" for record in journal.records())
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(lines, encoding="ascii", newline="\n")
        os.replace(part, file)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ValueError(
            f"path: expected a file that can be written, received {str(path)!r}: {problem.strerror}. "
            "Choose another place."
        ) from problem
    return file


def import_from(path: str | Path) -> int:
    """Add the records of a file that `export_to` made; those that are here already stay as they are.

    Args:
        path: The file. A journal, or one that was put away or set aside, will do as well.

    Returns:
        How many records are new.

    Raises:
        ValueError: If the file cannot be read, or holds no record. Then nothing has changed.
    """
    try:
        found, damaged = journal.parse(Path(path).expanduser().read_bytes())
    except OSError as problem:
        raise ValueError(
            f"path: expected a file made by export_to, received {str(path)!r}: {problem.strerror}. Look for its name."
        ) from problem
    if damaged and not found:
        raise ValueError(
            f"path: expected a file made by export_to, received {str(path)!r}, which holds no record. "
            "Export the progress again, or choose another file."
        )
    new = journal.merge(found)
    says = [f"Records that are new here: {new}; that were here already: {len(found) - new}."]
    says += [f"Damaged lines that were skipped: {len(damaged)}."] * bool(damaged)
    _say(*says, *journal.notices())
    return new


def reset(word: str = "") -> None:
    """Begin anew, if the word is "forget everything"; the old records are moved to a file that is kept.

    Args:
        word: Anything else changes nothing, and says so.
    """
    if word != WORD:
        _say(f'Nothing was changed. To begin anew, type `progress.reset("{WORD}")`.')
        return
    if not journal.records():
        _say("There is nothing to forget: the journal holds no record.", *journal.notices())
        return
    try:
        kept = journal.put_away()
    except journal.PROBLEMS as problem:
        _say(f"Nothing was changed: the journal in {where()} cannot be moved ({problem}).", *journal.notices())
        return
    _say(f"Your progress begins anew. To get the old records back: `progress.import_from({str(kept)!r})`")


# What the map says


def _exercises() -> list[feedback.Exercise]:
    """Every exercise of the course, step by step, in the order in which its module defines them."""
    found: dict[str, feedback.Exercise] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(exercises.__path__)):
        module = importlib.import_module(f"{exercises.__name__}.{name}")
        found |= {it.name: it for it in vars(module).values() if isinstance(it, feedback.Exercise)}
    return list(found.values())


def _stop(notebook: course.Notebook, records: list[dict]) -> _Stop:
    """What the records say of one notebook."""
    step = f"step{notebook.number}."
    own = [exercise for exercise in _exercises() if exercise.name.startswith(step)]
    guesses: dict[str, bool] = {}
    for record in records:
        if record["kind"] == "prediction" and record["name"].startswith(f"{notebook.number}."):
            guesses.setdefault(record["name"], record.get("right") is True)
    hints = {
        (it["name"], str(it.get("rung"))) for it in records if it["kind"] == "hint" and it["name"].startswith(step)
    }
    states = [(exercise, _state(exercise.name, records)) for exercise in own]
    return _Stop(notebook, states, len(guesses), sum(guesses.values()), len(hints))


def _state(name: str, records: list[dict]) -> str:
    """How far an exercise is; one right answer counts for ever."""
    states = [it.get("state") for it in records if it["kind"] == "attempt" and it["name"] == name]
    return DONE if feedback.RIGHT in states else TRIED if states else NOT_YET


def _next(stops: list[_Stop]) -> tuple[course.Notebook, feedback.Exercise] | None:
    """The first exercise that is not done, with its notebook."""
    waiting = ((stop.notebook, it) for stop in stops for it, state in stop.exercises if state != DONE)
    return next(waiting, None)


# How it is drawn


def _as_text(stops: list[_Stop], due: list[dict], notices: list[str]) -> str:
    lines = ["Your progress"]
    for stop in stops:
        lines.append(f"{_heading(stop)}: {_done(stop)}; {_predicted(stop)}; {_hinted(stop)}")
        lines += [f"   {ICONS[state]} {exercise.title}: {state}" for exercise, state in stop.exercises]
    lines.append(_what_is_next(stops))
    lines += [AGAIN] * bool(due)
    lines += [f"   {_question(prediction)}" for prediction in due]
    return "\n".join([*lines, STAYS_HERE, *notices])


def _as_page(stops: list[_Stop], due: list[dict], notices: list[str]) -> str:
    """The map as HTML: a table with a caption and headings, in the page's own colours.

    Every exercise would make it higher than a screen, so each notebook's are folded, except where the next one is.
    """
    found = _next(stops)
    rows = [_row(stop, is_open=bool(found) and stop.notebook == found[0]) for stop in stops]
    table = _table("Your progress", ("Notebook", "Exercises", "Predictions", "Hints"), rows)
    after = [f"<p>{_what_is_next(stops, as_page=True)}</p>"]
    if due:
        questions = "".join(f"<li>{messages.as_html(_question(prediction))}</li>" for prediction in due)
        after.append(f"<p>{AGAIN}</p><ul>{questions}</ul>")
    after += [f"<p>{messages.as_html(text)}</p>" for text in (STAYS_HERE, *notices)]
    return f'<div role="group" aria-label="Your progress">{table}{"".join(after)}</div>'


def _row(stop: _Stop, is_open: bool) -> tuple[str, str, str, str]:
    """One notebook as a row of the table, in HTML; its exercises stand behind their sum, open or folded."""
    items = "".join(
        f'<li><span aria-hidden="true">{ICONS[state]}</span> {messages.as_html(exercise.title)}: {state}</li>'
        for exercise, state in stop.exercises
    )
    listed = f'<ul style="list-style: none; margin: 0; padding: 0">{items}</ul>'
    folded = f"<details{' open' * is_open}><summary>{_done(stop)}</summary>{listed}</details>" if items else _done(stop)
    link = f'<a href="{stop.notebook.file}">{html.escape(_heading(stop))}</a>'
    return link, folded, _predicted(stop), _hinted(stop)


def _heading(stop: _Stop) -> str:
    return f"{stop.notebook.number}. {stop.notebook.title}"


def _done(stop: _Stop) -> str:
    done = sum(state == DONE for _, state in stop.exercises)
    return f"{done} of {len(stop.exercises)} exercises done" if stop.exercises else "no exercises"


def _predicted(stop: _Stop) -> str:
    return f"{stop.right} of {stop.predictions} predictions right" if stop.predictions else "nothing predicted yet"


def _hinted(stop: _Stop) -> str:
    return f"{stop.hints} hint{'s' * (stop.hints != 1)} taken" if stop.hints else "no hints taken"


def _what_is_next(stops: list[_Stop], as_page: bool = False) -> str:
    found = _next(stops)
    if not found:
        return "Every exercise is done."
    notebook, exercise = found
    place = f"{notebook.number}. {notebook.title}"
    if not as_page:
        return f"Next: {exercise.title}, in {place}; it is explained in {exercise.lesson}"
    return (
        f'Next: {messages.as_html(exercise.title)}, in <a href="{notebook.file}">{html.escape(place)}</a>; '
        f'it is explained in <a href="{course.link(exercise.lesson)}">{messages.as_html(exercise.lesson)}</a>'
    )


def _question(prediction: dict) -> str:
    return f"{str(prediction.get('question') or prediction['name'])} (notebook {prediction['name'].partition('.')[0]})"


def _say(*sentences: str) -> None:
    """Show a short message, each sentence in a paragraph of its own."""
    page = "".join(f"<p>{messages.as_html(sentence)}</p>" for sentence in sentences)
    messages.show(f'<div role="status">{page}</div>', "\n".join(sentences))


# What the two tests say


def _pairs(records: list[dict]) -> list[_Pair]:
    """The first answers of both tests, idea by idea."""
    first: dict[str, _Answer] = {}
    for place, record in enumerate(records):
        # A record from elsewhere may be damaged: one that does not say whether the answer was right is passed over.
        if record["kind"] == "prediction" and isinstance(record.get("right"), bool):
            first.setdefault(record["name"], _answer(record, place))
    return [_Pair(idea, *(first.get(f"{start}{name}") for start in TESTS.values())) for name, idea in IDEAS.items()]


def _answer(record: dict, place: int) -> _Answer:
    """What a record says of an answer; it may lack all but whether that was right."""
    sure, choices = record.get("sure"), record.get("choices")
    known = isinstance(sure, str) and sure in predict.SURE
    chance = 1 / len(choices) if isinstance(choices, list) and choices else 0
    return _Answer(record["right"], sure if known else None, chance, place)


def _of(pairs: list[_Pair], test: str) -> list[_Answer]:
    """The answers to one of the tests, "before" or "after"."""
    return [answer for pair in pairs if (answer := getattr(pair, test))]


def _standing(pairs: list[_Pair]) -> str:
    """What is answered, and what that allows to say."""
    before, after, both = len(_of(pairs, "before")), len(_of(pairs, "after")), sum(pair.counts for pair in pairs)
    every = len(pairs)
    if not before and not after:
        return (
            "No question is answered yet. Six stand at the beginning of notebook 0 and six at the end of notebook 10. "
            "An answer counts once you have run the cell of its result, `# Your prediction beside the result`."
        )
    if not after:
        return f"Answered before the course: {before} of {every}. The six questions after it end notebook 10."
    if not before:
        return (
            f"Answered after the course: {after} of {every}, and none before it. Answered only now, the questions of "
            "notebook 0 would not tell what you knew at the beginning, so there is nothing to compare."
        )
    if both < every:
        return f"Answered: {before} of {every} before, {after} of {every} after. Only these pairs are compared: {both}."
    return "All questions are answered."


def _totals(pairs: list[_Pair]) -> str:
    """How many answers were right, and how many a blind guess gets."""
    counted = {test: answers for test in TESTS if (answers := _of(pairs, test))}
    right = [f"{sum(it.right for it in answers)} of {len(answers)} {test}" for test, answers in counted.items()]
    blind = [f"{sum(it.chance for it in answers):.1f} {test}" for test, answers in counted.items()]
    return f"Right: {', '.join(right)}. Blind guessing gets about {', '.join(blind)}."


def _gain_in_words(pairs: list[_Pair]) -> str:
    """The normalised learning gain and what it means; "" where nothing can be compared."""
    counted = [pair for pair in pairs if pair.counts]
    before, after = (sum(it.right for it in _of(counted, test)) for test in TESTS)
    every = len(counted)
    if not counted:
        return ""
    if before == every:
        return f"Of {every} compared, all were right before the course, so there was nothing left to gain."
    if after < before:
        return (
            f"Of {every} compared, {before} were right before and {after} after. A learning gain is a share of what "
            "was missing before, so none is formed here. Each line above names a section to read again."
        )
    missing, more = every - before, after - before
    return (
        f"Normalised learning gain: ({after} − {before}) / ({every} − {before}) = {more / missing:.2f}. Right answers "
        f"missing before the course: {missing}; right answers more after it, on balance: {more}. The gain is the share "
        "of the missing ones: 0 is no more than before, and 1 is all of them."
    )


def _how_sure(pairs: list[_Pair]) -> list[tuple[str, str, str]]:
    """For each level of sureness how many answers were right, before and after."""
    rows = []
    for level, words in reversed(predict.SURE.items()):
        some = [[it for it in _of(pairs, test) if it.sure == level] for test in TESTS]
        before, after = (f"{sum(it.right for it in each)} of {len(each)} right" if each else "none" for each in some)
        rows.append((words, before, after))
    return rows


# What moved, in a sentence; "{lesson}" stands for the section to read


def _moved(pair: _Pair) -> str:
    before, after = pair.before, pair.after
    if not (before and after):
        which = "Neither question is" if not (before or after) else "Only one of the two questions is"
        return f"{which} answered."
    if not pair.counts:
        return "The question of notebook 0 was answered after that of notebook 10, so the two are not compared."
    if before.right != after.right:
        return _turned(before, after)
    return _stayed_right(before, after) if after.right else _stayed_wrong(before, after)


def _turned(before: _Answer, after: _Answer) -> str:
    if before.right:
        guessed = " by a guess" if before.sure == "guess" else ""
        return f'Right before{guessed}, not right after: read "{{lesson}}" again.'
    if after.sure == "guess":
        return 'Not right before, right after by a guess, which may be luck: look at "{lesson}" once more.'
    if before.sure == "certain":
        return "Before, you were certain of what is not so; after, you are right."
    return "Not right before, right after."


def _stayed_right(before: _Answer, after: _Answer) -> str:
    if after.sure == "guess":
        return 'Right both times, after the course by a guess, which may be luck: look at "{lesson}" once more.'
    surer = _surer(before, after)
    change = ", and surer than before" if surer > 0 else ", but less sure than before" if surer < 0 else ""
    return f"Right both times{change}."


def _stayed_wrong(before: _Answer, after: _Answer) -> str:
    if after.sure == "certain":
        return 'Not right either time, and certain after the course: begin with "{lesson}".'
    if _surer(before, after) < 0:
        return 'Not right either time, but less sure than before: the doubt is well placed, and "{lesson}" settles it.'
    return 'Not right either time: read "{lesson}" again.'


def _surer(before: _Answer, after: _Answer) -> int:
    """By how many levels the second answer is surer than the first; 0 where one of them does not say."""
    if before.sure is None or after.sure is None:
        return 0
    levels = list(predict.SURE)
    return levels.index(after.sure) - levels.index(before.sure)


# How the two tests are drawn


def _judged(answer: _Answer | None) -> tuple[str, str]:
    """An answer's icon, and the same in words."""
    if answer is None:
        return messages.OPEN.icon, "not answered"
    sure = f", {predict.SURE[answer.sure]}" if answer.sure else ""
    return (messages.FINE.icon, f"right{sure}") if answer.right else (messages.AGAIN.icon, f"not right{sure}")


def _said_of_tests(pairs: list[_Pair]) -> list[str]:
    """The sentences below the table of ideas."""
    said = [_totals(pairs), _gain_in_words(pairs), SMALL_PRINT if any(pair.counts for pair in pairs) else ""]
    return [sentence for sentence in said if sentence]


def _tests_as_text(pairs: list[_Pair], notices: list[str]) -> str:
    lines = ["Before and after the course", _standing(pairs)]
    if any(pair.before or pair.after for pair in pairs):
        for pair in pairs:
            (_, before), (icon, after) = _judged(pair.before), _judged(pair.after)
            moved = _moved(pair).format(lesson=pair.idea.lesson)
            lines.append(f"   {icon} {pair.idea.title}. Before: {before}; after: {after}. {moved}")
        lines += [*_said_of_tests(pairs), "How sure, and how often right:"]
        lines += [f"   {sure}: before {before}; after {after}" for sure, before, after in _how_sure(pairs)]
        lines.append(JUDGED_WELL)
    return "\n".join([*lines, STAYS_HERE, *notices])


def _tests_as_page(pairs: list[_Pair], notices: list[str]) -> str:
    """The two tests as HTML: tables with captions and headings, in the page's own colours."""
    parts = [_paragraph("Before and after the course", strong=True), _paragraph(_standing(pairs))]
    if any(pair.before or pair.after for pair in pairs):
        ideas = [(html.escape(pair.idea.title), *_cells(pair)) for pair in pairs]
        parts.append(_table("Six ideas", ("Idea", "Before", "After", "What moved"), ideas))
        parts += map(_paragraph, _said_of_tests(pairs))
        parts.append(_table("How sure, and how often right", ("How sure", "Before", "After"), _how_sure(pairs)))
        parts.append(_paragraph(JUDGED_WELL))
    parts += map(_paragraph, (STAYS_HERE, *notices))
    return f'<div role="group" aria-label="Before and after the course">{"".join(parts)}</div>'


def _cells(pair: _Pair) -> list[str]:
    """What the table says of an idea, as HTML."""
    judged = [_judged(pair.before), _judged(pair.after)]
    shown = [f'<span aria-hidden="true">{icon}</span> {words}' for icon, words in judged]
    lesson = f'<a href="{course.link(pair.idea.lesson)}">{messages.as_html(pair.idea.lesson)}</a>'
    return [*shown, _moved(pair).format(lesson=lesson)]


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are HTML; the first of each row is its heading."""
    head = "".join(f'<th scope="col" style="{_CELL}">{column}</th>' for column in columns)
    body = ""
    for first, *others in rows:
        cells = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in others)
        body += f'<tr><th scope="row" style="{_CELL}">{first}</th>{cells}</tr>'
    return (
        f'<table><caption style="{_CELL}"><strong>{caption}</strong></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _paragraph(text: str, strong: bool = False) -> str:
    inner = messages.as_html(text)
    return f"<p>{f'<strong>{inner}</strong>' if strong else inner}</p>"
