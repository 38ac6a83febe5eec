"""See how far you are, carry your progress to another machine, or begin anew.

    show()              the map of the course: what is done, what is next, what to predict again
    export_to(path)     all records in one file, to take along      import_from(path)   add those of such a file
    reset(word)         begin anew; the old records are kept        where()             the journal's folder
    gain()              the six questions before the course, beside the six after it

Everything is read from the journal, which lies on this machine; nothing leaves it.
"""

import contextlib
import html
import importlib
import json
import os
import pkgutil
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
AGAIN = "You were certain of these, and the result was another; they come back in a later notebook:"

# The questions of the pre-test are called "0.before_load", those of the post-test "10.after_load", and so on.
IDEAS = {
    "load": "Collect and load data",
    "build": "Build the model",
    "layers": "Add the layers",
    "compile": "Compile the model",
    "train": "Train the model",
    "use": "Use the model",
}
TESTS = {"before": "0.before_", "after": "10.after_"}
SMALL_PRINT = (
    "Six questions are few, and of three choices a guess is right one time in three: this is for you, and no mark. "
    "Of each question the first answer counts."
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


def show() -> None:
    """Draw the map of the course: exercises, predictions and hints, what is next, what to predict again."""
    records = journal.records()
    stops = [_stop(notebook, records) for notebook in course.NOTEBOOKS]
    due, notices = predict.due(records), journal.notices()
    messages.show(_as_page(stops, due, notices), _as_text(stops, due, notices))


def test_results() -> dict[str, dict[str, tuple[bool, str]]]:
    """Return the first answers to the pre-test and to the post-test.

    Returns:
        For "before" and "after": by idea ("load", "build", "layers", "compile", "train", "use") whether the answer was
        right, and how sure it was ("guess", "fairly", "certain"; "" if that is not known). Unanswered ones are left out.
    """
    found: dict[str, dict[str, tuple[bool, str]]] = {test: {} for test in TESTS}
    for record in journal.records():
        for test, start in TESTS.items():
            idea = record["name"].removeprefix(start)
            if record["kind"] == "prediction" and record["name"] == f"{start}{idea}" and idea in IDEAS:
                sure = record.get("sure") if record.get("sure") in list(predict.SURE) else ""
                if isinstance(record.get("right"), bool):
                    found[test].setdefault(idea, (record["right"], sure))
    return found


def gain() -> None:
    """Show what you knew before the course beside what you know after it, idea by idea. It is read by nobody else."""
    results, notices = test_results(), journal.notices()
    rows = [_gained(idea, results) for idea in IDEAS]
    said = [*_gain_in_words(results), SMALL_PRINT, STAYS_HERE, *notices]
    text = [f"   {title}: before {before}, after {after}. {moved}".rstrip() for title, before, after, moved in rows]
    messages.show(_gain_page(rows, said), "\n".join(["Before the course, and after", *text, *said]))


def _gained(idea: str, results: dict[str, dict[str, tuple[bool, str]]]) -> tuple[str, str, str, str]:
    """One idea: its title, what was said before and after, and what moved."""
    number = list(IDEAS).index(idea) + 1
    before, after = (results[test].get(idea) for test in TESTS)
    moved = ""
    if before and after:
        moved = {
            (False, True): "Learned.",
            (True, True): "Right both times.",
            (True, False): f"It was right before: look at step {number} again.",
            (False, False): f"Not yet: look at step {number} again.",
        }[before[0], after[0]]
    return f"{number}. {IDEAS[idea]}", _answered(before), _answered(after), moved


def _answered(result: tuple[bool, str] | None) -> str:
    if result is None:
        return "not answered"
    right, sure = result
    return f"{'right' if right else 'not right'}{f' ({predict.SURE[sure]})' if sure else ''}"


def _gain_in_words(results: dict[str, dict[str, tuple[bool, str]]]) -> list[str]:
    """The sums: how many were right, how much of what could be learned was, and how far certainty can be trusted."""
    both = [idea for idea in IDEAS if idea in results["before"] and idea in results["after"]]
    if not results["before"] and not results["after"]:
        return ["No question is answered yet. The first six stand at the beginning of notebook 0."]
    if not results["after"]:
        return ["The six questions after the course are still to come."]
    if not results["before"]:
        return ["The six questions before the course were not answered, so there is nothing to compare with."]
    if not both:
        return ["No idea was asked about both before and after, so there is nothing to compare yet."]
    before, after = (sum(results[test][idea][0] for idea in both) for test in TESTS)
    said = [f"Of {len(both)} ideas, {before} were right before and {after} after."]
    if before == len(both):
        said.append("There was nothing left to gain.")
    elif after < before:
        said.append("That is fewer than before: the steps named above are worth another look.")
    else:
        share = (after - before) / (len(both) - before)
        said.append(f"Your gain is {share:.0%}: the share of what you did not know before that you know now, less what was lost.")
    certain = [right for right, sure in results["after"].values() if sure == "certain"]
    if certain:
        said.append(f"Of the answers after the course that you were certain of, {sum(certain)} of {len(certain)} were right.")
    return said


def _gain_page(rows: list[tuple[str, str, str, str]], said: list[str]) -> str:
    head = "".join(f'<th scope="col" style="{_CELL}">{column}</th>' for column in ("Idea", "Before", "After", "What moved"))
    body = "".join(
        f'<tr><th scope="row" style="{_CELL}">{title}</th>'
        + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
        + "</tr>"
        for title, *cells in rows
    )
    paragraphs = "".join(f"<p>{messages.as_html(sentence)}</p>" for sentence in said)
    caption = f'<caption style="{_CELL}"><strong>Before the course, and after</strong></caption>'
    return (
        f'<section aria-label="Before the course, and after"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{paragraphs}</section>"
    )


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
    """The map as HTML: a table with a caption and headings, in the page's own colours."""
    columns = ("Notebook", "Exercises", "Predictions", "Hints")
    head = "".join(f'<th scope="col" style="{_CELL}">{column}</th>' for column in columns)
    after = [f"<p>{_what_is_next(stops, as_page=True)}</p>"]
    if due:
        questions = "".join(f"<li>{messages.as_html(_question(prediction))}</li>" for prediction in due)
        after.append(f"<p>{AGAIN}</p><ul>{questions}</ul>")
    after += [f"<p>{messages.as_html(text)}</p>" for text in (STAYS_HERE, *notices)]
    return (
        f'<section aria-label="Your progress"><table><caption style="{_CELL}"><strong>Your progress</strong></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, stops))}</tbody></table>{''.join(after)}</section>"
    )


def _row(stop: _Stop) -> str:
    """One notebook as a row of the table."""
    items = "".join(
        f'<li><span aria-hidden="true">{ICONS[state]}</span> {messages.as_html(exercise.title)}: {state}</li>'
        for exercise, state in stop.exercises
    )
    listed = f'<ul style="list-style: none; margin: 0; padding: 0">{items}</ul>' if items else ""
    link = f'<a href="{stop.notebook.file}">{html.escape(_heading(stop))}</a>'
    cells = (f"{_done(stop)}{listed}", _predicted(stop), _hinted(stop))
    columns = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row" style="{_CELL}">{link}</th>{columns}</tr>'


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
    messages.show(f'<section role="status">{page}</section>', "\n".join(sentences))
