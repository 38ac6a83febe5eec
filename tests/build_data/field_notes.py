"""penguin_field_notes.csv: what was written down about 344 penguins in the field, as palmerpenguins 0.1.6 ships it.

Source package: `pip install --no-deps palmerpenguins==0.1.6`, palmerpenguins/data/penguins-raw.csv.
Changes: none; the bytes are the package's.
"""

from pathlib import Path

from sources import package_file

FILES = ["penguin_field_notes.csv"]


def build(folder: Path) -> None:
    source = package_file("palmerpenguins", "0.1.6", "palmerpenguins/data/penguins-raw.csv")
    (folder / FILES[0]).write_bytes(source.read_bytes())
