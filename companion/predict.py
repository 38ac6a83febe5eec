"""Predict, then run: commit to an answer before a cell, and see the contrast after it.

    guess = predict.choice("1.first_batch", "How many rows does the first batch hold?", ["1", "32", "333"])
    guess.compare(len(batch))        # after the cell that shows it

Where the prompt's buttons cannot be used, the answer stands in the call:

    guess = predict.choice("1.first_batch", "How many …?", ["1", "32", "333"], answer="b", sure="certain")

A prediction that was certain and wrong comes back in a later notebook, by `predict.again(2)`, or at the end of the last.
"""

import asyncio
import math
import re
from collections.abc import Callable, Iterable, Sequence
from string import ascii_lowercase
from typing import Any

from companion import journal, messages

SURE = {"guess": "a guess", "fairly": "fairly sure", "certain": "certain"}
MOST_AGAIN = 2  # predictions that come back at the start of one notebook
NAME = re.compile(r"\d+\.\w+")
WAIT = 0.3  # seconds, at most, from Enter to the text that the browser sends after it
CHANGE = "To change it, choose again and commit."

# A click on a prompt's button makes its cell the active one in JupyterLab, so the learner's next Shift+Enter runs that cell
# again. What was answered must outlive that; it is forgotten with the kernel.
_committed: dict[str, "Prompt"] = {}  # name of a prediction -> the prompt that was answered last
_came_back: dict[tuple[int, str], tuple[str, str]] = {}  # (notebook, name) -> question and what was said to the answer


class Prompt:
    """A question to answer before its result is known; made by `choice` and `number`.

    Attributes:
        name: The number of the notebook and a word: "1.first_batch".
        question: What is asked.
        choices: The possible answers, or () where a number is asked for.
        within: How far off a number may be and still count as right.
        predicted: The learner's answer as text, or None.
        sure: "guess", "fairly" or "certain", or None.
    """

    def __init__(self, name: str, question: str, choices: Sequence[str] = (), within: float = 0) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f'name: expected a number and a word, such as "1.first_batch", received {name!r}.')
        self.name, self.question, self.choices, self.within = name, question, tuple(choices), within
        self.predicted: str | None = None
        self.sure: str | None = None

    def commit(self, answer: object, sure: str = "fairly") -> str:
        """Keep an answer, and return what to tell the learner.

        Args:
            answer: The words of a choice, or its letter; for a number, the number.
            sure: "guess", "fairly" or "certain".

        Returns:
            What was noted; or, for an answer that does not fit, what was expected. Then nothing is kept.
        """
        understood = self.understood(answer)
        if understood is None:
            letters = ", ".join(ascii_lowercase[: len(self.choices)])
            expected = f"one of the letters {letters}, or the words of a choice" if self.choices else "a number"
            return f"Nothing is noted yet: expected {expected}, received {messages.of(answer)}."
        if not isinstance(sure, str) or sure not in SURE:
            levels = ", ".join(f'`"{level}"`' for level in SURE)
            return f"Nothing is noted yet: expected `sure` to be one of {levels}, received {messages.of(sure)}."
        self.predicted, self.sure = understood, sure
        _committed[self.name] = self
        return self.noted()

    def noted(self) -> str:
        """Return the answer that is kept, in a sentence; "" if there is none."""
        return "" if self.predicted is None else f"Noted: {self.predicted} ({SURE[self.sure]})."

    def take_over(self) -> None:
        """Take the answer that was given to this very question before, in this kernel; none if there was none."""
        earlier = _committed.get(self.name)
        if earlier and (earlier.question, earlier.choices) == (self.question, self.choices):
            self.predicted, self.sure = earlier.predicted, earlier.sure

    def understood(self, answer: object) -> str | None:
        """Return an answer as it is written: the words of the choice, or the number; None if it is neither."""
        try:
            said = str(answer).strip().lower()
        except Exception:
            return None
        if not self.choices:
            return _number(said)
        by_words = {choice.lower(): choice for choice in self.choices}
        by_letter = dict(zip(ascii_lowercase, self.choices, strict=False))
        return by_words.get(said) or by_letter.get(said.removesuffix(")"))

    def compare(self, actual: object, why: str = "") -> None:
        """Contrast the prediction with the result, and note it in your progress.

        Args:
            actual: The result: one of the choices, in words or as what prints like it; or a number.
            why: One or two sentences that explain the result.

        Raises:
            ValueError: If `actual` is not one of the choices, or not a number.
        """
        result = self.understood(actual)
        if result is None:
            wanted = f"one of {list(self.choices)}" if self.choices else "a number"
            advice = "If another question was asked last, run the one above this cell again; else change the choices."
            raise ValueError(f"actual: expected {wanted}, received {messages.of(actual)}. {advice}")
        if self.predicted is None:
            _show(messages.OPEN, "No prediction made", f"The result: {result}. {why}")
            return
        right = is_right(self.predicted, result, self.within)
        journal.append(
            "prediction", self.name, question=self.question, choices=list(self.choices), within=self.within,
            predicted=self.predicted, actual=result, right=right, sure=self.sure, why=why,
        )  # fmt: skip
        _show(messages.FINE if right else messages.AGAIN, *contrast(self.predicted, result, right, self.sure, why))


