"""A table of the learner's own, a CSV file whatever made it, and what in it will hurt before anything is trained.

    table = tables.read("my_table.csv")
    table.columns["price"]                     # numbers: float64, dates: datetime64[s], everything else: text
    tables.show(table, tables.findings(table, "price"))

Nothing is lost silently: what reading had to decide or left out stands in `table.notes`, with line numbers.
"""

import codecs
import csv
import datetime
import difflib
import html
import itertools
import os
import random
import re
import stat
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

import charset_normalizer
import numpy as np

from companion import form_checks, messages, wording

SEED = 0  # of the sample of a long file, and of the halves that a rule is tried on
MOST_COLUMNS = 10_000
LONGEST_LINE = 5_000_000  # characters
KEPT_BYTES = 64_000_000  # of the rows that are kept, as text; of longer rows fewer are kept
BLOCK_CELLS = 1_500_000  # that are split at once
WIDEST_ARRAY = 16_000_000  # bytes of a column of text in NumPy's usual form, where each cell takes as much as the longest
ALL_TEXT = 200_000_000  # bytes of all columns of text in that form
START = 65_536  # bytes that tell what kind of file it is
HEAD = 1_000_000  # characters that tell its separator and its header
HEAD_ROWS = 1_000
BLOCK = 1 << 20  # bytes
LEAST_OFTEN = 0.5  # the share of rows that must agree on the number of columns
FEW_CONTROLS = 5  # in a small file
SOME_CONTROLS = 0.02  # the share of control characters from which it is no text
MANY_DIGITS = 16
LEAST_ROWS = 20  # for a rule about rows
MOST_TRIED = 20_000  # rows that a rule with one column is made from and tried on
TOLD_BY_TEXT = 0.9  # of the errors of the commonest answer, the share that a column must take away to be suspicious
TOLD_BY_NUMBER = 0.97
TOLD_AMOUNT = 0.98  # of the variance
MOST_BINS = 64
MADE_OF_TWO = 0.99  # the share of rows in which two columns make the target
MOST_PAIRED = 300  # columns of which each two are tried together
SCREENED = 48  # rows that sort out nearly all pairs
MOST_CLASSES = 20  # of whole numbers, which may as well be amounts
FEW_OF_A_CLASS = 10
FEW_ROWS = 100
FEW_WORDS = 10  # different texts that one-hot makes a harmless number of columns of
MANY_WORDS = 50
UNBALANCED = 0.65
WIDE = 100  # times as widely spread
SENTINELS = (-99, 99, -999, 999, -9999, 9999, -99999, 99999, -999999, 999999)
NAMES_OF_KEYS = {"id", "ids", "nr", "no", "number", "key", "index", "uuid", "guid", "code"}
SHOWN_COLUMNS = 40
SHOWN_OF_A_KIND = 5
END = "\x02end\x02"  # a line behind the last one: where it does not stand alone, a quotation mark was never closed

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ONE_COLUMN = "\ufdd0"  # a separator that no file holds: this is no letter, and never will be
MISSING = {"", "na", "n/a", "#n/a", "nan", "<na>", "null", "-", "?"}
MISSING_AMONG_NUMBERS = {
    "none", "nil", "missing", "unknown", "n.a.", ".", "--", "---", "–", "—", "#value!", "#div/0!", "#ref!", "#num!",
    "#name?",
}  # fmt: skip
CURRENCIES = {"$", "€", "£", "¥", "₹", "₩", "₽", "EUR", "USD", "GBP", "CHF", "JPY", "INR", "CNY", "US$"}
NO_UNITS = {"am", "pm", "a.m.", "p.m.", "st", "nd", "rd", "th", "e", "."}
# Letters that languages of western Europe write beyond ASCII: between plain letters, nearly always from Windows-1252.
WESTERN = set("äöüÄÖÜßéèêëàâçîïôûùœæøåñáíóúìòãõÉÈÀÇØÅÆÑÁÍÓÚ€£°µ§²³½¼±×·–—‘’“”„«»…®©™¿¡´ºª\xa0")
KINDS_OF_FILE = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"), (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "a database"),
    (b"ARROW1", "a Feather table"), (b"{\\rtf", "a text document (RTF)"), (b"GIF8", "a picture (GIF)"),
    (b"<?xml", "an XML file"), (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"), (b"Rar!", "a RAR archive"),
    (b"RIFF", "a recording or a film"), (b"ID3", "a recording (MP3)"), (b"OggS", "a recording (OGG)"),
)  # fmt: skip

_WITH_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_IN_THOUSANDS = re.compile(r"(?:[+-]?\d{1,3}([,'’])\d{3}(?:\1\d{3})*|-?\d{1,3}(?: \d{3})+)(?:\.\d*)?", re.ASCII)
_WITH_COMMA = re.compile(
    r"(?:[+-]?(?:\d+|\d{1,3}([.'’])\d{3}(?:\1\d{3})*)|-?\d{1,3}(?: \d{3})+)(?:,\d*)?(?:[eE][+-]?\d+)?|[+-]?,\d+", re.ASCII
)
_THREE_DIGITS = re.compile(r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+", re.ASCII)
_WITH_UNIT = re.compile(
    r"([+-]?)([^\W\d_]{3}|US\$|[$€£¥₹₩₽])?\s*([+-]?[.,]?\d(?:[\d.,'’ ]*\d)?[.,]?(?:[eE][+-]?\d+)?)\s*([^\d\s,;:+-][^\d,;:]{0,11})?",
    re.ASCII,
)
_NUMBER_LIKE = re.compile(r"[+-]?[.,]?\d[\d.,]*(?:[eE][+-]?\d+)?\s?%?", re.ASCII)
_DATE_LIKE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ,].*)?", re.ASCII)
_TIME = r"(?:,?[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?(?:\.?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{2})([/.])(\d{2})\2(\d{2})" + _TIME, re.ASCII)


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """What `read` read.

    Attributes:
        columns: Name to array of shape (rows,), in the file's order. Numbers are float64, a missing one NaN; dates are
            datetime64[s], a missing one NaT; everything else is text, a missing one ""; where a few
            long texts would blow the array up, its dtype is StringDType (`.astype(str)` gives the usual one).
        rows: How many rows there are.
        notes: What reading had to decide, a sentence each.
        lines: Shape (rows,), int64: the line of the file on which each row begins.
    """

    columns: dict[str, np.ndarray]
    rows: int
    notes: tuple[str, ...] = ()
    lines: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __repr__(self) -> str:
        """The size, not the content, which may be long."""
        columns, notes = wording.count(len(self.columns), "column"), wording.count(len(self.notes), "note")
        return f"Table({wording.count(self.rows, 'row')}, {columns}, {notes})"


class Finding(NamedTuple):
    """Something in a table that will hurt in training, or that is good to know before it.

    Attributes:
        kind: One word of `KINDS`.
        column: The column that it is about; "" for several or for the whole table.
        text: What was found, what follows, what to do; `code` stands between backticks.
    """

    kind: str
    column: str
    text: str


def read(path: str | os.PathLike[str], most_rows: int = 100_000) -> Table:
    """Read a CSV file: its encoding, its separator, its header and the kinds of its columns are found out.

    Of a longer file a random sample of rows is kept, in the file's order and the same at each reading; however long the
    file is, the memory that this takes is bounded.

    Args:
        path: The file.
        most_rows: The most rows to keep; of very long rows fewer are kept, and a note says so.

    Returns:
        The table, with a note for each thing that had to be decided.

    Raises:
        TypeError: `path` is no path, or `most_rows` no whole number.
        FileNotFoundError: There is no such file.
        ValueError: It is no table, is empty, has a quotation mark that is never closed, or cannot be read.
    """
    if not isinstance(most_rows, int) or isinstance(most_rows, bool):
        raise TypeError(f"most_rows: expected a whole number, received {messages.of(most_rows)}. Write 100_000.")
    if most_rows < 1:
        raise ValueError(f"most_rows: expected 1 or more, received {most_rows:,}. Write 100_000.")
    file = _file(path)
    try:
        encoding = _encoding(file)
        layout = _layout(file, encoding)
        kept = _kept(file, encoding, layout, most_rows)
    except OSError as error:
        reason = messages.of_error(error)
        raise ValueError(
            f"{file.name}: expected a file that can be read, received: {reason}. Look at its permissions."
        ) from None
    if not kept.rows:
        raise ValueError(
            f"{file.name}: expected a line of names and rows below it, received the line of names alone "
            f"({_some(layout.names)}). Look whether all of it was saved."
        )
    columns, remarks = _columns(kept, layout)
    lines = np.array([line for line, _ in kept.rows], np.int64)
    notes = (*encoding.notes, *kept.damage(), *layout.notes, *kept.notes(most_rows), *_notes(remarks))
    return Table(columns, len(kept.rows), notes, lines)


# --- The file ---


