"""The engine of the exercises: it judges an answer, and says what is wrong and why.

An exercise looks at an answer once (`observe`), tries its misconceptions in their order, and then
checks what a right answer must do (`check`). Nothing that a learner hands in makes it raise.

    batch_the_penguins.check(penguins_train)     # one of three states, with the reason
    batch_the_penguins.hint()                    # the next of three hints
    batch_the_penguins.solution()                # after a pass or three tries, or solution(now=True)
"""

import html
import linecache
import re
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion import course, journal, messages
from companion.expect import Stopped, Unexpected

NOT_ATTEMPTED, NOT_RIGHT, RIGHT = "not attempted yet", "not right yet", "right"
MARKS = {NOT_ATTEMPTED: messages.OPEN, NOT_RIGHT: messages.AGAIN, RIGHT: messages.FINE}
TRIES_BEFORE_SOLUTION = 3
UNJUDGED = "the check could not judge this"
STOPPED = "stopped with an error"
NOT_EXPECTED = "not what was asked for"


@dataclass(frozen=True)
class Misconception:
    """One way to get an exercise wrong, and what to say about it.

    The texts may name what was observed, in braces: "{rows} rows" shows `observed.rows`.

    Attributes:
        name: A few words, unique within the exercise: "batch before shuffle".
        seen: Given what was observed, whether the answer shows this misconception.
        did: What the learner did: one sentence beginning with "You" or "Your".
        follows: What follows from it: one or two sentences.
        change: What to change: one sentence that does not give the solution away.
        lesson: The section that explains it, such as "1.5 Order matters".
    """

    name: str
    seen: Callable[[Any], bool]
    did: str
    follows: str
    change: str
    lesson: str


@dataclass(frozen=True)
class Verdict:
    """What an exercise says of an answer.

    Attributes:
        state: NOT_ATTEMPTED, NOT_RIGHT or RIGHT.
        says: The message, in the markup of `messages`.
        diagnosis: For NOT_RIGHT, the name of the misconception, or NOT_EXPECTED, STOPPED or UNJUDGED.
        lesson: The section to read, or "".
    """

    state: str
    says: str
    diagnosis: str = ""
    lesson: str = ""