def choice(name: str, question: str, choices: Sequence[str], answer: object = None, sure: str = "fairly") -> Prompt:
    """Ask for one of several answers before a result is shown.

    Args:
        name: The number of the notebook and a word, such as "1.first_batch"; unique in the course.
        question: What is asked; understandable on its own, because it may come back in a later notebook.
        choices: Two to six different answers.
        answer: The words of a choice or its letter, where the buttons cannot be used.
        sure: How sure you are of `answer`: "guess", "fairly" or "certain".

    Returns:
        The prompt; call its `compare(result)` after the cell that shows the result. Asked again in the same kernel, it
        holds the answer that was committed before.

    Raises:
        ValueError: If `name` or `choices` is not as described.
    """
    if isinstance(choices, str) or not 2 <= len({str(each).lower() for each in choices}) == len(choices) <= 6:
        raise ValueError(f"choices: expected two to six different texts, received {choices!r}.")
    return _asked(Prompt(name, question, [str(each) for each in choices]), answer, sure)


def number(name: str, question: str, within: float = 0, answer: object = None, sure: str = "fairly") -> Prompt:
    """Ask for a number before a result is shown.

    Args:
        name: The number of the notebook and a word, such as "2.parameters"; unique in the course.
        question: What is asked; understandable on its own, because it may come back in a later notebook.
        within: How far off a prediction may be and still count as right; 0 or above.
        answer: The number, where the text field cannot be used.
        sure: How sure you are of `answer`: "guess", "fairly" or "certain".

    Returns:
        The prompt; call its `compare(result)` after the cell that shows the result. Asked again in the same kernel, it
        holds the answer that was committed before.

    Raises:
        ValueError: If `name` or `within` is not as described.
    """
    if not (math.isfinite(within) and within >= 0):
        raise ValueError(f"within: expected a number of 0 or above, received {within!r}.")
    return _asked(Prompt(name, question, within=within), answer, sure)


def again(notebook: int, answers: Sequence[object] = ()) -> None:
    """Ask once more what you were certain of, and wrong about, in an earlier notebook.

    Args:
        notebook: The number of this notebook.
        answers: Your answers, in the order of the questions, where the buttons cannot be used.
    """
    answered = [] if answers else [name for place, name in _came_back if place == notebook]
    for name in answered:
        _show(messages.OPEN, *_came_back[notebook, name])
    back = [it for it in due(journal.records(), notebook) if it["name"] not in answered][: MOST_AGAIN - len(answered)]
    if not back and not answered:
        _show(messages.OPEN, "Nothing comes back", "No earlier prediction was both certain and wrong.")
    for place, record in enumerate(back):
        prompt = Prompt(record["name"], record["question"], record["choices"], record["within"])
        of_step = record["name"].partition(".")[0]
        _ask(
            prompt,
            f"You were certain of this in notebook {of_step}, and the result was another one. What do you say today?",
            _returned(prompt, record, notebook),
            answers[place] if place < len(answers) else None,
            "certain",
        )