def _file(path: str | os.PathLike[str]) -> Path:
    """The path, once a file is there that can be opened."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"expected the path of a CSV file, received {messages.of(path)}. Write 'my_table.csv'.")
    text = os.fspath(path)
    if not text.strip():
        raise ValueError("expected the path of a CSV file, received an empty text. Write 'my_table.csv'.")
    shown = _printable(text, 120)
    if re.match(r"\w{2,}://", text):
        raise ValueError(f"expected a file on this machine, received the address {shown}. Download it first.")
    if os.path.isdir(text):
        raise ValueError(f"{shown}: expected a file, received a folder. {_in_it(text)}")
    if not os.path.exists(text):
        raise FileNotFoundError(f"expected a CSV file, received {shown}, which is not there. {_advice(text)}")
    if not stat.S_ISREG(os.stat(text).st_mode):
        raise ValueError(f"{shown}: expected a file, received a device. Name a CSV file.")
    return Path(text)


def _in_it(folder: str) -> str:
    try:
        tables = sorted(name for name in os.listdir(folder) if name.lower().endswith((".csv", ".tsv", ".txt")))
    except OSError:
        tables = []
    return f"It holds {wording.listed(map(_name, tables))}." if tables else "Name a file in it."


def _advice(path: str) -> str:
    """What a path that leads nowhere may have been meant to be."""
    if path.startswith("~"):
        return "Write the whole path, without `~`."
    parent, name = os.path.split(path)
    try:
        names = {each.casefold(): each for each in os.listdir(parent or os.curdir)}
    except (OSError, ValueError):
        return f"Its folder {_name(parent, 80)} is not there either: look at the path from its beginning."
    near = difflib.get_close_matches(name.casefold(), names, n=3, cutoff=0.75)
    if near:
        return f"There is {wording.listed(_name(names[each]) for each in near)}: look at the spelling."
    return f"The notebook looks from {_printable(os.getcwd(), 120)}: look at its name and folder."


# --- The encoding ---


class _Encoding(NamedTuple):
    """How the bytes of a file become letters."""

    name: str
    errors: str
    notes: tuple[str, ...] = ()


def _encoding(file: Path) -> _Encoding:
    """How a file is encoded; a file that is no text is refused."""
    with file.open("rb") as stream:
        start = stream.read(START)
    _refuse_other_kinds(file.name, start)
    for mark, name, words in (
        (codecs.BOM_UTF8, "utf-8-sig", ""),
        (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if start.startswith(mark):
            said = (f"The file is encoded in {words}, and says so itself.",) if words else ()
            return _Encoding(name, "replace", said)
    zeros = [start[0::2].count(0), start[1::2].count(0)]
    if max(zeros) > 0.2 * len(start):
        name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        return _Encoding(name, "replace", ("The file is read as UTF-16, which it does not say itself.",))
    _refuse_what_is_no_text(file.name, start)
    sample = _beyond_utf8(file)
    return _Encoding("utf-8", "strict") if sample is None else _guessed(sample)


def _refuse_other_kinds(name: str, start: bytes) -> None:
    kind = next((words for mark, words in KINDS_OF_FILE if start.startswith(mark)), form_checks.looks_like(start))
    if kind == "a zip archive" and b"xl/" in start:
        kind = "an Excel workbook"
    if kind == "a zip archive" and b"opendocument" in start:
        kind = "a LibreOffice document"
    if kind == "a web page" and not re.match(rb"\W*<(!doctype|!--|\w*:?html|head|body|table)\b", start, re.IGNORECASE):
        return
    if kind in ("text", "something unknown") or kind == "JSON" and not re.match(rb'\s*(\{\s*"|\[\s*[\[{"\d])', start):
        return
    what_to_do = {
        "an empty file": "Look whether all of it was saved.",
        "a web page": "The download gave the page around the table: use the page's own download button.",
        "JSON": "Save it as CSV; with pandas: `pandas.read_json(file).to_csv('my_table.csv', index=False)`.",
        "a zip archive": "Unpack it first, for example by `shutil.unpack_archive(file, 'my_data')`, and name the file in it.",
        "a gzip archive": "Unpack it first: `open('my_table.csv', 'wb').write(gzip.open(file).read())`.",
        "a PDF": "A table in a PDF has to be copied out, into a spreadsheet, and saved as CSV.",
    }
    advice = what_to_do.get(kind, "Open it in the program that made it, and save it as CSV.")
    raise ValueError(f"{name}: expected a CSV file, received {kind}. {advice}")


def _refuse_what_is_no_text(name: str, start: bytes) -> None:
    controls = start.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\0")
    if len(controls) > SOME_CONTROLS * len(start) + FEW_CONTROLS:
        raise ValueError(
            f"{name}: expected a CSV file, received something that is no text. Open it in the program that made it, "
            "and "
            "save it as CSV."
        )


def _beyond_utf8(file: Path) -> bytes | None:
    """None for a file in UTF-8; of another some lines that are not in plain ASCII."""
    decoder, sample, is_utf8 = codecs.getincrementaldecoder("utf-8")(), b"", True
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            if not block.isascii() and len(sample) < START:
                sample += b"\n".join(re.findall(rb"[^\r\n]*[\x80-\xff][^\r\n]*", block))[:START]
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
            if not is_utf8 and len(sample) >= START:
                return sample
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return None if is_utf8 else sample


def _guessed(sample: bytes) -> _Encoding:
    """The likeliest encoding of bytes that are no UTF-8."""
    as_utf8 = sample.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    if sum(not letter.isascii() for letter in as_utf8) - damaged > 5 * damaged:
        return _Encoding("utf-8", "replace", ("The file is encoded in UTF-8, and damaged.",))
    name = "cp1252"
    western = sample.decode("cp1252", "replace")
    beyond = {letter for letter in western if not letter.isascii()}
    if not beyond <= WESTERN or len(re.findall(r"[À-ÿ]{3}", western)) > 0.02 * len(western):
        best = charset_normalizer.from_bytes(sample).best()
        name = best.encoding if best is not None else name
    text = sample.decode(name, "replace")
    word = next((word for word in re.findall(r"[\w€£°§]+", text) if not word.isascii()), "")
    words = {"cp1252": "Windows-1252"}.get(name, name)
    seen = f", by which it holds the word {_name(word)}" if word else ""
    return _Encoding(
        name,
        "replace",
        (
            f"The file does not say its encoding; it is read as {words}{seen}. This is a guess: if it is wrong, save "
            "as "
            "UTF-8.",
        ),
    )


# --- The lines, and their layout ---


def _lines(name: str, stream: TextIO, damage: Counter) -> Iterator[str]:
    """The lines of a file, one by one, so that a file of any length takes little memory; then `END`."""
    for line in iter(lambda: stream.readline(LONGEST_LINE), ""):
        if len(line) >= LONGEST_LINE:
            raise ValueError(
                f"{name}: expected lines of less than {LONGEST_LINE:,} characters, received a longer one. Look whether "
                "the rows stand on lines of their own."
            )
        if "\0" in line:
            damage["zeros"] += line.count("\0")
            line = line.replace("\0", "")
        if "\ufffd" in line:
            damage["letters"] += line.count("\ufffd")
        yield line
    yield END


def _opened(file: Path, encoding: _Encoding) -> TextIO:
    return file.open(encoding=encoding.name, errors=encoding.errors, newline="")


_Row = tuple[int, list[str]]  # the line on which it begins, and its cells


def _rows(lines: Iterable[str], separator: str, first: int, blanks: bool) -> Iterator[_Row]:
    """The rows of some lines, the first of which is the line with number `first`.

    `blanks` says whether there may be blanks between a separator and a quotation mark; they are left out then.
    """
    reader, begins = csv.reader(lines, delimiter=separator, skipinitialspace=blanks), first
    for row in reader:
        yield begins, row
        begins = first + reader.line_num


@dataclass(frozen=True)
class _Layout:
    """Where the cells of a file stand.

    Attributes:
        separator: What stands between two cells.
        names: Of the columns.
        begins: The line on which the names stand, or the first row of a file without them.
        header: The cells of the line with the names; [] in a file without them.
        blanks: Whether blanks stand between separators and quotation marks.
        comma: Whether numbers are written with a decimal comma, where one cannot tell from the number itself.
        notes: What had to be decided.
    """

    separator: str
    names: list[str]
    begins: int
    header: list[str]
    blanks: bool
    comma: bool
    notes: list[str]


def _layout(file: Path, encoding: _Encoding) -> _Layout:
    """The separator, the names and the first line, told from the beginning of the file."""
    with _opened(file, encoding) as stream:
        lines, size = [], 0
        for line in itertools.islice(_lines(file.name, stream, Counter()), 2 * HEAD_ROWS):
            lines.append(line)
            size += len(line)
            if size > HEAD:
                break
    if lines[-1] == END:
        lines.pop()
    separator, rows, words = _separated(lines)
    if not rows:
        raise ValueError(
            f"{file.name}: expected a line of names and rows below it, received nothing but blanks. Save it again."
        )
    place, names, notes = _header(rows)
    if len(names) > MOST_COLUMNS:
        raise ValueError(
            f"{file.name}: expected at most {MOST_COLUMNS:,} columns, received {len(names):,}. Look whether rows and "
            "columns "
            "are exchanged."
        )
    begins, header = rows[place]
    body = [row for _, row in rows[place + 1 :]]
    if _is_data(header, body):
        notes.append(
            f"Line {begins} looks like data, so the columns have no names of their own; they are called `column 1` "
            "and so on."
        )
        names, header = [""] * len(names), []
    elif all(map(_is_number_or_date, header)):
        notes.append(f"Line {begins} is taken for the names of the columns, though it holds nothing but numbers.")
    named, more = _named(names)
    above = _above(lines[: begins - 1])
    blanks = _has_blanks(lines, separator)
    notes += ["Blanks between separators and quotation marks are left out."] * blanks
    comma = _has_commas(body, separator)
    return _Layout(separator, named, begins, header, blanks, comma, [*words, *above, *notes, *more])


def _separated(lines: list[str]) -> tuple[str, list[_Row], list[str]]:
    """The separator, the rows that it gives, and a note."""
    said = re.fullmatch(r"sep=([^\w\s\"]|\t)\s*", lines[0] if lines else "")
    if said:
        rows = _filled(lines[1:], said[1], 2)
        return said[1], rows, [f"Line 1 names the separator, `{messages.one_line(said[1])}`."]
    found = {separator: _filled(lines, separator, 1) for separator in SEPARATORS}
    points = {separator: _agreement(separator, rows) for separator, rows in found.items()}
    best = max(points, key=points.get)
    if points[best] < LEAST_OFTEN:
        return ONE_COLUMN, _filled(lines, ONE_COLUMN, 1), []
    return best, found[best], [] if best == "," else [f"The cells are separated by {SEPARATORS[best]}."]


def _has_blanks(lines: list[str], separator: str) -> bool:
    return any(f'{separator} "' in line for line in lines)


def _filled(lines: list[str], separator: str, first: int) -> list[_Row]:
    """The rows of the file's beginning that hold something."""
    rows = []
    try:
        for line, row in itertools.islice(_rows(lines, separator, first, _has_blanks(lines, separator)), HEAD_ROWS):
            if any(map(str.strip, row)):
                rows.append((line, row))
    except csv.Error:
        pass  # the reading itself will meet it, and say where
    return rows


