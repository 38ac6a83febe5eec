"""penguins.csv: 344 penguins of the Palmer Archipelago, as bokeh-sampledata 2026.1 ships them.

Source package: `pip install --no-deps bokeh-sampledata==2026.1`, bokeh_sampledata/_data/penguins.csv.
Changes: none; the bytes are the package's.
"""

from pathlib import Path

from sources import package_file

FILES = ["penguins.csv"]


def build(folder: Path) -> None:
    source = package_file("bokeh-sampledata", "2026.1", "bokeh_sampledata/_data/penguins.csv")
    (folder / FILES[0]).write_bytes(source.read_bytes())
