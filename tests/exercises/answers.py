"""How the answers to an exercise are written down, and how they are run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from companion.feedback import Exercise


@dataclass(frozen=True)
class Answers:
    """Source code that a learner might write for one exercise.

    Attributes:
        starter: What the notebook's cell holds before the learner touches it.
        right: A few words -> code that must pass, besides the exercise's own solution; at least three.
        wrong: The name of a misconception (or feedback.NOT_EXPECTED, feedback.STOPPED) -> code that must get this
            diagnosis; every misconception, at least four. A list tries several.
        setup: Code that stands between the step's SETUP and the answer, as in the notebook.
    """

    starter: str
    right: Mapping[str, str]
    wrong: Mapping[str, str | list[str]]
    setup: str = ""

    def wrong_ones(self) -> list[tuple[str, str]]:
        """Return each wrong answer with the diagnosis that it must get."""
        return [
            (diagnosis, code)
            for diagnosis, some in self.wrong.items()
            for code in ([some] if isinstance(some, str) else some)
        ]


def run(*sources: str, **given: Any) -> dict[str, Any]:
    """Run pieces of source code one after the other, as cells of one notebook, and return their names."""
    names: dict[str, Any] = {"__name__": "__main__", **given}
    for number, source in enumerate(sources):
        exec(compile(source, f"<cell {number}>", "exec"), names)
    return names


def handed_in(exercise: Exercise, names: Mapping[str, Any]) -> list[Any]:
    """Return the values of an exercise's variables, in the order that `check` takes them."""
    return [names[answer] for answer in exercise.answers]