def _width(rows: list[_Row]) -> int:
    """The commonest number of cells; of several the largest."""
    widths = Counter(len(row) for _, row in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _agreement(separator: str, rows: list[_Row]) -> float:
    """How well the rows agree on their number of cells, from 0 to 1, less where cells hold other separators."""
    width = _width(rows)
    if width < 2 or _is_one_column_of_decimals(separator, rows) or _is_one_column_of_sentences(separator, rows):
        return 0
    if len(rows) > 1 and all(len(row) < width for _, row in rows[:-1]):
        return 0  # the last row alone
    agreeing = [row for _, row in rows if len(row) == width]
    others = [other for other in SEPARATORS if other != separator]
    doubtful = sum(any(_is_torn(cell, others) for cell in row) for row in agreeing) / len(agreeing)
    return (len(agreeing) / len(rows)) - 0.4 * doubtful


def _is_torn(cell: str, others: list[str]) -> bool:
    """Whether a cell looks like a piece of something: by another separator in it, or half a pair of quotation marks."""
    if cell.count('"') % 2:
        return True
    return any(other in cell for other in others) and not re.fullmatch(r"[+-]?[\d.]+,\d+\W{0,2}|[^,;|\t]*, .*", cell)


def _is_one_column_of_decimals(separator: str, rows: list[_Row]) -> bool:
    """Whether commas are those of decimals in a file of one column: "price", "3,75", "2,50"."""
    head, body = rows[0][1], [row for _, row in rows[1:]]
    return separator == "," and len(head) == 1 and all(
        len(row) < 3 and all(cell.strip("+-").isdigit() for cell in row) for row in body
    )  # fmt: skip


def _is_one_column_of_sentences(separator: str, rows: list[_Row]) -> bool:
    """Whether commas are those of sentences in a file of one column: their number differs, and a blank follows each."""
    head, body = rows[0][1], [row for _, row in rows[1:]]
    return separator == "," and len(head) == 1 and len({len(row) for row in body}) > 1 and all(
        cell.startswith(" ") for row in body for cell in row[1:]
    )  # fmt: skip


def _header(rows: list[_Row]) -> tuple[int, list[str], list[str]]:
    """Which of the rows holds the names, the names, and notes."""
    width = _width(rows)
    wide = [place for place, (_, row) in enumerate(rows) if len(row) >= width]
    place = next((place for place in wide if not _is_title(rows[place][1], width)), wide[0])
    for earlier in range(place):
        line, row = rows[earlier]
        body = [row for _, row in rows[earlier + 1 :]]
        if width > 2 and len(row) == width - 1 and all(map(str.strip, row)) and _fits(rows[earlier + 1][1], body[1:]):
            names = ["", *row]
            note = f"Line {line} holds one name less than there are columns; the first column got none."
            return earlier, names, [note]
    names = list(rows[place][1])
    names[0] = re.sub(r"^#\s*(?=\w)", "", names[0].strip())
    every = [names, *(row for _, row in rows)]
    while len(names) > 1 and not any("".join(row[len(names) - 1 :]).strip() for row in every):
        names.pop()  # a separator at the end of each line
    return place, names, []


def _is_title(row: list[str], width: int) -> bool:
    """Whether a row is a line of words above the names, padded with separators."""
    return width > 2 and bool(row[0].strip()) and not any(map(str.strip, row[1:])) and not _is_number_or_date(row[0])


def _is_number_or_date(cell: str) -> bool:
    return bool(_NUMBER_LIKE.fullmatch(cell.strip()) or _DATE_LIKE.fullmatch(cell.strip()))


def _fits(row: list[str], body: list[list[str]]) -> bool:
    """Whether a row holds numbers and dates in the columns that do, of which there is at least one."""
    columns = _columns_of(body, len(row))
    of_numbers = [place for place, cells in enumerate(columns) if cells and all(map(_is_number_or_date, cells))]
    here = [row[place] for place in of_numbers if not _is_missing(row[place])]
    return bool(here) and all(map(_is_number_or_date, here))


def _columns_of(body: list[list[str]], width: int) -> list[list[str]]:
    """The cells of each column that are not missing."""
    return [
        [row[place] for row in body if place < len(row) and not _is_missing(row[place])] for place in range(width)
    ]  # fmt: skip


def _is_missing(cell: str) -> bool:
    return cell.strip().casefold() in MISSING


def _is_data(first: list[str], body: list[list[str]]) -> bool:
    """Whether what stands in the place of the names is a row like those below it."""
    others = _columns_of([row for row in body if row != first], len(first))  # the names may stand there once more
    if not body or not any(map(str.strip, first)):
        return False
    if any(cells and all(map(_is_number_or_date, cells)) and not _is_number_or_date(cell) and not _is_missing(cell)
           for cell, cells in zip(first, others, strict=True)):
        return False
    numbers = [cell for cell in first if _is_number_or_date(cell)]
    if _is_a_series(numbers):
        return False
    columns = _columns_of(body, len(first))
    texts = [
        (cell, cells)
        for cell, cells in zip(first, columns, strict=True)
        if cells and not all(map(_is_number_or_date, cells)) and not _is_missing(cell)
    ]
    again = sum(cell in cells for cell, cells in texts)
    if not numbers:
        return bool(texts) and again == len(texts) and len(first) > 1
    new = sum(cell not in cells and len(set(cells)) <= 0.5 * len(cells) for cell, cells in texts)
    return _fits(first, body) and new <= again


def _is_a_series(numbers: list[str]) -> bool:
    """Whether numbers in the place of names may be names: 0, 1, 2, or the years 2019, 2020, 2021."""
    if len(numbers) < 2 or not all(re.fullmatch(r"\d{1,4}", number.strip(), re.ASCII) for number in numbers):
        return False
    steps = np.diff([int(number) for number in numbers])
    return bool((steps == 1).all()) and (int(numbers[0]) in (0, 1) or 1800 <= int(numbers[0]) <= 2200)


def _named(names: list[str]) -> tuple[list[str], list[str]]:
    """Names that differ, and notes about those that did not or were none."""
    clean = [" ".join(name.split()) for name in names]
    named, nameless, doubled = [], [], []
    taken = set(clean)
    for place, name in enumerate(clean, start=1):
        wanted = name or f"column {place}"
        unique, number = wanted, 2
        while unique in named or (unique != name and unique in taken):
            unique, number = f"{wanted} ({number})", number + 1
        if not name:
            nameless.append(unique)
        elif unique != name:
            doubled.append(unique)
        named.append(unique)
    notes = []
    if nameless and len(nameless) < len(named):
        number = len(nameless)
        notes.append(f"{wording.count(number, 'column')} without a name {_is(number)} called {_some(nameless)}.")
    if doubled:
        notes.append(f"Names that occur more than once are told apart: {wording.listed(map(_name, doubled))}.")
    return named, notes


def _above(lines: list[str]) -> list[str]:
    """A note about the lines above the names."""
    full = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("sep=")]
    if not full:
        return []
    first, last = full[0][0], full[-1][0]
    where = f"Line {first} stands" if len(full) == 1 else f"Lines {first} to {last} stand"
    return [f"{where} above the table and {_was(len(full))} left out: {_name(full[0][1], 60)}."]


def _has_commas(body: list[list[str]], separator: str) -> bool:
    """Whether the file writes decimals with a comma, judged by the numbers that leave no doubt."""
    cells = {cell.strip() for row in body for cell in row}
    certain = [cell for cell in cells if not _THREE_DIGITS.fullmatch(cell)]
    commas = sum("," in cell and bool(_WITH_COMMA.fullmatch(cell)) for cell in certain)
    points = sum("." in cell and bool(_WITH_POINT.fullmatch(cell) or _IN_THOUSANDS.fullmatch(cell)) for cell in certain)
    return commas > points or commas == points and separator == ";"


# --- The rows that are kept ---


class _Reservoir:
    """A sample of rows in which each row is equally likely, within bounds, however many rows come along."""

    def __init__(self, most_rows: int, most_bytes: int) -> None:
        self.rows: list[tuple[int, str]] = []
        self.total = 0
        self.most_rows, self._most_bytes, self._bytes = most_rows, most_bytes, 0
        self._random = random.Random(SEED)

    def add(self, line: int, text: str) -> None:
        self.total += 1
        if len(self.rows) < self.most_rows:
            self.rows.append((line, text))
            self._bytes += sys.getsizeof(text)
        else:
            place = int(self._random.random() * self.total)
            if place >= self.most_rows:
                return
            self._bytes += sys.getsizeof(text) - sys.getsizeof(self.rows[place][1])
            self.rows[place] = line, text
        if self._bytes > self._most_bytes and len(self.rows) > 1:
            self.most_rows = len(self.rows) // 2  # half of a fair sample is a fair sample
            self.rows = self._random.sample(self.rows, self.most_rows)
            self._bytes = sum(sys.getsizeof(text) for _, text in self.rows)