def everything_is_filled_in(*answers: object) -> bool:
    """Whether no answer is the starter's `...` any more."""
    return not any(answer is ... for answer in answers)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A task with its check, its misconceptions, three hints and a solution.

    Attributes:
        name: The step's module and the exercise's variable: "step1.batch_the_penguins".
        title: The task in a few words: "Batch the penguins".
        task: The task in one or two sentences.
        answers: The names of the learner's variables, in the order `check` takes them.
        lesson: The section that explains what is asked, such as "1.5 Order matters".
        observe: Looks at the answers once, through public names only, and returns what it saw: an
            object with attributes. Raises `Unexpected` for an answer of another kind.
        misconceptions: Tried in this order; the first that is seen is the diagnosis.
        check: Raises `Unexpected` if what was observed is not yet right.
        hints: Three: a nudge, a pointer, almost there.
        solution: Source code that passes when run after the starter's own preparations.
        right: What a right answer means, beyond praise: one or two sentences.
        attempted: Whether the answers were touched at all.
        begin: What is to be done first, where that is not to replace the `...` of every answer.
    """

    name: str
    title: str
    task: str
    answers: Sequence[str]
    lesson: str
    observe: Callable[..., Any]
    misconceptions: Sequence[Misconception]
    check_observed: Callable[[Any], None]
    hints: Sequence[str]
    solution_code: str
    right: str
    attempted: Callable[..., bool] = everything_is_filled_in
    begin: str = ""

    def judge(self, *answers: object) -> Verdict:
        """Return the verdict on answers, without showing or noting it. Never raises for any answer."""
        if len(answers) != len(self.answers):
            names = ", ".join(self.answers)
            text = f"Hand in {len(self.answers)} answer{'s' * (len(self.answers) > 1)}, in this order: `check({names})`."
            return Verdict(NOT_RIGHT, text, NOT_EXPECTED, self.lesson)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._verdict(answers)
        except Unexpected as found:
            return self._not_expected(found)
        except (Exception, SystemExit) as error:
            return self._stopped(error)

    def _verdict(self, answers: Sequence[object]) -> Verdict:
        if not self.attempted(*answers):
            begin = self.begin if everything_is_filled_in(*answers) else ""
            begin = begin or f"Replace the `...` of {self._names(answers)} with your own code"
            return Verdict(NOT_ATTEMPTED, f"{begin}, then run this cell again. Stuck? `{self.name}.hint()`")
        observed = self.observe(*answers)
        for misconception in self.misconceptions:
            if misconception.seen(observed):
                text = f"{misconception.did} {misconception.follows} {misconception.change}"
                return Verdict(NOT_RIGHT, text.format_map(vars(observed)), misconception.name, misconception.lesson)
        self.check_observed(observed)
        return Verdict(RIGHT, self.right.format_map(vars(observed)))

    def _not_expected(self, found: Unexpected) -> Verdict:
        sentences = (f"Expected {found.expected}; received {found.received}.", found.why, found.change)
        return Verdict(NOT_RIGHT, " ".join(filter(None, sentences)), NOT_EXPECTED, found.lesson or self.lesson)

    def _stopped(self, error: BaseException) -> Verdict:
        """The verdict on answers that end in an exception when they are used."""
        names = self._names()
        if not isinstance(error, Stopped) and is_own_fault(error):
            text = (
                f"Expected an answer of the kind that the task describes; the check found no way to use {names}. "
                "Compare with the task's words and types. If you are sure that it is right, please report it."
            )
            return Verdict(NOT_RIGHT, text, UNJUDGED, self.lesson)
        doing, cause = (str(error), error.__cause__) if isinstance(error, Stopped) else (f"the check used {names}", error)
        text = f"Your code stopped with an error while {doing}. {explained(cause)}"
        return Verdict(NOT_RIGHT, text, STOPPED, self.lesson)

    def check(self, *answers: object) -> None:
        """Judge the answers, say what is right or wrong with them, and note it in your progress.

        Args:
            *answers: Your answers, in the order of the task.
        """
        verdict = self.judge(*answers)
        if verdict.state != NOT_ATTEMPTED:
            journal.append("attempt", self.name, state=verdict.state, diagnosis=verdict.diagnosis)
        self._show(verdict.state, verdict.says, verdict.lesson)

    def hint(self) -> None:
        """Show the next hint, after those that you have seen; there are three."""
        rung = min(len(self.hints), 1 + len({note.get("rung") for note in self._noted("hint")}))
        journal.append("hint", self.name, rung=rung)
        shown = [f"Hint {number} of {len(self.hints)}. {hint}" for number, hint in enumerate(self.hints[:rung], 1)]
        if rung == len(self.hints):
            shown.append(f"That was the last hint. `{self.name}.solution(now=True)` shows a solution.")
        self._show("hint", "\n".join(shown), self.lesson)

    def solution(self, now: bool = False) -> None:
        """Show one right answer, after a pass or three tries; with `now=True` at once.

        Args:
            now: Show it even if you have not tried yet.
        """
        attempts = self._noted("attempt")
        passed = any(attempt.get("state") == RIGHT for attempt in attempts)
        if not (now or passed or len(attempts) >= TRIES_BEFORE_SOLUTION):
            self._show(
                "solution",
                f"It opens after a right answer or {TRIES_BEFORE_SOLUTION} tries; so far you have tried "
                f"{len(attempts)} time{'s' * (len(attempts) != 1)}. `{self.name}.hint()` helps on. `{self.name}.solution(now=True)` shows it at once.",
            )
            return
        journal.append("solution", self.name)
        self._show("solution", "One of many right answers:", self.lesson, code=self.solution_code.strip())

    def _names(self, answers: Sequence[object] = ()) -> str:
        """The learner's variables in words, "`a`, `b` and `c`"; of `answers`, those that are `...` still."""
        untouched = [name for name, answer in zip(self.answers, answers, strict=False) if answer is ...]
        *others, last = (f"`{name}`" for name in untouched or self.answers)
        return f"{', '.join(others)} and {last}" if others else last

    def _noted(self, kind: str) -> list[dict[str, Any]]:
        return [note for note in journal.records() if note["kind"] == kind and note["name"] == self.name]

    def _show(self, state: str, says: str, lesson: str = "", code: str = "") -> None:
        """Show one message: icon, title, state and text, as HTML with real semantics and as plain text."""
        mark, notices = MARKS.get(state, messages.ASIDE), journal.notices()
        heading = f"{self.title}: {state}."
        parts = [f"<p>{messages.as_html(line)}</p>" for line in says.splitlines()]
        if code:
            parts.append(f"<pre style='white-space: pre; overflow-x: auto'><code>{html.escape(code)}</code></pre>")
        if lesson:
            parts.append(f'<p>Read: <a href="{course.link(lesson)}">{messages.as_html(lesson)}</a></p>')
        parts += [f"<p><small>{messages.as_html(notice)}</small></p>" for notice in notices]
        text = [f"{mark.icon} {heading}", says, code, f"Read: {lesson}" if lesson else "", *notices]
        messages.show(messages.boxed(mark, heading, "".join(parts)), "\n".join(filter(None, text)))