def due(records: Iterable[dict[str, Any]], notebook: int | None = None) -> list[dict[str, Any]]:
    """Return the predictions that should come back: certain, wrong, and not put right since.

    Args:
        records: The journal's records, oldest first.
        notebook: Only predictions of notebooks before this one; None for all.

    Returns:
        The latest record of each such prediction, oldest first.
    """
    latest: dict[str, dict[str, Any]] = {}
    for record in records:
        if record["kind"] == "prediction" and _is_whole(record):
            latest.pop(record["name"], None)
            if not record["right"] and record["sure"] == "certain":
                latest[record["name"]] = record
        elif record["kind"] == "return" and record.get("right") is True:
            latest.pop(record["name"], None)
    return [it for it in latest.values() if notebook is None or int(it["name"].partition(".")[0]) < notebook]


def is_right(predicted: str, actual: str, within: float = 0) -> bool:
    """Return whether a prediction is the result, or a number that is near enough to it."""
    if predicted == actual:
        return True
    try:
        return abs(float(predicted) - float(actual)) <= within * (1 + 1e-9)
    except ValueError:
        return False


def contrast(predicted: str, actual: str, right: bool, sure: str, why: str = "") -> tuple[str, str]:
    """Return a heading and a text that set a prediction beside its result."""
    if right and sure == "guess":
        return "As predicted", f"You guessed {predicted}, and the result is {actual}. {why}"
    if right:
        return "As predicted", f"You predicted {predicted} ({SURE[sure]}), and the result is {actual}. {why}"
    text = f"You predicted {predicted} ({SURE[sure]}). The result is {actual}. {why}"
    if sure == "certain":
        text += " Being certain and surprised is how most is learned; this question comes back before the course ends."
    return "Not as predicted", text


def _is_whole(record: dict[str, Any]) -> bool:
    """Whether a record of a prediction holds what it takes to ask again; one from elsewhere may not."""
    texts = [record.get(key) for key in ("question", "actual", "predicted", "sure")]
    choices = record.get("choices")
    return (
        NAME.fullmatch(record["name"]) is not None
        and isinstance(record.get("right"), bool)
        and all(isinstance(text, str) for text in texts)
        and isinstance(choices, list)
        and all(isinstance(each, str) for each in choices)
        and isinstance(record.get("within"), (int, float))
    )


def _number(said: str) -> str | None:
    """A number as it is written, or None if the text is none."""
    try:
        value = float(said.replace(",", "").replace("−", "-"))
    except ValueError:
        return None
    return f"{value:.10g}" if math.isfinite(value) else None


def _asked(prompt: Prompt, answer: object, sure: str) -> Prompt:
    if answer is None:
        prompt.take_over()
    lead = "Predict, then run the next cells." if prompt.predicted is None else f"{prompt.noted()} {CHANGE}"
    _ask(prompt, lead, prompt.commit, answer, sure)
    return prompt


def _returned(prompt: Prompt, record: dict[str, Any], notebook: int) -> Callable[[object, str], str]:
    """What happens when a question that came back is answered: the contrast at once, and a note."""

    def commit(answer: object, sure: str) -> str:
        said = prompt.commit(answer, sure)
        if prompt.predicted is None:
            return said
        right = is_right(prompt.predicted, record["actual"], prompt.within)
        journal.append(
            "return", prompt.name, notebook=notebook, predicted=prompt.predicted, actual=record["actual"],
            right=right, sure=prompt.sure,
        )  # fmt: skip
        why = str(record.get("why", ""))
        prompt.predicted = None
        told = f"Right: {record['actual']}. {why}"
        if not right:
            told = f"The result is {record['actual']}. {why} The question will come back once more."
        _came_back[notebook, prompt.name] = prompt.question, told
        return told

    return commit


# --- On the screen ---