@dataclass
class _Kept:
    """The rows of a file that are kept, as (line, cells joined by zeros), and what was left out, filled or damaged."""

    rows: list[tuple[int, str]]
    total: int
    number: Counter  # what was the matter → how many rows
    first: dict[str, list[int]]  # what was the matter → the first lines
    faults: Counter

    def damage(self) -> list[str]:
        """Notes about damaged letters."""
        letters, zeros = self.faults["letters"], self.faults["zeros"]
        return [
            *[f"{wording.count(letters, 'damaged letter')} {_is(letters)} read as `\ufffd`."] * bool(letters),
            *[f"{wording.count(zeros, 'zero byte')} {_was(zeros)} left out."] * bool(zeros),
        ]

    def notes(self, most_rows: int) -> list[str]:
        """Notes about the rows."""
        words = {
            "long": "with more cells than there are columns {was} left out: {lines}.",
            "short": "with fewer cells than there are columns {was} filled up with missing values: {lines}.",
            "empty": "without any value {was} left out: {lines}.",
            "blank": "that {is} blank {was} left out: {lines}. If a value is missing there, write NA.",
            "names": "with the names once more {was} left out: {lines}.",
        }
        notes = []
        for kind, number in self.number.items():
            lines = wording.listed([f"{line:,}" for line in self.first[kind]] + [""] * (number - len(self.first[kind])))
            where = f"line{'s' * (number > 1)} {lines}"
            said = words[kind].format(was=_was(number), lines=where, **{"is": _is(number)})
            notes.append(f"{wording.count(number, 'row')} {said}")
        if len(self.rows) < self.total:
            why = "" if len(self.rows) == most_rows else ", because they are long"
            notes.append(
                f"The file has {self.total:,} rows; {len(self.rows):,} of them are kept{why}, drawn at random (the "
                "same ones "
                "each time) and in the file's order."
            )
        return notes


def _kept(file: Path, encoding: _Encoding, layout: _Layout, most_rows: int) -> _Kept:
    """Read the rows one by one, and keep as many as is allowed."""
    sample, faults = _Reservoir(most_rows, KEPT_BYTES), Counter()
    number, first = Counter(), defaultdict(list)
    last = layout.begins
    with _opened(file, encoding) as stream:
        lines = itertools.islice(_lines(file.name, stream, faults), layout.begins - 1, None)
        try:
            for last, row in _rows(lines, layout.separator, layout.begins, layout.blanks):
                if row and row[-1].endswith(END):
                    if row != [END]:
                        raise _never_closed(file.name, last)
                    break
                if matter := _matter(last, row, layout):
                    number[matter] += 1
                    first[matter] += [last] * (len(first[matter]) < wording.MOST_NAMED)
                if matter in ("", "short"):
                    row = row[: len(layout.names)] + [""] * (len(layout.names) - len(row))
                    sample.add(last, "\0".join(row))
        except csv.Error as error:
            if "field limit" in str(error):
                instead = f", or a cell of more than {csv.field_size_limit():,} characters"
                raise _never_closed(file.name, last, instead) from None
            reason = messages.of_error(error)
            raise ValueError(
                f"{file.name}: line {last:,} cannot be read: {reason}. Look at its quotation marks."
            ) from None
    number.pop("header", None)
    return _Kept(sorted(sample.rows), sample.total, number, first, faults)


def _never_closed(name: str, line: int, instead: str = "") -> ValueError:
    return ValueError(
        f"{name}: expected a quotation mark at both ends of a cell, received one that opens in the row of line "
        f"{line:,} or "
        f"the one after it, and is never closed{instead}. Close it there, or remove it."
    )


def _matter(line: int, row: list[str], layout: _Layout) -> str:
    """What is the matter with a row; "" for nothing."""
    width = len(layout.names)
    if layout.header and line == layout.begins:
        return "header"
    if not any(map(str.strip, row)):
        if width == 1:
            return "" if row else "blank"
        return "empty" if len(row) > 1 else "header"
    if len(row) > width and any(map(str.strip, row[width:])):
        return "long"
    if row == layout.header:
        return "names"
    return "short" if len(row) < width else ""


# --- The columns ---

_Remark = tuple[str, str, str]  # what had to be decided, the column, an example


