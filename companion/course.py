"""The course's notebooks, in their order, and where in them each lesson stands."""

import re
from typing import NamedTuple
from urllib.parse import quote


class Notebook(NamedTuple):
    """One notebook of the course."""

    number: int
    file: str
    title: str


NOTEBOOKS = (
    Notebook(0, "00_start_here.ipynb", "Start here"),
    Notebook(1, "01_collect_and_load_data.ipynb", "Collect and load data"),
    Notebook(2, "02_build_the_model.ipynb", "Build the model"),
    Notebook(3, "03_add_the_layers.ipynb", "Add the layers"),
    Notebook(4, "04_compile_the_model.ipynb", "Compile the model"),
    Notebook(5, "05_train_the_model.ipynb", "Train the model"),
    Notebook(6, "06_use_the_model.ipynb", "Use the model"),
    Notebook(7, "07_recognize_images.ipynb", "Recognize images"),
    Notebook(8, "08_recognize_speech.ipynb", "Recognize speech"),
    Notebook(9, "09_beyond_one_machine.ipynb", "Beyond one machine"),
    Notebook(10, "10_your_own_data.ipynb", "Your own data"),
)


def link(lesson: str) -> str:
    """Return the address of a lesson, as a link from one notebook to another.

    Args:
        lesson: The number and the title of a section, such as "1.5 Order matters".

    Returns:
        The notebook's file and the section, such as "01_collect_and_load_data.ipynb#1.5-Order-matters".

    Raises:
        ValueError: If `lesson` does not begin with the number of a notebook and a section.
    """
    found = re.match(r"(\d+)\.\d+ \S", lesson) if isinstance(lesson, str) else None
    files = {notebook.number: notebook.file for notebook in NOTEBOOKS}
    if not found or int(found[1]) not in files:
        raise ValueError(
            f'lesson: expected the number and title of a section, such as "1.5 Order matters", received {lesson!r}. '
            "Copy the section's heading."
        )
    return f"{files[int(found[1])]}#{quote(lesson.replace(' ', '-'))}"