def _ask(prompt: Prompt, lead: str, commit: Callable[[object, str], str], answer: object, sure: str) -> None:
    """Show the question: with the answer that was given in code, or with buttons."""
    from IPython import get_ipython  # here, because plain Python can do without

    if answer is not None:
        _show(messages.OPEN, prompt.question, commit(answer, sure))
    elif get_ipython() is None:
        print(_as_text(prompt, lead))
    else:
        _display_form(prompt, lead, commit)


def _as_text(prompt: Prompt, lead: str) -> str:
    choices = [f"  {letter}) {each}" for letter, each in zip(ascii_lowercase, prompt.choices, strict=False)]
    return "\n".join([f"○ {prompt.question}", *choices, lead])


def _as_html(prompt: Prompt, lead: str) -> str:
    """The question without a kernel: on a printed page, or before the cell has run."""
    lettered = zip(ascii_lowercase, prompt.choices, strict=False)
    choices = "".join(f"<li>{letter}) {messages.as_html(each)}</li>" for letter, each in lettered)
    listed = f'<ul style="list-style: none">{choices}</ul>' if choices else ""
    return messages.boxed(messages.OPEN, prompt.question, f"{listed}<p>{messages.as_html(lead)}</p>")


def _display_form(prompt: Prompt, lead: str, commit: Callable[[object, str], str]) -> None:
    """Show the question with buttons that have labels and can be used by keyboard."""
    import ipywidgets as widgets
    from IPython.display import display

    wide = {"width": "max-content", "max_width": "100%"}
    if prompt.choices:
        options = [(f"{letter}) {each}", each) for letter, each in zip(ascii_lowercase, prompt.choices, strict=False)]
        field = widgets.RadioButtons(options=options, value=prompt.predicted, description="Prediction:", layout=wide)
    else:
        text = prompt.predicted or ""
        field = widgets.Text(value=text, placeholder="a number", description="Prediction:", continuous_update=False)
    sure = widgets.RadioButtons(
        options=[(words, level) for level, words in SURE.items()],
        value=prompt.sure,
        description="How sure:",
        orientation="horizontal",
        layout=wide,
    )
    button = widgets.Button(description="Commit", tooltip="Note this prediction")
    role = "" if prompt.predicted is None else ' role="status"'
    said = widgets.HTML(f"<p{role}>{messages.as_html(lead)}</p>")

    def clicked(_: widgets.Button | None = None) -> None:
        missing = "an answer" if field.value in (None, "") else "how sure you are" if sure.value is None else ""
        text = f"Choose {missing} first." if missing else commit(field.value, sure.value)
        said.value = f'<p role="status">{messages.as_html(text)}</p>'

    button.on_click(clicked)
    if not prompt.choices:
        _on_enter(field, clicked)
    question = widgets.HTML(f"<p><strong>{messages.as_html(prompt.question)}</strong></p>")
    form = widgets.VBox([question, field, sure, button, said])
    bundle = {
        "application/vnd.jupyter.widget-view+json": form.get_view_spec(),
        "text/html": _as_html(prompt, lead),
        "text/plain": _as_text(prompt, lead),
    }
    display(bundle, raw=True)


def _on_enter(field: Any, act: Callable[[], None]) -> None:
    """Act when Enter is pressed in a text field, on what stands in it then.

    The browser tells of the key first and sends the text after it; or no text, if Python has it already.
    """
    waiting: list[asyncio.TimerHandle] = []

    def pressed(_: object, content: dict[str, Any], __: object) -> None:
        if content.get("event") == "submit":
            waiting.append(asyncio.get_running_loop().call_later(WAIT, complete))

    def complete(_: object = None) -> None:
        if not waiting:  # the field was left, without Enter
            return
        while waiting:
            waiting.pop().cancel()
        act()

    field.on_msg(pressed)
    field.observe(complete, "value")


def _show(mark: messages.Mark, heading: str, text: str) -> None:
    text = text.strip()
    shown = [heading, text, *journal.notices()]
    messages.show(
        messages.boxed(mark, heading, "".join(f"<p>{messages.as_html(line)}</p>" for line in shown[1:])),
        "\n".join([f"{mark.icon} {shown[0]}", *shown[1:]]),
    )