def _columns(kept: _Kept, layout: _Layout) -> tuple[dict[str, np.ndarray], list[_Remark]]:
    """Each column as an array; some at a time, because cells take more memory than arrays."""
    columns, remarks = {}, []
    lines = [line for line, _ in kept.rows]
    at_once = max(1, BLOCK_CELLS // len(lines))
    widest = min(WIDEST_ARRAY, ALL_TEXT // len(layout.names))
    for begin in range(0, len(layout.names), at_once):
        names = layout.names[begin : begin + at_once]
        block = [text.split("\0")[begin : begin + at_once] for _, text in kept.rows]
        for name, cells in zip(names, zip(*block, strict=True), strict=True):
            columns[name], more = _column(name, cells, lines, layout.comma, widest)
            remarks += more
        del block
    return columns, remarks


def _column(
    name: str, raw: Sequence[str], lines: list[int], comma: bool, widest: int
) -> tuple[np.ndarray, list[_Remark]]:
    """The cells of a column as numbers, dates or text."""
    cells = list(map(str.strip, raw))
    distinct = dict.fromkeys(cells)
    present = [cell for cell in distinct if not _is_missing(cell)]
    if set(present) & {"+", "pos", "neg"} and "-" in distinct:
        present.append("-")
    remarks, among = [], [cell for cell in present if cell.casefold() not in MISSING_AMONG_NUMBERS]
    for reader in (_numbers, _dates):
        if not among and present:
            break
        found = reader(name, among, comma)
        remarks += found.remarks
        if found.values is not None:
            known = dict(zip(among, found.values, strict=True))
            values = np.array([known.get(cell, found.missing) for cell in cells], found.kind)
            return values, [*remarks, *_words_for_missing(name, distinct.keys() - known.keys())]
    remarks += _of_text(name, raw, cells, present, lines) if not remarks else []
    kept = set(present)
    remarks += _words_for_missing(name, distinct.keys() - kept)
    return _text([cell if cell in kept else "" for cell in cells], widest), remarks


def _words_for_missing(name: str, words: Iterable[str]) -> list[_Remark]:
    return [("missing", name, word) for word in sorted(words) if word]


def _text(cells: list[str], widest: int) -> np.ndarray:
    """Text as NumPy's usual array, or, where a long cell would blow it up beyond `widest` bytes, of variable width."""
    longest = max(map(len, cells))
    if 4 * longest * len(cells) > widest:
        return np.array(cells, np.dtypes.StringDType())
    return np.array(cells, f"<U{max(longest, 1)}")


class _Found(NamedTuple):
    """What reading a column's different cells as one kind gave: None, if they are not of that kind."""

    values: list | None = None
    remarks: Sequence[_Remark] = ()
    kind: str = "float64"
    missing: object = np.nan


def _numbers(name: str, cells: list[str], comma: bool) -> _Found:
    """Read cells as numbers, if all of them are."""
    bare = [cell.replace("\u2212", "-").replace("\xa0", " ").replace("\u202f", " ") for cell in cells]
    remarks = []
    if not set("".join(bare)) <= set("0123456789+-.eE"):
        bare, remarks = _without_unit(name, bare)
        if bare is None:
            return _Found(None, remarks)
    whys = ((_why_text(number), cell) for cell, number in zip(cells, bare, strict=True))
    why, example = next((each for each in whys if each[0]), ("", ""))
    if why:
        return _Found(None, [(why, name, example)])
    written, doubt = _way_of_writing(bare, comma)
    if written is None:
        return _Found()
    values = [float(written(number)) for number in bare]
    if not np.isfinite(values).all():
        return _Found()
    for number, cell, value in zip(bare, cells, values, strict=True):
        if "," in number or doubt and "." in number:
            remarks.append((doubt or "comma", name, f"{_name(cell)} is read as `{value:.15g}`"))
            break
    return _Found(values, remarks)


def _without_unit(name: str, cells: list[str]) -> tuple[list[str] | None, list[_Remark]]:
    """Numbers without the one unit that all of them have; None if they are no numbers of one unit."""
    matched = [_WITH_UNIT.fullmatch(cell) for cell in cells]
    if not all(matched):
        return None, []
    units = sorted({(match[2] or "", (match[4] or "").rstrip()) for match in matched})
    if not all(_is_unit(front, back) for front, back in units if front or back):
        return None, []
    words = [f"{front} {back}".strip() or "none" for front, back in units]
    if len(units) > 1:
        return None, [("units", name, " and ".join(sorted(words)[:2]))]
    said = [("per cent" if words[0] == "%" else "unit", name, words[0])] if words[0] != "none" else []
    return [(match[1] or "") + match[3] for match in matched], said


def _is_unit(front: str, back: str) -> bool:
    """Whether what stands before and behind a number is a currency and a unit."""
    return (not front or front in CURRENCIES) and back.lower() not in NO_UNITS and (
        re.search(r"[^\W_]|[%‰°€$£¥]", back or front) is not None
    )  # fmt: skip


def _why_text(number: str) -> str:
    """Why what looks like a number is kept as text; "" for a number."""
    digits = number.lstrip("+-")
    if re.fullmatch(r"0[\d ]*\d", digits):
        return "zeros"
    if digits.isdigit() and len(digits.strip("0")) >= MANY_DIGITS:
        return "digits"
    if re.fullmatch(r"\+[\d ]{7,}", number) or re.fullmatch(r"\+\d{1,3} [\d ]+", number):
        return "formula"
    return ""


def _as_written(number: str) -> str:
    return number


def _without_thousands(number: str) -> str:
    return re.sub(r"[,'’ ]", "", number)


def _without_comma(number: str) -> str:
    return re.sub(r"[.'’ ]", "", number).replace(",", ".")


def _way_of_writing(numbers: list[str], comma: bool) -> tuple[Callable[[str], str] | None, str]:
    """How to turn numbers into what Python reads, and what was in doubt; None if they are no numbers."""
    plain = all(map(_WITH_POINT.fullmatch, numbers))
    thousands = plain or all(_WITH_POINT.fullmatch(it) or _IN_THOUSANDS.fullmatch(it) for it in numbers)
    commas = all(map(_WITH_COMMA.fullmatch, numbers))
    if plain and comma and commas and any("." in number for number in numbers):
        return _without_comma, "thousands"
    if plain:
        return _as_written, ""
    if thousands and commas:
        doubt = any("," in number for number in numbers)
        return (_without_comma, "decimals" * doubt) if comma else (_without_thousands, "thousands" * doubt)
    if thousands:
        return _without_thousands, ""
    return (_without_comma, "") if commas else (None, "")


def _dates(name: str, cells: list[str], comma: bool) -> _Found:
    """Read cells as dates, if all of them are and the order of day and month is certain."""
    for pattern, orders in (
        (_YEAR_FIRST, {"year": (1, 3, 4)}),
        (_YEAR_LAST, {"day": (4, 3, 1), "month": (4, 1, 3)}),
        (_SHORT_YEAR, {"day": (4, 3, 1), "month": (4, 1, 3)}),
    ):
        matched = [pattern.fullmatch(cell) for cell in cells]
        if cells and all(matched):
            break
    else:
        return _Found()
    if all(match[2] == "." for match in matched):
        orders.pop("month", None)
    read = {order: [_date(match, places) for match in matched] for order, places in orders.items()}
    read = {order: dates for order, dates in read.items() if all(dates)}
    if not read:
        return _Found()
    (order, dates), *others = read.items()
    if others and dates != others[0][1]:
        return _Found(None, [("order", name, cells[0])])
    remarks = [(f"{order} first", name, cells[0])] if order != "year" else []
    remarks += [("short years", name, cells[0])] if pattern is _SHORT_YEAR else []
    remarks += [("fractions", name, cell) for cell in cells if re.search(r":\d\d[.,]\d", cell)][:1]
    remarks += [("zones", name, cells[0])] if any(match[9] for match in matched) else []
    return _Found([np.datetime64(date, "s") for date in dates], remarks, "datetime64[s]", np.datetime64("NaT"))


def _date(match: re.Match, places: tuple[int, int, int]) -> datetime.datetime | None:
    """The date and the time of one cell, in UTC where it names a zone; None if there is no such day."""
    year, month, day = (int(match[place]) for place in places)
    if len(match[places[0]]) == 2:
        year += 2000 if year < 69 else 1900
    hour, minute, second = (int(match[place] or 0) for place in (5, 6, 7))
    if match[8]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (match[8] in "Pp")
    zone = re.fullmatch(r"([+-])(\d\d):?(\d\d)", match[9] or "")
    away = datetime.timedelta(hours=int(zone[2]), minutes=int(zone[3])) if zone else datetime.timedelta()
    try:
        moment = datetime.datetime(year, month, day, hour, minute, second)
        return moment + away if zone and zone[1] == "-" else moment - away
    except (ValueError, OverflowError):
        return None


def _of_text(name: str, raw: Sequence[str], cells: list[str], present: list[str], lines: list[int]) -> list[_Remark]:
    """What to say of a column that is kept as text."""
    remarks = []
    if blanks := sum(cell != given for cell, given in zip(cells, raw, strict=True)):
        remarks.append(("blanks", name, f"{blanks:,}"))
    formula = next((cell for cell in present if re.match(r"[=@]\w|\+\d", cell)), "")
    if formula:
        remarks.append(("formula", name, formula))
    odd, share = _odd(present, Counter(cells))
    if odd:
        where = f"line {lines[cells.index(odd)]:,} says {_name(odd, 40)}"
        remarks.append(("mixed", name, f"{share:.0%} of its cells are numbers or dates, and {where}"))
    return remarks


def _odd(present: Iterable[str], number: Counter) -> tuple[str, float]:
    """The first cell that is neither number nor date in a column where most are, and how many are; else ""."""
    alike = {cell for cell in present if _is_number_or_date(cell)}
    of_these, every = sum(number[cell] for cell in alike), sum(number[cell] for cell in present)
    if not every or of_these < LEAST_OFTEN * every:
        return "", 0.0
    return next((cell for cell in present if cell not in alike), ""), of_these / every


_WORDING = {
    "missing": "",
    "unit": "the numbers are read without their unit, {examples}.",
    "per cent": "numbers are in per cent: 45 % is read as 45.",
    "units": "kept as text, because the numbers have different units, {examples}. Bring them to one unit first.",
    "zeros": "kept as text, because numbers begin with zeros, {examples}, as postcodes and codes do.",
    "digits": f"kept as text, because numbers of {MANY_DIGITS} and more digits, {{examples}}, lose the last ones in a "
    "computation.",
    "comma": "{examples}.",
    "thousands": "{examples}: point or comma are taken for thousands.",
    "decimals": "{examples}: the comma is taken for decimals, as elsewhere in this file.",
    "day first": "dates are read with the day first, {examples}.",
    "month first": "dates are read with the month first, {examples}.",
    "order": "kept as text, because day and month could be either way round, {examples}. Write them as 2007-11-24.",
    "short years": "years of two digits, {examples}, are taken for 1969 to 2068.",
    "fractions": "parts of a second are left out, {examples}.",
    "zones": "times with a zone, {examples}, are brought to UTC.",
    "formula": "kept as text: {examples}. A spreadsheet may take that for a formula; here nothing runs it.",
    "blanks": "blanks around the words were taken off, in {examples} cells.",
    "mixed": "kept as text: {examples}.",
}

_WHOLE_SENTENCES = ("mixed", "blanks", "comma", "thousands", "decimals")  # kinds whose example is in words already


def _notes(remarks: list[_Remark]) -> list[str]:
    """A sentence for each kind of decision, with the columns that it was made for."""
    notes, missing = [], Counter(word for kind, _, word in remarks if kind == "missing")
    if missing:
        columns = wording.count(len({name for kind, name, _ in remarks if kind == "missing"}), "column")
        notes.append(f"{wording.listed(map(_name, missing))} {_is(len(missing), 'counts', 'count')} as missing, in {columns}.")
    for kind, words in _WORDING.items():
        found = [(name, example) for each, name, example in remarks if each == kind]
        if words and found:
            named = _some(name for name, _ in found)
            examples = dict.fromkeys(example for _, example in found)
            in_words = next(iter(examples)) if kind in _WHOLE_SENTENCES else _some(examples)
            notes.append(f"{named}: {words.format(examples=in_words)}")
    return notes


# --- What will hurt ---


class _Column:
    """A column as findings look at it.

    Attributes:
        name: Its name.
        kind: "number", "date" or "text".
        values: float64, datetime64[s], or the texts as a list.
        missing: Shape (rows,), bool.
        codes: Shape (rows,), int64: equal values have equal codes; a missing one has a code of its own.
        sizes: How often each code occurs.
        first: Where each code occurs first.
    """

    def __init__(self, name: str, values: np.ndarray) -> None:
        self.name = name
        kind = values.dtype.kind
        self.kind = "date" if kind == "M" else "number" if kind in "biuf" else "text"
        if self.kind == "text":
            self.values = [str(value) for value in values.tolist()]
            places: dict[str, int] = {}
            codes = [places.setdefault(value, len(places)) for value in self.values]
            self.missing = np.array([not value for value in self.values], bool)
            self.codes = np.array(codes, np.int64)
            _, self.first, self.sizes = np.unique(self.codes, return_index=True, return_counts=True)
        else:
            self.values = values.astype(np.float64 if self.kind == "number" else "datetime64[s]")
            self.missing = np.isnat(self.values) if self.kind == "date" else np.isnan(self.values)
            _, self.first, self.codes, self.sizes = np.unique(
                self.values, return_index=True, return_inverse=True, return_counts=True
            )

    @property
    def known(self) -> int:
        """How many values are not missing."""
        return len(self.missing) - int(self.missing.sum())

    @property
    def different(self) -> int:
        """How many values differ, a missing one not counted."""
        return len(self.sizes) - (self.known < len(self.missing))

    @property
    def amounts(self) -> np.ndarray:
        """The values as float64, seconds for dates; only of numbers and dates."""
        amounts = self.values if self.kind == "number" else self.values.astype(np.int64).astype(np.float64)
        return np.where(self.missing | ~np.isfinite(amounts), np.nan, amounts)

    def example(self) -> str:
        """The first value that is not missing."""
        place = int(np.argmin(self.missing)) if self.known else None
        return "" if place is None else _shown(self.values[place])

    def commonest(self) -> tuple[str, int]:
        """The commonest value that is not missing, and how often it occurs."""
        here = ~self.missing[self.first]
        best = int(np.argmax(np.where(here, self.sizes, 0)))
        return _shown(self.values[self.first[best]]), int(self.sizes[best])


class _Looked:
    """A table and its target, looked at once for all findings."""

    def __init__(self, table: Table, target: str) -> None:
        columns = [_Column(name, np.asarray(values)) for name, values in table.columns.items()]
        self.rows = table.rows
        self.lines = table.lines
        self.target = next(column for column in columns if column.name == target)
        self.columns = columns
        self.features = [column for column in columns if column.name != target]
        self.kept = np.flatnonzero(~self.target.missing)
        self.has_classes = self._has_classes()
        self.left_out: set[str] = set()  # columns that an earlier finding says to leave out

    def _has_classes(self) -> bool:
        target = self.target
        if target.kind != "number":
            return target.kind == "text"
        whole = bool((target.values[self.kept] % 1 == 0).all()) if len(self.kept) else False
        return whole and target.different <= MOST_CLASSES and target.different <= max(2, 0.05 * len(self.kept))

    def informative(self) -> list[_Column]:
        """The features that hold more than one value and are not to be left out anyway."""
        return [column for column in self.features if len(column.sizes) > 1 and column.name not in self.left_out]


KINDS = (
    "target", "leak", "id", "doubled", "mixed", "sentinel", "order", "rare", "unbalanced", "missing", "constant",
    "dates", "text", "few", "wide",
)  # fmt: skip


def findings(table: Table, target: str) -> list[Finding]:
    """Say what in a table will hurt when a network learns to predict one of its columns, before anything is trained.

    Args:
        table: What `read` returned.
        target: The name of the column to predict.

    Returns:
        The findings, the worst first; their kinds are words of `KINDS`. A "leak" is a suspicion, found by trying a rule
        with one column on rows that it was not made from.

    Raises:
        TypeError: `table` is no table, or `target` no text.
        ValueError: The table has no column of that name.
    """
    _check_table(table)
    if not isinstance(target, str):
        raise TypeError(f"target: expected the name of a column, received {messages.of(target)}. {_names_of(table)}")
    if target not in table.columns:
        near = difflib.get_close_matches(target.casefold(), {name.casefold(): name for name in table.columns}, 1, 0.6)
        near_name = next((name for name in table.columns if near and name.casefold() == near[0]), None)
        advice = f"Did you mean {_name(near_name)}?" if near_name else _names_of(table)
        raise ValueError(f"target: expected the name of a column, received {_name(target)}. {advice}")
    with np.errstate(all="ignore"):  # of amounts near the largest float64; what is no number then is no finding
        found = _found(_Looked(table, target))
    return sorted(found, key=lambda finding: KINDS.index(finding.kind))


def _found(looked: _Looked) -> list[Finding]:
    found = list(_of_target(looked))
    if len(looked.kept) and looked.target.different > 1:
        for look in (_of_constants, _of_keys, _of_leaks, _of_order, _of_classes):
            found += look(looked)
    else:
        found += [*_of_constants(looked), *_of_keys(looked)]
    for look in (_of_doubles, _of_mixtures, _of_sentinels, _of_gaps, _of_dates, _of_texts, _of_number, _of_ranges):
        found += look(looked)
    return found


def _check_table(table: object) -> None:
    if not isinstance(table, Table):
        raise TypeError(
            f"expected what `read` returned, received {messages.of(table)}. Write tables.read('my_table.csv')."
        )


def _names_of(table: Table) -> str:
    return f"The columns are {_some(table.columns)}." if table.columns else "The table has no columns."


def _finding(kind: str, column: str, *sentences: str) -> Finding:
    return Finding(kind, column, " ".join(filter(None, sentences)))


def _of_target(looked: _Looked) -> Iterator[Finding]:
    target, name, kept = looked.target, looked.target.name, len(looked.kept)
    lost = looked.rows - kept
    if not kept:
        yield _finding(
            "target", name, f"{_name(name)} is missing in every row: there is nothing to predict. Name another column."
        )
        return
    if lost:
        yield _finding(
            "target", name,
            f"{_name(name)} is missing in {lost:,} of {wording.count(looked.rows, 'row')}.",
            f"A row without an answer teaches nothing and tests nothing: leave {wording.it(range(lost))} out, which leaves "
            f"{kept:,}.",
        )  # fmt: skip
    if target.different == 1:
        yield _finding(
            "target", name,
            f"{_name(name)} is {_name(target.commonest()[0])} in every row that has it.",
            "From a single answer there is nothing to learn. Name another column, or collect rows with other answers.",
        )  # fmt: skip
    elif target.kind == "date":
        yield _finding(
            "target", name,
            f"{_name(name)} holds dates, and a network answers with numbers or classes.",
            "Turn it into a number, such as the days from a fixed date.",
        )  # fmt: skip
    elif target.kind == "text" and target.different > 0.5 * kept and target.different > 10:
        yield _finding(
            "target", name,
            f"{_name(name)} holds {target.different:,} different texts in {kept:,} rows, most of them too rare to be "
            "learned as a class.",
            "Join them into a few classes, or name another column. If they are numbers, look why they were read as "
            "text.",
        )  # fmt: skip
    elif target.kind == "number" and looked.has_classes and target.different > 2:
        low, high = np.nanmin(target.values), np.nanmax(target.values)
        yield _finding(
            "target", name,
            f"{_name(name)} holds {target.different} different whole numbers, from {_number(low)} to {_number(high)}.",
            "Decide what they are. Classes: softmax and cross-entropy, and Keras wants them to count from 0. Amounts "
            "or grades, "
            "where 3 lies between 2 and 4: one output and the mean squared error.",
        )  # fmt: skip


# Columns that say nothing, or too much


def _of_constants(looked: _Looked) -> Iterator[Finding]:
    same = [column for column in looked.features if column.different == 1 and column.known == looked.rows > 1]
    looked.left_out |= {column.name for column in same}
    if same:
        example = f"{_name(same[0].name)} is {_name(same[0].example())}"
        yield _finding(
            "constant", same[0].name,
            f"The same value stands in every row of {_some(column.name for column in same)}: {example}.",
            f"What never changes tells nothing: leave {wording.it(same)} out. To standardise {wording.it(same)} would divide by "
            "zero.",
        )  # fmt: skip


def _of_keys(looked: _Looked) -> Iterator[Finding]:
    for column in looked.features:
        what = _key(column)
        if what:
            looked.left_out.add(column.name)
            yield _finding(
                "id", column.name,
                f"{_name(column.name)} {what}{', such as' if column.kind == 'text' else ':'} {_first_of(column)}.",
                "A network can learn the rows of the training by heart with it, and learns nothing about new ones.",
                "Leave it out; if several rows belong to one person or thing, use it to keep them on one side of the "
                "split.",
            )  # fmt: skip


def _key(column: _Column) -> str:
    """How a column names its rows; "" if it does not."""
    known, share = column.known, column.different / max(column.known, 1)
    if known < LEAST_ROWS or column.kind == "date":
        return ""
    if column.kind == "number":
        amounts = column.amounts[~column.missing]
        if not (amounts % 1 == 0).all():
            return ""
        steps = np.diff(amounts)
        years = amounts.min() >= 1800 and amounts.max() <= 2200
        if np.mean(steps == 1) >= 0.98 and not years:
            return "counts the rows"
        named = share > 0.95 and _is_named_key(column.name)
        return f"holds {column.different:,} different numbers in {known:,} rows" if named else ""
    if _words_in(column) > 3:
        return ""
    if share > 0.95 or share > 0.5 and _is_named_key(column.name):
        return f"holds {column.different:,} different texts in {known:,} rows"
    return ""


def _first_of(column: _Column) -> str:
    """The first values that are not missing, in the file's order."""
    places = np.flatnonzero(~column.missing)[: wording.MOST_NAMED]
    values = [_name(_shown(column.values[place])) for place in places]
    return wording.listed(values) if column.kind == "text" else f"{', '.join(values)} and so on"


def _is_named_key(name: str) -> bool:
    """Whether a name says that a column identifies: "ID", "customer_no", "orderKey"."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return any(word.casefold() in NAMES_OF_KEYS for word in words)


def _words_in(column: _Column) -> float:
    """The mean number of words in the different texts of a column."""
    texts = [column.values[place] for place in column.first if column.values[place]][:1_000]
    return sum(len(text.split()) for text in texts) / max(len(texts), 1)


def _of_leaks(looked: _Looked) -> Iterator[Finding]:
    """Columns that alone tell the target, and pairs that add up to it."""
    told: set[str] = set()
    rows = looked.kept
    if len(rows) >= 2 * LEAST_ROWS:
        order = np.random.default_rng(SEED).permutation(rows)[:MOST_TRIED]
        truth = _truth(looked, order)
        for column in looked.informative():
            text = _told_by(looked, column, order, truth)
            if text:
                told.add(column.name)
                yield _finding("leak", column.name, *text)
    looked.left_out |= told
    if looked.target.kind == "number" and len(rows) >= LEAST_ROWS:
        yield from _of_sums(looked)


def _truth(looked: _Looked, order: np.ndarray) -> np.ndarray:
    """The target in those rows: classes from 0, or amounts."""
    if looked.has_classes:
        return np.unique(looked.target.codes[order], return_inverse=True)[1]
    return looked.target.amounts[order]


def _told_by(looked: _Looked, column: _Column, order: np.ndarray, truth: np.ndarray) -> list[str]:
    """Sentences, if a rule with this column alone tells the target in rows that it was not made from."""
    if not looked.has_classes and not np.isfinite(truth).all():
        return []
    target = _name(looked.target.name)
    missing = column.missing[order]
    bins = column.codes[order] if column.kind == "text" else _bins(column.amounts[order])
    judge = _accuracy if looked.has_classes else _explained
    score, lazy = judge(bins, truth)
    enough = TOLD_BY_TEXT if column.kind == "text" else TOLD_BY_NUMBER
    if not looked.has_classes:
        enough, lazy = TOLD_AMOUNT, 0.0
        if column.kind == "number" and not missing.any():
            score = max(score, _along_a_line(column.amounts[order], truth))
    if score - lazy < enough * (1 - lazy):
        return []
    by_gaps = bool(missing.any()) and judge(missing.astype(np.int64), truth)[0] - lazy >= enough * (1 - lazy)
    what = f"Whether {_name(column.name)} is missing" if by_gaps else f"{_name(column.name)} alone"
    if looked.has_classes:
        figures = (
            f"{what} tells {target} in {_percent(score)} of rows that the rule was not made from; the commonest answer "
            f"alone is right in {_percent(lazy)}."
        )
    else:
        figures = (
            f"{what} explains {_percent(score)} of what varies in {target}, in rows that the rule was not made from."
        )
    return [
        figures,
        "That is rare, unless the column is the answer in other words, or is known only after it.",
        "Ask whether you will have it at the moment of predicting. If not, leave it out; the test would promise far "
        "too much.",
    ]


def _bins(amounts: np.ndarray) -> np.ndarray:
    """The number of the interval in which each amount lies, all about equally full; a missing one has its own."""
    known = amounts[~np.isnan(amounts)]
    most = int(min(MOST_BINS, max(2, len(known) // 10)))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, most + 1)[1:-1])) if len(known) else known
    few = np.unique(known)
    if len(few) <= MOST_BINS:
        edges = (few[1:] + few[:-1]) / 2
    return np.where(np.isnan(amounts), len(edges) + 1, np.searchsorted(edges, amounts))


def _halves(number: int) -> Iterator[tuple[slice, slice]]:
    """Both ways to make a rule from one half and to try it on the other."""
    middle = number // 2
    yield slice(0, middle), slice(middle, number)
    yield slice(middle, number), slice(0, middle)


def _accuracy(groups: np.ndarray, classes: np.ndarray) -> tuple[float, float]:
    """How often the commonest class of a row's group is right, and how often the commonest of all, both held out."""
    groups = np.unique(groups, return_inverse=True)[1]
    right = lazy = 0
    for made, tried in _halves(len(classes)):
        commonest = int(np.argmax(np.bincount(classes[made])))
        pairs, sizes = np.unique(groups[made] * (classes.max() + 1) + classes[made], return_counts=True)
        rule = np.full(groups.max() + 1, commonest)
        pairs = pairs[np.argsort(sizes, kind="stable")]  # the largest comes last, and stays
        rule[pairs // (classes.max() + 1)] = pairs % (classes.max() + 1)
        right += int((rule[groups[tried]] == classes[tried]).sum())
        lazy += int((classes[tried] == commonest).sum())
    return right / len(classes), lazy / len(classes)


def _explained(groups: np.ndarray, amounts: np.ndarray) -> tuple[float, float]:
    """The share of the variance that the mean of a row's group explains, held out; and 0."""
    groups = np.unique(groups, return_inverse=True)[1]
    predicted = np.empty(len(amounts))
    for made, tried in _halves(len(amounts)):
        sizes = np.bincount(groups[made], minlength=groups.max() + 1)
        sums = np.bincount(groups[made], weights=amounts[made], minlength=groups.max() + 1)
        means = np.where(sizes > 0, sums / np.maximum(sizes, 1), amounts[made].mean())
        predicted[tried] = means[groups[tried]]
    return _share_explained(predicted, amounts), 0.0


def _along_a_line(amounts: np.ndarray, truth: np.ndarray) -> float:
    """The share of the variance that a straight line explains, held out."""
    predicted = np.empty(len(truth))
    for made, tried in _halves(len(truth)):
        center = amounts[made].mean()
        spread = ((amounts[made] - center) ** 2).sum()
        slope = ((amounts[made] - center) * truth[made]).sum() / spread if spread > 0 else 0.0
        predicted[tried] = truth[made].mean() + slope * (amounts[tried] - center)
    return _share_explained(predicted, truth)


def _share_explained(predicted: np.ndarray, truth: np.ndarray) -> float:
    around = ((truth - truth.mean()) ** 2).sum()
    share = 1 - ((truth - predicted) ** 2).sum() / around if around > 0 else 0.0
    return float(share) if np.isfinite(share) else 0.0


def _of_sums(looked: _Looked) -> Iterator[Finding]:
    """Two columns that make the target by adding, subtracting or multiplying."""
    target = looked.target.name
    rows = looked.kept
    numbers = [column for column in looked.informative() if column.kind == "number"]
    numbers = [column for column in numbers if not column.missing[rows].any()][:MOST_PAIRED]
    if len(numbers) < 2:
        return
    few = np.random.default_rng(SEED).permutation(rows)[:SCREENED]
    values = np.stack([column.amounts[few] for column in numbers])
    for word, sign, make in _WAYS:
        hits = sum(
            _is_close(make(row[:, None], row[None, :]), amount).astype(int)
            for row, amount in zip(values.T, looked.target.amounts[few], strict=True)
        )
        for first, second in np.argwhere(hits >= 0.9 * len(few)):
            if first == second or word != "subtracted" and first > second:
                continue
            made = make(numbers[first].amounts[rows], numbers[second].amounts[rows])
            share = float(np.mean(_is_close(made, looked.target.amounts[rows])))
            if share >= MADE_OF_TWO:
                names = [numbers[first].name, numbers[second].name]
                where = "every row" if share == 1 else f"{_percent(share)} of the rows"
                looked.left_out |= set(names)
                yield _finding(
                    "leak", names[0],
                    f"{_name(names[0])} {sign} {_name(names[1])} is {_name(target)}, in {where}.",
                    "With both, a network only has to calculate, and will fail where they are not known yet.",
                    "Leave out what you do not know at the moment of predicting, most likely both.",
                )  # fmt: skip


_WAYS: tuple[tuple[str, str, Callable], ...] = (
    ("added", "+", np.add), ("subtracted", "−", np.subtract), ("multiplied", "×", np.multiply),
)  # fmt: skip


def _is_close(made: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return np.isclose(made, wanted, rtol=1e-6, atol=1e-9)


# The order of the rows, and the classes


def _of_order(looked: _Looked) -> Iterator[Finding]:
    codes = looked.target.codes[looked.kept]
    if len(codes) < LEAST_ROWS:
        return
    name = _name(looked.target.name)
    sentences = (
        "If you split it as it is, training and test hold different answers, and each batch few of them.",
        "Shuffle the rows before you split them, unless you predict the future from the past.",
    )
    runs = 1 + int((np.diff(codes) != 0).sum())
    by_chance = 1 + (len(codes) - 1) * (1 - ((np.bincount(codes) / len(codes)) ** 2).sum())
    if looked.has_classes and runs <= 2 * looked.target.different and runs < 0.3 * by_chance:
        what = f"The file is sorted by {name}: equal answers stand together."
        yield _finding("order", looked.target.name, what, *sentences)
    elif not looked.has_classes and looked.target.kind != "text":
        steps = np.diff(looked.target.amounts[looked.kept])
        steps = steps[steps != 0]
        if len(steps) >= LEAST_ROWS and not 0.02 < np.mean(steps > 0) < 0.98:
            way = "rises" if steps[0] > 0 else "falls"
            what = f"The file is sorted by {name}, which {way} from row to row."
            yield _finding("order", looked.target.name, what, *sentences)


def _of_classes(looked: _Looked) -> Iterator[Finding]:
    """Classes that are too rare, and one that is too common."""
    target, kept = looked.target, len(looked.kept)
    if not looked.has_classes or target.kind == "text" and target.different > 0.5 * kept:
        return
    here = ~target.missing[target.first]
    names = [_shown(target.values[place]) for place in target.first[here]]
    classes = zip(names, map(int, target.sizes[here]), strict=True)
    rare = sorted((each for each in classes if each[1] < FEW_OF_A_CLASS), key=lambda each: each[1])
    if rare:
        yield _finding(
            "rare", target.name,
            f"{wording.count(len(rare), 'class has', 'classes have')} fewer than {FEW_OF_A_CLASS} rows: "
            f"{wording.listed(f'{_name(name)} ({size})' for name, size in rare)}.",
            "After a split hardly any are left to learn from or to test with.",
            "Collect more, join them into a class of others, or leave these rows out and say so.",
        )  # fmt: skip
    name, size = target.commonest()
    if size >= UNBALANCED * kept:
        yield _finding(
            "unbalanced", target.name,
            f"{_name(name)} is the answer in {size:,} of {kept:,} rows ({_percent(size / kept)}): who always says so "
            "is "
            "right as often.",
            f"An accuracy counts only by how far it lies above {_percent(size / kept)}.",
            "Look at each class by itself, in a confusion matrix, and keep the shares equal when you split.",
        )  # fmt: skip


# The rows and the cells


def _of_doubles(looked: _Looked) -> Iterator[Finding]:
    if looked.rows < 2 or not looked.columns:
        return
    mixed = np.zeros(looked.rows, np.uint64)
    for place, column in enumerate(looked.columns):
        mixed = (mixed ^ (column.codes.astype(np.uint64) + np.uint64(place + 1))) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first, sizes = np.unique(mixed, return_index=True, return_counts=True)
    doubled = looked.rows - len(first)
    # How many pairs of equal rows there would be if the columns had nothing to do with each other.
    pairs = looked.rows * (looked.rows - 1) / 2
    chance = pairs * np.prod([(column.sizes * (column.sizes - 1) / 2).sum() / pairs for column in looked.columns])
    if doubled and doubled > 5 * chance:
        example = int(first[np.argmax(sizes)])
        where = f" The one of {_row(looked, example)} occurs {int(sizes.max())} times."
        yield _finding(
            "doubled", "",
            f"{wording.count(doubled, 'row is', 'rows are')} equal to an earlier one in every column.{where}",
            "If one copy is trained on and the other is tested on, the test asks what was learned by heart.",
            "Keep one of each, unless they are different things that happen to be equal.",
        )  # fmt: skip


def _row(looked: _Looked, place: int) -> str:
    if len(looked.lines) == looked.rows:
        return f"line {int(looked.lines[place]):,}"
    return f"row {place:,} (counted from 0)"


def _of_mixtures(looked: _Looked) -> Iterator[Finding]:
    for column in looked.columns:
        if column.kind != "text" or not column.known:
            continue
        texts = [column.values[place] for place in column.first]
        numbers = np.array([bool(_NUMBER_LIKE.fullmatch(text)) for text in texts])
        dates = np.array([bool(_DATE_LIKE.fullmatch(text)) for text in texts])
        there = np.array([bool(text) for text in texts])
        for like, words in ((numbers, "a number"), (dates, "a date")):
            share = column.sizes[like].sum() / column.known
            odd = np.flatnonzero(there & ~like)
            if 0.5 <= share < 1 and len(odd):
                place = int(column.first[odd[0]])
                number = int(column.sizes[odd].sum())
                yield _finding(
                    "mixed", column.name,
                    f"{_name(column.name)} looks like {words} in {_percent(share)} of its cells, and not in "
                    f"{number:,}: "
                    f"{_row(looked, place)} says {_name(column.values[place])}.",
                    "So it was read as text, and a network would see names instead of amounts.",
                    "Correct these cells in the file, or empty them, and read it again.",
                )  # fmt: skip
                break


def _of_sentinels(looked: _Looked) -> Iterator[Finding]:
    for column in looked.columns:
        if column.kind != "number":
            continue
        for value in SENTINELS:
            here = column.values == value
            number = int(here.sum())
            others = column.values[~here & np.isfinite(column.values)]
            if not number or len(others) < 5 or np.ptp(others) == 0:
                continue
            low, high = others.min(), others.max()
            if min(abs(value - low), abs(value - high)) > high - low and not low <= value <= high:
                yield _finding(
                    "sentinel", column.name,
                    f"{_name(column.name)} is {value:,} in {wording.count(number, 'row')}, and from {_number(low)} to "
                    f"{_number(high)} in all others.",
                    "Such a number often stands for a missing value; a network would take it for a huge amount.",
                    "If it does here, replace it by NaN, and then do with it what you do with missing values.",
                )  # fmt: skip


def _of_gaps(looked: _Looked) -> Iterator[Finding]:
    rows = looked.kept if len(looked.kept) else np.arange(looked.rows)
    features = [column for column in looked.features if column.missing[rows].any()]
    empty = [column for column in features if not column.known]
    if empty:
        yield _finding(
            "missing", empty[0].name,
            f"{_some(column.name for column in empty)} {wording.has(empty)} no value in any row.", f"Leave {wording.it(empty)} out.",
        )  # fmt: skip
    gaps = sorted((column for column in features if column.known), key=lambda column: -column.missing[rows].sum())
    if not gaps:
        return
    mostly = [column for column in gaps if column.missing[rows].mean() > 0.5]
    others = [column for column in gaps if column not in mostly]
    left, has_text = _count_left(gaps, rows), any(column.kind == "text" for column in gaps)
    yield _finding(
        "missing", gaps[0].name,
        f"Values are missing in {wording.count(len(gaps), 'column')}: "
        f"{wording.listed(f'{_name(column.name)} ({column.missing[rows].sum():,})' for column in gaps)}.",
        f"A network turns a NaN into NaN everywhere; to leave out each row with a gap would leave {left} of "
        f"{len(rows):,} rows.",
        f"Leave {_some(column.name for column in mostly)} out first, where more than half is missing"
        + (f", and {_count_left(others, rows)} would be left." if others else ".")
        if mostly
        else "",
        "Fill numbers with the mean of the training rows alone"
        + (", and give missing text a name: `np.where(column == \"\", \"unknown\", column)`." if has_text else "."),
    )  # fmt: skip


def _count_left(columns: list[_Column], rows: np.ndarray) -> str:
    """How many rows have a value in each of these columns."""
    whole = np.ones(len(rows), bool)
    for column in columns:
        whole &= ~column.missing[rows]
    return f"{whole.sum():,}" if whole.any() else "none"


def _of_dates(looked: _Looked) -> Iterator[Finding]:
    dates = [column.name for column in looked.features if column.kind == "date"]
    if dates:
        yield _finding(
            "dates", dates[0],
            f"{_some(dates)} {'holds' if len(dates) == 1 else 'hold'} dates, which a network cannot take as they are.",
            "Make numbers of what matters in them: the month, the day of the week, the hour, the days from a first "
            "one.",
            "If you predict the future, split by date: train on the earlier rows, test on the later ones.",
        )  # fmt: skip


def _of_texts(looked: _Looked) -> Iterator[Finding]:
    for column in looked.features:
        if column.kind != "text" or column.name in looked.left_out or column.different <= FEW_WORDS:
            continue
        if _words_in(column) > 3:
            yield _finding(
                "text", column.name,
                f"{_name(column.name)} holds sentences: {column.different:,} different ones, such as "
                f"{_name(column.example())}.",
                "A network takes numbers. `keras.layers.TextVectorization` makes them of words; from few rows that "
                "learns little.",
                "To begin with, leave it out.",
            )  # fmt: skip
        elif column.different > MANY_WORDS or column.different > 0.2 * column.known:
            yield _finding(
                "text", column.name,
                f"{_name(column.name)} holds {column.different:,} different texts in {column.known:,} rows; one-hot, "
                "each is a column.",
                f"A text seen once or twice teaches nothing; the commonest is {_name(column.commonest()[0])}.",
                "Join the rare ones into one, or leave the column out.",
            )  # fmt: skip


def _of_number(looked: _Looked) -> Iterator[Finding]:
    rows = len(looked.kept)
    columns = len([column for column in looked.features if column.known and column.name not in looked.left_out])
    if rows and (rows < FEW_ROWS or rows < 10 * columns):
        yield _finding(
            "few", "",
            f"There are {wording.count(rows, 'row')} with an answer, and {wording.count(columns, 'column')} to learn from.",
            "A network can learn so few by heart, and a test on a fifth of them moves by "
            f"{_percent(1 / max(1, rows // 5))} with a single row.",
            "Keep the network small, take fewer columns, repeat the split with several seeds, and collect more rows.",
        )  # fmt: skip


def _of_ranges(looked: _Looked) -> Iterator[Finding]:
    spreads = []
    for column in looked.informative():
        if column.kind == "number":
            amounts = column.amounts[np.isfinite(column.amounts)]
            with np.errstate(over="ignore", invalid="ignore"):
                spread = float(np.std(amounts)) if len(amounts) else 0.0
            if 0 < spread < np.inf:
                spreads.append((spread, column.name, float(amounts.min()), float(amounts.max())))
    if len(spreads) > 1 and max(spreads)[0] >= WIDE * min(spreads)[0]:
        (_, small, *little), (_, large, *much) = min(spreads), max(spreads)
        yield _finding(
            "wide", large,
            f"{_name(large)} runs from {_number(much[0])} to {_number(much[1])}, {_name(small)} from "
            f"{_number(little[0])} to {_number(little[1])}.",
            "The column with the large numbers may drown the other one, and the training be slow or get nowhere.",
            "Bring all to one size, with `keras.layers.Normalization` and its `adapt` on the training rows.",
        )  # fmt: skip


# --- Words ---


def _printable(text: str, most: int) -> str:
    """A text that any screen can show: what cannot be printed becomes a blank or "\ufffd"."""
    shown = "".join(letter if letter.isprintable() else " " if letter.isspace() else "\ufffd" for letter in text)
    return messages.one_line(shown, most=most)


def _name(text: str, most: int = 60) -> str:
    return f"`{_printable(text, most) or ' '}`"


def _shown(value: object) -> str:
    """A value of a column, as the message shows it."""
    if isinstance(value, np.datetime64):
        return str(value).replace("T00:00:00", "").replace("T", " ")
    return _number(value) if isinstance(value, int | float | np.number | np.bool_) else str(value)


def _number(value: float) -> str:
    return f"{float(value):,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{float(value):.6g}"


def _percent(share: float) -> str:
    """A share in percent, which is 100 % only where it is all."""
    percent = 100 * share
    digits = 0 if 1 <= percent <= 99 or percent in (0, 100) else 1
    return f"{min(percent, 99.9) if share < 1 else 100:.{digits}f} %"


def _some(names: Iterable[str]) -> str:
    return wording.listed(map(_name, names))


def _is(number: int, one: str = "is", many: str = "are") -> str:
    return one if number == 1 else many


def _was(number: int) -> str:
    return _is(number, "was", "were")


# --- The message ---

_TITLES = ("Column", "What it is", "Missing", "Different", "Example")


def show(table: Table, found: Iterable[Finding] = ()) -> None:
    """Display the columns, what reading had to decide, and the findings: in a notebook as a page, elsewhere as text.

    Args:
        table: What `read` returned.
        found: What `findings` returned.

    Raises:
        TypeError: They are something else.
    """
    _check_table(table)
    advice = "Write tables.findings(table, 'price')."
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise TypeError(f"expected what `findings` returned, received {messages.of(found)}. {advice}")
    listed = list(found)
    for finding in listed:
        if not isinstance(finding, Finding):
            raise TypeError(f"expected findings, received {messages.of(finding)}. {advice}")
    listed.sort(key=lambda finding: KINDS.index(finding.kind) if finding.kind in KINDS else 0)
    listed = _shortened(listed)
    rows = [_described(name, values) for name, values in list(table.columns.items())[:SHOWN_COLUMNS]]
    more = len(table.columns) - len(rows)
    after = f"… and {wording.count(more, 'more column')}, not shown." if more else ""
    messages.show(_as_page(table, rows, after, listed), _as_text(table, rows, after, listed))


def _shortened(found: list[Finding]) -> list[Finding]:
    """Of many findings of one kind the first, and for the others the names of their columns."""
    by_kind = defaultdict(list)
    for finding in found:
        by_kind[finding.kind].append(finding)
    short = []
    for kind, these in by_kind.items():
        short += these[:SHOWN_OF_A_KIND]
        others = these[SHOWN_OF_A_KIND:]
        if others:
            named = _some(other.column for other in others)
            short.append(Finding(kind, others[0].column, f"The like holds for {named}."))
    return short


def _described(name: str, values: np.ndarray) -> tuple[str, ...]:
    """One line of the table."""
    column = _Column(name, np.asarray(values))
    kind = column.kind if column.known else "empty"
    missing = len(column.missing) - column.known
    return (_name(name).strip("`"), kind, f"{missing:,}", f"{column.different:,}", _printable(column.example(), 40))


def _summary(table: Table) -> str:
    return f"{wording.count(table.rows, 'row')}, {wording.count(len(table.columns), 'column')}"


def _as_text(table: Table, rows: list[tuple[str, ...]], after: str, found: list[Finding]) -> str:
    notes = ["What reading decided:", *(f"- {note}" for note in table.notes)] if table.notes else []
    items = [wording.findings(len(found)), *(f"- {finding.kind}: {finding.text}" for finding in found)] if found else []
    return "\n".join([_summary(table), *wording.table_as_text(_TITLES, rows), *[after] * bool(after), *notes, *items])


def _as_page(table: Table, rows: list[tuple[str, ...]], after: str, found: list[Finding]) -> str:
    """The same as HTML."""
    notes = "".join(f"<li>{messages.as_html(note)}</li>" for note in table.notes)
    items = "".join(f"<li><strong>{html.escape(each.kind)}</strong>: {messages.as_html(each.text)}</li>" for each in found)
    parts = [
        f"<p>{after}</p>" if after else "",
        f"<p>What reading decided:</p><ul>{notes}</ul>" if notes else "",
        f"<p>{wording.findings(len(found))}</p><ol>{items}</ol>" if items else "",
    ]
    shown = wording.table_as_html(_summary(table), _TITLES, rows)
    return f'<div role="group" aria-label="Your table">{shown}{"".join(parts)}</div>'
