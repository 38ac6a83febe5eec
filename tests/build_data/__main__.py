"""Build the course's shipped data from the packages that it comes from.

    python tests/build_data                        build every file into companion/data
    python tests/build_data --into OTHER digits    build one set into another folder
"""

import argparse
import hashlib
import sys
from pathlib import Path

import bike_rentals
import clothes
import digits
import drawings
import fashion_mnist
import field_notes
import generated_digits
import penguins
import people_digits
import spoken_digits
from sources import SourceMissing

SETS = {
    module.__name__: module
    for module in (
        *(digits, fashion_mnist, penguins, field_notes, bike_rentals),
        *(spoken_digits, generated_digits, people_digits, drawings, clothes),
    )
}
NO_SOURCE = 3  # exit status: a source package is not installed
SHIPPED = Path(__file__).resolve().parents[2] / "companion" / "data"


def write_checksums(folder: Path) -> None:
    """Write checksums.txt in the format of `sha256sum`, for every data file of every set."""
    files = sorted(file for module in SETS.values() for file in module.FILES)
    lines = [f"{hashlib.sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for file in files]
    (folder / "checksums.txt").write_bytes("".join(lines).encode("ascii"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(SETS)}; all by default")
    parser.add_argument("--into", type=Path, default=SHIPPED, help="folder to write (companion/data)")
    options = parser.parse_args()
    unknown = set(options.names) - set(SETS)
    if unknown:
        parser.error(f"expected names among {', '.join(SETS)}; received {', '.join(sorted(unknown))}")
    (options.into / "sharealike").mkdir(parents=True, exist_ok=True)
    try:
        for name in options.names or SETS:
            SETS[name].build(options.into)
            print(f"built {name}")
    except SourceMissing as problem:
        print(f"{name}: {problem}", file=sys.stderr)
        raise SystemExit(NO_SOURCE) from None
    if all((options.into / file).is_file() for module in SETS.values() for file in module.FILES):
        write_checksums(options.into)
        print("wrote checksums.txt")


if __name__ == "__main__":
    main()