# --- Errors in the learner's own object, in plain words ---

COMPANION = Path(__file__).resolve().parent
PLAIN_WORDS = (
    ("missing .* required positional|missing a required argument|takes .* positional argument|unexpected keyword argument",
     "A function was called with other arguments than it takes; compare its first line with the task."),
    ("incompatible with the layer|Matrix size-incompatible|Incompatible shapes|Dimensions must be equal|shape mismatch"
     "|Invalid input shape|expected axis|expected shape|expected to have|broadcast together|core dimension|not aligned",
     "The shape of what comes in is not the shape that this layer or operation was made for."),
    ("structure of `inputs`|expects \\d+ input|has \\d+ input",
     "The model takes another number, or other names, of inputs than it was given."),
    ("truth value of an array", "An array of many numbers stands where Python needs one yes or no, as after `if`."),
    ("NoneType", "Something is `None`: often a function without `return`, or a step whose result was not kept."),
    ("object is not callable",
     "Round brackets stand behind something that cannot be called; its name may stand for another thing than you think."),
    ("is not defined", "A name is used before it has a value; run the cells above, or look for a misspelling."),
    ("has no attribute", "A value is of another kind than the code that uses it takes it for, or the name after the dot is misspelt."),
    ("No such file|not found|Unable to open", "A file was not found where the code looks for it."),
    ("could not convert|invalid literal|Cannot cast|dtype", "Values have another type than the operation needs."),
)  # fmt: skip


def is_own_fault(error: BaseException) -> bool:
    """Whether an exception was raised by a line of the companion itself."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and COMPANION in Path(frames[-1].filename).resolve().parents


def explained(error: BaseException) -> str:
    """Say in plain words what an exception of the learner's code means, and name its line if it is theirs."""
    kind = messages.one_line(type(error).__name__)
    said = messages.of_error(error)
    sentences = [f"It is `{kind}`: “{said}”." if said else f"It is `{kind}`, without a message."]
    sentences += [words for pattern, words in PLAIN_WORDS if re.search(pattern, said)][:1]
    line = learners_line(error)
    if line:
        sentences.append(f"It comes from your line `{line}`.")
    sentences.append("Run that part alone, with a small input, until it works.")
    return " ".join(sentences)


def learners_line(error: BaseException) -> str:
    """The last line of the learner's own code that led to an exception; "" if there is none."""
    installed = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        inside = [COMPANION, *installed]
        if not frame.filename.startswith("<frozen") and not any(folder in file.resolve().parents for folder in inside):
            line = frame.line or linecache.getline(frame.filename, frame.lineno or 0)
            if line.strip():
                return messages.one_line(line)
    return ""
