"""Tables as learners have them are read rightly, or refused with a reason; what will hurt in training is found, and nothing else."""

import csv
import gzip
import io
import os
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion import datasets, tables

AWKWARD = Path(__file__).parent / "awkward_tables"
POSIX = sys.platform != "win32"
RESTLESS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def put(tmp_path):
    """Write a file, and return its path."""

    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def plain(values):
    """A column as a list that can be compared: dates as text, a missing number as None."""
    if values.dtype.kind == "M":
        return [str(value) for value in values]
    return [None if value != value else value for value in values.tolist()]


def table_of(rows=None, **columns):
    """A table that was not read from a file."""
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    rows = len(next(iter(arrays.values()))) if rows is None else rows
    return tables.Table(arrays, rows)


def kinds(found, column=None):
    return [each.kind for each in found if column is None or each.column == column]


def only(found, kind):
    """The one finding of a kind."""
    [finding] = [each for each in found if each.kind == kind]
    return finding


def read_error(path, error=ValueError, **options):
    with pytest.raises(error) as caught:
        tables.read(path, **options)
    return str(caught.value)


# --- Reading: the bundled files ---

# The file, its columns, and pieces of its notes, in their order.
READ = {
    "byte_order_mark.csv": ({"name": ["Zoë", "Bob"], "age": [36, 40]}, []),
    "windows_1252.csv": (
        {"Ort": ["München", "Köln", "Fürth"], "Größe (m)": [1.8, 1.75, 2.05], "Preis": [3.75, 1234.5, 12]},
        ["read as Windows-1252, by which it holds the word `Größe`. This is a guess", "separated by semicolons",
         "`Preis`: the numbers are read without their unit, `€`", "`Größe (m)` and `Preis`: `1,80` is read as `1.8`"],
    ),
    "cyrillic_1251.csv": (
        {"Город": ["Москва", "Казань", "Нижний Новгород", "Санкт-Петербург"], "Число": [10, 20, 30, 40]},
        ["read as cp1251, by which it holds the word `Город`. This is a guess", "semicolons"],
    ),
    "utf_16.csv": (
        {"Name": ["Ärger", "東京"], "Wert": [1.5, 2.25]},
        ["encoded in UTF-16, and says so itself", "separated by tabs", "`1,5` is read as `1.5`"],
    ),
    "logger.csv": (
        {
            "time": ["2024-03-01T10:00:00", "2024-03-01T10:10:00", "2024-03-01T10:20:00"],
            "temp": [3.5, 3.75, None],
            "state": ["on", "off", "on"],
        },
        ["separated by bars", "Lines 1 to 2 stand above the table and were left out: `# station 7",
         "`--` counts as missing, in 1 column"],
    ),
    "quotation_marks.csv": (
        {"id": [1, 2, 3], "remark": ["two lines\nand a comma, here", 'she said "no"', '5" pipe'], "price": [5, 6, 7]}, [],
    ),
    "ragged.csv": (
        {"a": [1, 4, 10, 13], "b": [2, 5, 11, 14], "c": [3, None, 12, 15]},
        ["1 row with fewer cells than there are columns was filled up with missing values: line 3.",
         "1 row with more cells than there are columns was left out: line 4."],
    ),
    "no_names.csv": (
        {
            "column 1": [5.1, 4.9, 6.2, 5.9, 6], "column 2": [3.5, 3, 2.9, 3, 2.9], "column 3": [1.4, 1.4, 4.3, 4.2, 4.5],
            "column 4": ["setosa"] * 2 + ["versicolor"] * 3,
        },
        ["Line 1 looks like data"],
    ),
    "doubled_names.csv": (
        {"column 1": [0, 1], "price": [1, 5], "price (3)": [2, 6], "column 4": [3, 7], "price (2)": [4, 8]},
        ["2 columns without a name are called `column 1` and `column 4`", "told apart: `price (3)`"],
    ),
    "units.csv": (
        {
            "weight": [12, 13.5, 14, 15], "share": [5, 7.5, 10, 20], "dollars": [3.2, 1200, 0.99, 7],
            "people": [1234, 2345678, 12, 56000], "mixed": ["12 kg", "300 g", "1 kg", "2 kg"],
            "amount": ["3.5", "three", "4", "5"],
        },
        ["`weight` and `dollars`: the numbers are read without their unit, `kg` and `$`", "in per cent",
         "`mixed`: kept as text, because the numbers have different units, `g and kg`", "`$1,200.00` is read as `1200`",
         "`amount`: kept as text: 75% of its cells are numbers or dates, and line 3 says `three`"],
    ),
    "codes.csv": (
        {
            "postcode": ["01067", "99999", "12345"],
            "card": ["4000123412341234", "4000123412341235", "4000123412341236"],
            "phone": ["+49 30 123456", "+49 40 9999", "+49 89 5555"],
            "formula": ["=1+1", "@SUM(A1:A9)", '=HYPERLINK("http://example.org")'],
        },
        ["`postcode`: kept as text, because numbers begin with zeros, `01067`", "`card`: kept as text, because numbers of 16",
         "`phone` and `formula`: kept as text: `+49 30 123456` and `=1+1`. A spreadsheet may take that for a formula"],
    ),
    "dates.csv": (
        {
            "iso": ["2007-11-11T00:00:00", "2008-02-29T00:00:00", "NaT"],
            "month first": ["2007-11-24T00:00:00", "2007-01-05T00:00:00", "1999-12-31T00:00:00"],
            "day first": ["2007-11-24T00:00:00", "2008-02-01T00:00:00", "NaT"],
            "unclear": ["01/02/2007", "03/04/2007", "05/06/2007"],
            "with time": ["2007-11-11T13:05:00", "2007-11-12T14:05:33", "NaT"],
            "with zone": ["2024-01-01T10:00:00", "2024-01-01T22:30:00", "NaT"],
            "short": ["2007-11-24T00:00:00", "1998-02-01T00:00:00", "NaT"],
        },
        ["`NA` counts as missing, in 1 column", "`day first` and `short`: dates are read with the day first, `24.11.2007`",
         "`month first`: dates are read with the month first, `11/24/2007`",
         "`unclear`: kept as text, because day and month could be either way round, `01/02/2007`",
         "`short`: years of two digits, `24.11.07`, are taken for 1969 to 2068", "`with zone`: times with a zone"],
    ),
    "missing.csv": (
        {"number": [None, None, 3, 4], "text": ["", "", "", "x"], "words": ["ok", "none", "", ""], "nothing": [None] * 4},
        ["`NA`, `null`, `-` and 3 more count as missing, in 4 columns."],
    ),
    "old_mac.csv": ({"a": [1, 2], "b": ["x", "y"]}, []),
    "zero_bytes.csv": ({"a": [1, 2], "b": ["xy", "z"]}, ["2 zero bytes were left out."]),
    "sheet.csv": (
        {"month": ["Jan", "Feb", "Sum"], "shop": ["A", "B", ""], "sales": [3, 4, 7]},
        ["semicolons", "Lines 1 to 2 stand above the table and were left out", "1 row without any value was left out: line 6."],
    ),
    "damaged_utf_8.csv": (
        {"name": ["Jörg", "Ärger", "Bär", "Böse", "Übel", "Grün", "K\ufffdln"], "n": [1, 2, 3, 4, 5, 6, 7]},
        ["encoded in UTF-8, and damaged", "1 damaged letter is read as `\ufffd`."],
    ),
}  # fmt: skip
REFUSED = {
    "web_page.csv": ("received a web page", "the page's own download button"),
    "never_closed.csv": ("opens in the row of line 3", "never closed"),
    "names_alone.csv": ("the line of names alone (`a`, `b` and `c`)",),
}


def assert_reads(path, columns, notes):
    table = tables.read(path)
    assert {name: plain(values) for name, values in table.columns.items()} == columns
    assert list(table.columns) == list(columns)
    assert table.rows == len(table.lines) == len(next(iter(columns.values())))
    assert len(table.notes) == len(notes), table.notes
    for note, piece in zip(table.notes, notes, strict=True):
        assert piece in note and note.endswith(".")
    return table


@pytest.mark.parametrize("name", READ)
def test_an_awkward_file_is_read(name):
    assert_reads(AWKWARD / name, *READ[name])


@pytest.mark.parametrize("name", REFUSED)
def test_a_bundled_file_that_is_no_table_is_refused(name):
    message = read_error(AWKWARD / name)
    assert name in message and "expected" in message
    for piece in REFUSED[name]:
        assert piece in message


def test_each_bundled_file_is_tried():
    assert {path.name for path in AWKWARD.glob("*.csv")} == set(READ) | set(REFUSED)


def test_the_bundled_files_have_their_bytes_still():
    assert b"\r" in (AWKWARD / "old_mac.csv").read_bytes() and b"\n" not in (AWKWARD / "old_mac.csv").read_bytes()
    assert (AWKWARD / "windows_1252.csv").read_bytes().count(b"\r\n") == 4
    assert (AWKWARD / "quotation_marks.csv").read_bytes().count(b"\r") == 0


# --- Reading: files that the tests make ---


@pytest.mark.parametrize(
    ("content", "columns", "notes"),
    [
        pytest.param("a,b\r\n1,x\r\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}, [], id="line ends of Windows"),
        pytest.param("a,b\n1,x\n2,y", {"a": [1, 2], "b": ["x", "y"]}, [], id="no last line end"),
        pytest.param("price\n3\n4\n", {"price": [3, 4]}, [], id="one column of numbers"),
        pytest.param("name\nAda\nBob\n", {"name": ["Ada", "Bob"]}, [], id="one column of text"),
        pytest.param("text\nred, and blue\nred\nno, never\n", {"text": ["red, and blue", "red", "no, never"]}, [], id="commas in sentences"),
        pytest.param("text\nred\n|\ta\n", {"text": ["red", "|\ta"]}, [], id="separators in the last line alone"),
        pytest.param("preis\n3,75\n2,50\n", {"preis": [3.75, 2.5]}, ["`3,75` is read as `3.75`"], id="one column with decimal commas"),
        pytest.param("a,b\n1,x\n", {"a": [1], "b": ["x"]}, [], id="one row"),
        pytest.param("a,b\n\n1,x\n\n", {"a": [1], "b": ["x"]}, [], id="blank lines"),
        pytest.param("a\n1\n\n2\n", {"a": [1, 2]}, ["1 row that is blank was left out: line 3."], id="blank line in one column"),
        pytest.param("a,b,\n1,x,\n2,y,\n", {"a": [1, 2], "b": ["x", "y"]}, [], id="separators at the end"),
        pytest.param("a,b\n1,x\na,b\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, ["with the names once more was left out: line 3"],
                     id="names repeated"),
        pytest.param("sep=;\na;b\n1;x\n", {"a": [1], "b": ["x"]}, ["Line 1 names the separator, `;`."], id="sep="),
        pytest.param('a, b\n1, "x, y"\n2, z\n', {"a": [1, 2], "b": ["x, y", "z"]}, ["Blanks between separators"], id="blank and quote"),
        pytest.param("a,b\n x,1\ny ,2\nz,3\n", {"a": ["x", "y", "z"], "b": [1, 2, 3]}, ["taken off, in 2 cells"], id="blanks around"),
        pytest.param("ort;n\nA;1.234\nB;2.500\nC;12,5\n", {"ort": ["A", "B", "C"], "n": [1234, 2500, 12.5]},
                     ["semicolons", "`12,5` is read as `12.5`"], id="German thousands, certain"),
        pytest.param("ort;n;m\nA;1.234;0,5\nB;2.500;1,5\n", {"ort": ["A", "B"], "n": [1234, 2500], "m": [0.5, 1.5]},
                     ["semicolons", "`0,5` is read as `0.5`", "`1.234` is read as `1234`: point or comma are taken for thousands"],
                     id="German thousands, by the rest of the file"),
        pytest.param('a,b\n"1,234",0.5\n"2,500",1.5\n', {"a": [1234, 2500], "b": [0.5, 1.5]},
                     ["`1,234` is read as `1234`: point or comma are taken for thousands"], id="English thousands"),
        pytest.param("a;b\n1.234;0.5\n2.345;1.5\n", {"a": [1.234, 2.345], "b": [0.5, 1.5]}, ["semicolons"], id="semicolons and points"),
        pytest.param("a;b\n1.234;x\n2.345;y\n", {"a": [1234, 2345], "b": ["x", "y"]},
                     ["semicolons", "`1.234` is read as `1234`: point or comma"], id="semicolons, and nothing certain"),
        pytest.param("a;b\n1,234;0,5\n2,345;1,5\n", {"a": [1.234, 2.345], "b": [0.5, 1.5]},
                     ["semicolons", "`0,5` is read as `0.5`", "`1,234` is read as `1.234`: the comma is taken for decimals"],
                     id="a decimal comma, by the rest of the file"),
        pytest.param("id|a,b\n1|2,3\n4|5,6\n", {"id": [1, 4], "a,b": [2.3, 5.6]}, ["bars", "`2,3` is read as `2.3`"], id="commas in cells"),
        pytest.param('name\n""\n""\n0|\n', {"name": ["", "", "0|"]}, [], id="a bar in the last cell"),
        pytest.param("p,n\nUSD 5,1\nZoo 3,2\n", {"p": ["USD 5", "Zoo 3"], "n": [1, 2]}, [], id="a currency and a word"),
        pytest.param("p,n\n12 kg,1\n13,2\n", {"p": ["12 kg", "13"], "n": [1, 2]}, ["different units, `kg and none`"], id="a unit, and none"),
        pytest.param("p,n\n1st,1\n2nd,2\n", {"p": ["1st", "2nd"], "n": [1, 2]}, [], id="ordinals"),
        pytest.param("t,n\n+4930123456,1\n+4940999999,2\n", {"t": ["+4930123456", "+4940999999"], "n": [1, 2]}, ["formula"], id="telephones"),
        pytest.param("d,n\n01.02.2007,1\n03.04.2008,2\n", {"d": ["2007-02-01T00:00:00", "2008-04-03T00:00:00"], "n": [1, 2]},
                     ["day first"], id="points between day and month"),
        pytest.param("a,b\n1.234,x\n2.345,y\n", {"a": [1.234, 2.345], "b": ["x", "y"]}, [], id="three decimals"),
        pytest.param("a\n1 234 567\n12\n", {"a": [1234567, 12]}, [], id="blanks between thousands"),
        pytest.param("a,b\n1e-12,1\n-2.5E+12,2\n.5,3\n+7.,4\n", {"a": [1e-12, -2.5e12, 0.5, 7], "b": [1, 2, 3, 4]}, [], id="exponents"),
        pytest.param("a,b\n\u22123,x\n4,y\n", {"a": [-3, 4], "b": ["x", "y"]}, [], id="a typesetter's minus"),
        pytest.param("a,b\nyes,TRUE\nno,FALSE\n", {"a": ["yes", "no"], "b": ["TRUE", "FALSE"]}, [], id="yes and no stay text"),
        pytest.param("country,2019,2020\nA,1,2\nB,3,4\n", {"country": ["A", "B"], "2019": [1, 3], "2020": [2, 4]}, [], id="years as names"),
        pytest.param("1,2\n3,4\n5,6\n", {"1": [3, 5], "2": [4, 6]}, ["taken for the names of the columns, though"], id="1 and 2 as names"),
        pytest.param("5,2\n3,4\n5,6\n", {"column 1": [5, 3, 5], "column 2": [2, 4, 6]}, ["looks like data"], id="numbers without names"),
        pytest.param("5,6\n3,4\n7,8\n", {"column 1": [5, 3, 7], "column 2": [6, 4, 8]}, ["looks like data"], id="5 and 6 are no names"),
        pytest.param("yes,red\nno,blue\nyes,red\nno,red\n", {"column 1": ["yes", "no"] * 2, "column 2": ["red", "blue", "red", "red"]},
                     ["looks like data"], id="texts without names"),
        pytest.param("city,2020\nUlm,5\nBonn,6\nUlm,7\nBonn,8\n", {"city": ["Ulm", "Bonn"] * 2, "2020": [5, 6, 7, 8]}, [],
                     id="one year as a name"),
        pytest.param('"a","b"\n"r1",5,6\n"r2",7,8\n', {"column 1": ["r1", "r2"], "a": [5, 7], "b": [6, 8]},
                     ["one name less", "called `column 1`"], id="names of rows without a name"),
        pytest.param("# a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, [], id="names behind a #"),
        pytest.param("n\n12\n0x1F\n", {"n": ["12", "0x1F"]}, ["50% of its cells are numbers or dates, and line 3 says `0x1F`"], id="hexadecimal"),
        pytest.param("n,m\n1e999,1\n2,2\n", {"n": ["1e999", "2"], "m": [1, 2]}, [], id="beyond float64"),
        pytest.param("n,m\ninf,1\n2,2\n3,3\n", {"n": ["inf", "2", "3"], "m": [1, 2, 3]}, ["line 2 says `inf`"], id="infinity"),
        pytest.param("d,m\n2024-02-30,1\n2024-01-01,2\n", {"d": ["2024-02-30", "2024-01-01"], "m": [1, 2]}, [], id="no such day"),
        pytest.param("d,m\n11/24/2024 1:05 PM,1\n1/2/2024 12:00 AM,2\n", {"d": ["2024-11-24T13:05:00", "2024-01-02T00:00:00"], "m": [1, 2]},
                     ["month first"], id="twelve hours"),
        pytest.param("d,m\n2024-01-01 10:00:00.75,1\n2024-01-02,2\n", {"d": ["2024-01-01T10:00:00", "2024-01-02T00:00:00"], "m": [1, 2]},
                     ["parts of a second are left out, `2024-01-01 10:00:00.75`"], id="parts of a second"),
        pytest.param("d,m\n11/24/2024 13:05 PM,1\n1/2/2024 1:00 AM,2\n", {"d": ["11/24/2024 13:05 PM", "1/2/2024 1:00 AM"], "m": [1, 2]},
                     [], id="no hour of twelve"),
        pytest.param("v,m\n1.2.3,1\n1.10.0,2\n", {"v": ["1.2.3", "1.10.0"], "m": [1, 2]}, [], id="versions are no dates"),
        pytest.param("s,n\n-,1\n+,2\n-,3\n", {"s": ["-", "+", "-"], "n": [1, 2, 3]}, [], id="minus beside plus is a value"),
    ],
)  # fmt: skip
def test_a_file_is_read(put, content, columns, notes):
    assert_reads(put(content), columns, notes)


def test_utf_16_without_a_mark_is_noticed(put):
    table = tables.read(put("name\tn\nTee\t1\nRum\t2\n", encoding="utf-16-be"))
    assert plain(table.columns["name"]) == ["Tee", "Rum"]
    assert table.notes[0] == "The file is read as UTF-16, which it does not say itself."


def test_a_letter_that_lies_across_two_blocks_is_no_damage(put):
    head = "name,n\n" + "plain,1\n" * (tables.BLOCK // 8 - 2)
    path = put(head + "x" * (tables.BLOCK - 1 - len(head)) + "ä,1\nb,2\n")
    table = tables.read(path, most_rows=1_000_000)
    assert table.columns["name"][-2].endswith("xä") and table.notes == ()


def test_a_file_that_ends_within_a_letter_is_damaged(put):
    table = tables.read(put(("name,n\n" + "Köln,1\n" * 7 + "B").encode() + b"\xc3"))
    assert plain(table.columns["name"])[-2:] == ["Köln", "B\ufffd"]
    assert "UTF-8, and damaged" in table.notes[0]


@pytest.mark.parametrize(
    ("encoding", "words"), [("cp1250", ["Łódź", "Kraków", "Poznań"]), ("shift_jis", ["東京", "大阪"])]
)
def test_other_encodings_are_guessed(put, encoding, words):
    table = tables.read(put("a;n\n" + "".join(f"{word};1\n" for word in words), encoding=encoding))
    assert plain(table.columns["a"]) == words and "This is a guess" in table.notes[0]


def test_a_windows_letter_far_down_in_the_file_is_read_rightly(put):
    table = tables.read(put(b"name,n\n" + b"plain,1\n" * 20_000 + "Köln,2\n".encode("cp1252")))
    assert table.columns["name"][-1] == "Köln" and "Windows-1252" in table.notes[0]


def test_a_thousand_columns(put):
    names = [f"c{place}" for place in range(1000)]
    rows = [[str(place * row) for place in range(1000)] for row in range(3)]
    table = tables.read(put("\n".join(map(",".join, [names, *rows]))))
    assert list(table.columns) == names
    assert plain(table.columns["c999"]) == [0, 999, 1998]


def test_lines_are_those_of_the_file_where_cells_have_line_breaks(put):
    table = tables.read(put('# title\na,b\n1,"x\ny\nz"\n\n2,w\n'))
    assert table.lines.tolist() == [3, 7]


def test_left_out_rows_are_counted_and_the_first_are_named(put):
    table = tables.read(put("a,b\n" + "1,x\n" * 10 + "1,2,3\n" * 5 + "2,y\n" * 10))
    assert table.notes == ("5 rows with more cells than there are columns were left out: lines 12, 13, 14 and 2 more.",)
    assert table.rows == 20


def test_one_long_cell_does_not_blow_a_column_up(put):
    rows = 2_000
    table = tables.read(put("a,b\n" + "x,1\n" * rows + f"{'y' * 100_000},2\n"))
    assert table.columns["a"].nbytes < 4 * tables.WIDEST_ARRAY / 10
    assert table.columns["a"][0] == "x" and len(table.columns["a"][-1]) == 100_000
    assert tables.findings(table, "b") is not None


def test_many_columns_of_long_texts_do_not_blow_the_table_up(put, monkeypatch):
    monkeypatch.setattr(tables, "ALL_TEXT", 40_000)
    path = put("a,b\n" + f"x,{'y' * 30}\n" * 200)
    table = tables.read(path)
    assert table.columns["a"].dtype == "<U1" and table.columns["b"].dtype == np.dtypes.StringDType()
    assert set(table.columns["b"].tolist()) == {"y" * 30}


def test_the_repr_is_short(put):
    assert repr(tables.read(put("a,b\n1,\xe4\n", encoding="latin-1"))) == "Table(1 row, 2 columns, 1 note)"


# --- A long file ---


def test_of_a_long_file_a_sample_is_kept_in_its_order(put):
    path = put("a,b\n" + "".join(f"{number},x\n" for number in range(5_000)))
    table = tables.read(path, most_rows=500)
    numbers = table.columns["a"]
    assert table.rows == len(set(numbers.tolist())) == 500
    assert (np.diff(numbers) > 0).all() and (table.lines == numbers + 2).all()
    assert table.notes == ("The file has 5,000 rows; 500 of them are kept, drawn at random (the same ones each time) and in the file's order.",)
    np.testing.assert_array_equal(numbers, tables.read(path, most_rows=500).columns["a"])
    tenths = np.histogram(numbers, bins=10, range=(0, 5_000))[0]
    assert tenths.min() > 25 and tenths.max() < 80  # 50 each, and seven standard deviations


@pytest.mark.parametrize(("most_bytes", "kept"), [(10**9, 10), (8 * sys.getsizeof("x") + 1, 4)])
def test_each_row_is_equally_likely(most_bytes, kept):
    hits = np.zeros(40)
    for seed in range(2_000):
        sample = tables._Reservoir(10, most_bytes)
        sample._random.seed(seed)
        for line in range(40):
            sample.add(line, "x")
        assert len(sample.rows) == kept
        hits[[line for line, _ in sample.rows]] += 1
    assert abs(hits - 50 * kept).max() < 100  # about five standard deviations


def test_a_file_with_as_many_rows_as_allowed_is_kept_whole(put):
    table = tables.read(put("a,b\n" + "1,x\n" * 7), most_rows=7)
    assert table.rows == 7 and table.notes == ()


def test_long_rows_are_kept_within_bytes(put, monkeypatch):
    monkeypatch.setattr(tables, "KEPT_BYTES", 100_000)
    table = tables.read(put("a,b\n" + "".join(f"{number},{'x' * 1_000}\n" for number in range(300))))
    assert 40 <= table.rows <= 100 and (np.diff(table.columns["a"]) > 0).all()
    assert "kept, because they are long, drawn at random" in table.notes[0]


CHILD = """
import sys, threading, time, psutil
from companion import tables
process = psutil.Process()
before, most = process.memory_info().rss, [0]
def watch():
    while True:
        most[0] = max(most[0], process.memory_info().rss)
        time.sleep(0.01)
threading.Thread(target=watch, daemon=True).start()
table = tables.read(sys.argv[1])
print(table.rows, len(table.columns), (most[0] - before) // 1_000_000)
"""


def test_a_large_file_takes_bounded_memory(put):
    row = ",".join(["0.123456,some text"] * 10) + "\n"
    path = put(",".join(f"c{place}" for place in range(20)) + "\n" + row * 300_000)
    assert path.stat().st_size > 55_000_000
    command = [sys.executable, "-W", "error", "-c", CHILD, str(path)]
    environment = os.environ | {"PYTHONPATH": str(Path(tables.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    rows, columns, megabytes = map(int, done.stdout.split())
    assert (rows, columns) == (100_000, 20)
    assert megabytes < 400


# --- What is no table ---


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        pytest.param(b"", ["an empty file"], id="empty"),
        pytest.param(b"\n\n  \n", ["nothing but blanks"], id="blank"),
        pytest.param(b"\xef\xbb\xbf", ["expected a line of names"], id="mark alone"),
        pytest.param(b"a,b\n,\n,\n", ["a line of names"], id="names and blanks"),
        pytest.param(zipped(xl__workbook="x"), ["an Excel workbook", "save it as CSV"], id="Excel"),
        pytest.param(zipped(table="a,b"), ["a zip archive", "shutil.unpack_archive"], id="zip"),
        pytest.param(zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), ["a LibreOffice document"], id="LibreOffice"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ["an old Excel workbook"], id="old Excel"),
        pytest.param(gzip.compress(b"a,b\n1,2\n"), ["a gzip archive", "gzip.open"], id="gzip"),
        pytest.param(b"%PDF-1.7\n", ["a PDF", "spreadsheet"], id="PDF"),
        pytest.param(b"<html><body>", ["a web page", "download button"], id="web page"),
        pytest.param(b'<?xml version="1.0"?><a/>', ["an XML file"], id="XML"),
        pytest.param(b'{"rows": [1, 2]}', ["JSON", "read_json"], id="JSON"),
        pytest.param(b'[{"a": 1}]', ["JSON"], id="a list in JSON"),
        pytest.param(b"\x80\x04\x95abc", ["a pickle, which can run any code"], id="pickle"),
        pytest.param(np.random.default_rng(0).bytes(3_000), ["no text"], id="noise"),
        pytest.param(b'a,b\n1,"' + b"x" * 200_000 + b"\n", ["never closed, or a cell of more than 131,072", "line 1 or the one after"], id="a cell that never ends"),
        pytest.param(b"x" * 6_000_000, ["lines of less than 5,000,000 characters"], id="a line that never ends"),
        pytest.param(b",".join(b"%d" % number for number in range(20_000)) + b"\n1\n", ["at most 10,000 columns"], id="too many columns"),
    ],
)
def test_what_is_no_table_is_refused(put, content, pieces):
    message = read_error(put(content))
    assert message.startswith("table.csv: expected")
    for piece in pieces:
        assert piece in message


def test_brackets_at_the_beginning_are_not_json_yet(put):
    assert list(tables.read(put("[id],name\n1,x\n2,y\n")).columns) == ["[id]", "name"]


def test_a_path_that_leads_nowhere(tmp_path):
    (tmp_path / "penguins.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "There is `penguins.csv`: look at the spelling." in read_error(tmp_path / "pengiun.csv", FileNotFoundError)
    assert "look at its name and folder" in read_error(tmp_path / "weather.csv", FileNotFoundError)
    assert "is not there either" in read_error(tmp_path / "no" / "x.csv", FileNotFoundError)
    assert "without `~`" in read_error("~/table.csv", FileNotFoundError)
    assert "received a folder. It holds `penguins.csv`." in read_error(tmp_path)
    assert "Download it first" in read_error("https://example.org/table.csv")
    assert "an empty text" in read_error("  ")
    assert "which is not there" in read_error("a\0b", FileNotFoundError)


def test_arguments_of_the_wrong_kind(put):
    path = put("a,b\n1,2\n")
    for wrong in (3, None, b"table.csv", ["table.csv"]):
        assert "expected the path of a CSV file, received" in read_error(wrong, TypeError)
    for wrong in (1.5, "10", True, None):
        assert "most_rows: expected a whole number" in read_error(path, TypeError, most_rows=wrong)
    assert "most_rows: expected 1 or more, received 0" in read_error(path, most_rows=0)
    assert tables.read(str(path)).rows == 1


@pytest.mark.skipif(not POSIX or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(put):
    path = put("a,b\n1,2\n")
    path.chmod(0)
    assert "expected a file that can be read" in read_error(path)


def test_a_file_that_fails_while_it_is_read(put, monkeypatch):
    def fail(self, *arguments, **options):
        raise OSError(5, "Input/output error")

    path = put("a,b\n1,2\n")
    monkeypatch.setattr(Path, "open", fail)
    assert "received: [Errno 5] Input/output error. Look at its permissions." in read_error(path)


@pytest.mark.skipif(not POSIX, reason="Windows has no such file")
def test_a_device_is_not_read():
    assert "received a device" in read_error(os.devnull)


# --- Anything at all ---

LETTERS = st.text(alphabet="ab12,;.\t|\"'\n\r -/:€ä%=\0", max_size=120)
BYTES = st.one_of(st.binary(max_size=200), LETTERS.map(str.encode), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))


@RESTLESS
@given(BYTES)
def test_any_bytes_are_a_table_or_are_refused(put, content):
    path = put(content)
    try:
        table = tables.read(path)
    except ValueError as error:
        assert "expected" in str(error) or "cannot be read" in str(error)
        return
    assert table.rows == len(table.lines) > 0
    assert all(len(values) == table.rows for values in table.columns.values())
    for target in list(table.columns)[:2]:
        assert set(kinds(tables.findings(table, target))) <= set(tables.KINDS)


# No control characters, which are no text, and nothing that Unicode has not given out.
CELLS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cn", "Cc"], include_characters="\n\r\t"), max_size=12),
    st.sampled_from(["1", "2.5", "NA", "", "-", "a", "b c", '"q"', "x\ny", "3,5"]),
)


@RESTLESS
@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=4, max_size=8)))
def test_what_the_csv_module_writes_is_read_back_or_told(put, rows):
    names = [f"name_{place}" for place in range(len(rows[0]))]
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([names, *rows])
    path = put(stream.getvalue())
    if not any(cell.strip() for row in rows for cell in row):
        return
    table = tables.read(path)
    if table.notes:
        return
    assert list(table.columns) == names
    for place, values in enumerate(table.columns.values()):
        for value, cell in zip(values.tolist(), [row[place].strip() for row in rows], strict=True):
            if values.dtype.kind == "f":
                assert value == float(cell.replace("\u2212", "-")) if cell else np.isnan(value)
            elif values.dtype.kind != "M":
                assert value == cell


COLUMNS = st.one_of(
    st.lists(st.one_of(st.floats(), st.integers(-3, 3).map(float)), min_size=30, max_size=30).map(np.array),
    st.lists(st.integers(-5, 5), min_size=30, max_size=30).map(np.array),
    st.lists(st.booleans(), min_size=30, max_size=30).map(np.array),
    st.lists(st.sampled_from(["", "a", "b", "12", "3 x y z w", "2024-01-01"]), min_size=30, max_size=30).map(np.array),
    st.lists(st.datetimes(), min_size=30, max_size=30).map(lambda dates: np.array(dates, "datetime64[s]")),
    st.just(np.full(30, np.datetime64("NaT", "s"))), st.just(np.full(30, np.nan)), st.just(np.full(30, 1e308)),
)  # fmt: skip


@RESTLESS
@given(st.lists(COLUMNS, min_size=1, max_size=5), st.integers(0, 4))
def test_findings_of_any_table(capsys, columns, target):
    table = tables.Table({f"c{place}": values for place, values in enumerate(columns)}, 30)
    found = tables.findings(table, f"c{target % len(columns)}")
    places = [tables.KINDS.index(each.kind) for each in found]
    assert places == sorted(places)
    assert all(each.column in table.columns or each.column == "" for each in found)
    tables.show(table, found)
    assert "30 rows" in capsys.readouterr().out


def test_findings_of_a_table_without_rows():
    found = tables.findings(table_of(a=np.zeros(0), b=np.zeros(0, "U1")), "a")
    assert set(kinds(found)) <= {"target", "missing"}


# --- Findings: the course's own tables ---


@pytest.fixture(scope="module")
def field_notes():
    return tables.read(datasets.path("penguin_field_notes.csv"))


@pytest.fixture(scope="module")
def penguins():
    return tables.read(datasets.path("penguins.csv"))


@pytest.fixture(scope="module")
def bikes():
    return tables.read(datasets.path("bike_rentals.csv"))


def test_the_field_notes_are_read(field_notes):
    assert repr(field_notes) == "Table(344 rows, 17 columns, 1 note)"
    dtypes = {name: values.dtype.kind for name, values in field_notes.columns.items()}
    assert [name for name, kind in dtypes.items() if kind == "M"] == ["Date Egg"]
    assert [name for name, kind in dtypes.items() if kind == "f"] == [
        "Sample Number", "Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)", "Body Mass (g)",
        "Delta 15 N (o/oo)", "Delta 13 C (o/oo)",
    ]  # fmt: skip
    assert field_notes.columns["Stage"][0] == "Adult, 1 Egg Stage"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Sex", ["target", "id", "id", "missing", "constant", "dates", "wide"]),
        ("Species", ["id", "id", "order", "missing", "constant", "dates", "wide"]),
        ("Clutch Completion", ["leak", "id", "id", "unbalanced", "missing", "constant", "dates", "wide"]),
        ("Body Mass (g)", ["target", "id", "id", "missing", "constant", "dates"]),
    ],
)
def test_what_is_found_in_the_field_notes(field_notes, target, expected):
    found = tables.findings(field_notes, target)
    assert kinds(found) == expected
    assert [each.column for each in found if each.kind == "id"] == ["Sample Number", "Individual ID"]
    assert "`Region` and `Stage`" in only(found, "constant").text
    assert "Leave `Comments` out first, where more than half is missing, and 324 would be left" in only(found, "missing").text


def test_the_remarks_leak_whether_the_clutch_was_complete(field_notes):
    found = tables.findings(field_notes, "Clutch Completion")
    leak, unbalanced = only(found, "leak"), only(found, "unbalanced")
    assert leak.column == "Comments"
    assert "99.4 % of rows that the rule was not made from; the commonest answer alone is right in 90 %" in leak.text
    assert "`Yes` is the answer in 308 of 344 rows (90 %)" in unbalanced.text


def test_rows_without_an_answer_are_left_out_of_the_figures(field_notes):
    found = tables.findings(field_notes, "Sex")
    assert "missing in 11 of 344 rows" in only(found, "target").text and "leaves 333" in only(found, "target").text
    assert "`Delta 15 N (o/oo)` (9)" in only(found, "missing").text and "of 333 rows" in only(found, "missing").text


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("species", ["order", "missing", "wide"]), ("sex", ["target", "wide"]), ("island", ["missing", "wide"]),
        ("body_mass_g", ["target", "missing"]), ("bill_length_mm", ["target", "missing", "wide"]),
    ],
)  # fmt: skip
def test_nothing_untrue_is_said_of_the_penguins(penguins, target, expected):
    assert kinds(tables.findings(penguins, target)) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("bikers", ["leak", "wide"]), ("registered", ["leak", "wide"]), ("weather", ["rare", "unbalanced", "wide"]),
        ("working_day", ["unbalanced", "wide"]), ("humidity", ["wide"]),
    ],
)  # fmt: skip
def test_nothing_untrue_is_said_of_the_bicycles(bikes, target, expected):
    assert kinds(tables.findings(bikes, target)) == expected


def test_the_parts_of_the_bicycles_are_found(bikes):
    leak = only(tables.findings(bikes, "bikers"), "leak")
    assert "`casual` + `registered` is `bikers`, in every row" in leak.text
    assert "`bikers` − `casual` is `registered`" in only(tables.findings(bikes, "registered"), "leak").text
    assert "`heavy rain/snow` (1)" in only(tables.findings(bikes, "weather"), "rare").text


# --- Findings: one at a time ---

RANDOM = np.random.default_rng(7)
N = 400
CLASSES = RANDOM.permutation(np.repeat(["no", "yes"], N // 2))
AMOUNTS = RANDOM.normal(50, 10, N)
NOISE = RANDOM.normal(50, 10, N)
WORDS = RANDOM.choice(["red", "green", "blue"], N)


def found_in(target, **columns):
    return tables.findings(table_of(**{"noise": NOISE, "words": WORDS, "answer": target, **columns}), "answer")


def test_nothing_is_found_where_nothing_is():
    assert found_in(CLASSES) == [] and found_in(AMOUNTS) == []


def with_gaps(values, where):
    return np.where(where, np.nan, values)


@pytest.mark.parametrize(
    ("target", "column", "piece"),
    [
        pytest.param(CLASSES, np.where(CLASSES == "yes", "J", "N"), "100 %", id="the class in other words"),
        pytest.param(CLASSES, (CLASSES == "yes") * 1.0, "100 %", id="the class as a number"),
        pytest.param(CLASSES, np.where(CLASSES == "yes", NOISE + 100, NOISE), "alone tells", id="two ranges"),
        pytest.param(CLASSES, with_gaps(NOISE, CLASSES == "yes"), "Whether `column` is missing tells", id="a gap tells it"),
        pytest.param(CLASSES, np.where(CLASSES == "yes", "", WORDS), "Whether `column` is missing tells", id="a gap in texts"),
        pytest.param(AMOUNTS, AMOUNTS * 2.54 + 7, "explains 100 %", id="in other units"),
        pytest.param(AMOUNTS, AMOUNTS * 1e6, "explains 100 %", id="in millionths"),
        pytest.param(AMOUNTS, AMOUNTS + RANDOM.normal(0, 0.5, N), "explains 99.", id="nearly the same"),
        pytest.param(np.repeat(AMOUNTS[:8], 50)[RANDOM.permutation(N)] + 0.5, None, "explains 100 %", id="a text for each amount"),
    ],
)
def test_a_column_that_tells_the_answer_is_found(target, column, piece):
    column = np.array([f"level {np.unique(target).searchsorted(value)}" for value in target]) if column is None else column
    found = found_in(target, column=column)
    assert kinds(found) == ["leak"] + ["missing"] * ("missing" in piece)  # what is to be left out needs nothing else
    assert found[0].column == "column" and piece in found[0].text


@pytest.mark.parametrize(
    ("target", "column"),
    [
        pytest.param(CLASSES, np.where(RANDOM.random(N) < 0.9, CLASSES, "no"), id="strong, not perfect"),
        pytest.param(CLASSES, NOISE + 20 * (CLASSES == "yes"), id="two ranges that overlap"),
        pytest.param(AMOUNTS, AMOUNTS + RANDOM.normal(0, 4, N), id="correlated"),
        pytest.param(CLASSES, np.array([f"visitor from {number}" for number in RANDOM.integers(0, 250, N)]), id="many values"),
    ],
)
def test_an_honest_column_is_no_leak(target, column):
    assert "leak" not in kinds(found_in(target, column=column))


def test_the_rule_of_a_text_is_tried_on_rows_that_it_was_not_made_from():
    groups = np.array([0, 0, 0, 1, 1, 0, 0, 1, 1, 2])
    classes = np.array([1, 1, 0, 2, 2, 1, 1, 2, 0, 1])
    # Of the first half: 0 → 1, 1 → 2; group 2 is new and gets the commonest class, of 1 and 2 the first: right in 4 of 5.
    # Of the second half: 0 → 1, and of the two classes of group 1 the last: right in 4 of 5.
    assert tables._accuracy(groups, classes) == (0.8, 0.5)
    alone = tables._accuracy(np.arange(10), np.array([1, 1, 1, 0, 1, 1, 1, 1, 0, 1]))
    assert alone == (0.8, 0.8)


def test_a_rare_class_that_is_told_is_found_though_nearly_all_are_the_other():
    target = np.array(["ok"] * 380 + ["broken"] * 20)[RANDOM.permutation(N)]
    assert only(found_in(target, column=np.where(target == "broken", "sent back", "")), "leak").column == "column"


@pytest.mark.parametrize(
    ("make", "sign"), [(lambda a, b: a + b, "+"), (lambda a, b: a - b, "−"), (lambda a, b: a * b, "×")], ids=["sum", "difference", "product"]
)
def test_two_columns_that_make_the_answer_are_found(make, sign):
    price, pieces = RANDOM.uniform(1, 90, N).round(2), RANDOM.integers(1, 90, N)
    found = found_in(make(price, pieces), price=price, pieces=pieces)
    assert f"`price` {sign} `pieces` is `answer`, in every row" in only(found, "leak").text
    made = make(price, pieces)
    made[np.random.default_rng(tables.SEED).permutation(N)[:3]] += 5  # some of those that are looked at first
    assert "is `answer`, in 99.2 % of the rows" in only(found_in(made, price=price, pieces=pieces), "leak").text
    made = make(price, pieces)
    made[::20] += 5
    assert "leak" not in kinds(found_in(made, price=price, pieces=pieces))


def test_columns_that_make_the_answer_need_no_other_finding():
    first, second = RANDOM.normal(size=N) * 1e6, RANDOM.normal(size=N) * 1e6
    assert kinds(found_in(first + second, first=first, second=second)) == ["leak"]


def test_a_leak_is_found_in_a_sorted_file():
    target = np.sort(CLASSES)
    assert kinds(found_in(target, column=np.where(target == "yes", "J", "N"))) == ["leak", "order"]


@pytest.mark.parametrize(
    ("name", "column", "piece"),
    [
        pytest.param("row", np.arange(1.0, N + 1), "counts the rows: `1`, `2`, `3` and so on", id="a counter"),
        pytest.param("row", np.tile(np.arange(1.0, 201), 2), "counts the rows", id="a counter that begins anew"),
        pytest.param("customer_id", RANDOM.permutation(10_000)[:N] * 1.0, "400 different numbers in 400 rows", id="numbers named id"),
        pytest.param("who", np.array([f"Ann{n}" for n in range(N)]), "400 different texts in 400 rows, such as `Ann0`", id="names"),
        pytest.param("orderKey", np.array([f"k{n * 2 // 3}" for n in range(N)])[RANDOM.permutation(N)], "267 different texts", id="half of them"),
    ],
)
def test_a_column_that_names_its_rows_is_found(name, column, piece):
    finding = only(found_in(CLASSES, **{name: column}), "id")
    assert finding.column == name and piece in finding.text


@pytest.mark.parametrize(
    ("name", "column"),
    [
        pytest.param("price", RANDOM.permutation(10_000)[:N] * 1.0, id="amounts that all differ"),
        pytest.param("customer_id", NOISE, id="no whole numbers"),
        pytest.param("year", np.arange(1800.0, 1800 + N), id="years"),
        pytest.param("hour", np.tile(np.arange(24.0), 17)[:N], id="hours"),
        pytest.param("idea", np.array([f"k{n // 2}" for n in range(N)]), id="a name that only begins like id"),
        pytest.param("plan_code", RANDOM.choice(["A1", "B2", "C3"], N), id="few codes"),
        pytest.param("remark", np.array([f"this is sentence {n}" for n in range(N)]), id="sentences"),
    ],
)
def test_what_names_no_rows_is_no_id(name, column):
    assert "id" not in kinds(found_in(CLASSES, **{name: column}))


def test_constants_and_empty_columns():
    found = found_in(CLASSES, same=np.ones(N), empty=np.full(N, np.nan), nothing=np.full(N, ""), half=with_gaps(np.ones(N), CLASSES == "no"))
    assert only(found, "constant").column == "same" and "`half`" not in only(found, "constant").text
    empty = next(each for each in found if each.kind == "missing")
    assert "`empty` and `nothing` have no value in any row" in empty.text


def test_missing_values_are_counted():
    gaps = np.arange(N) < 100
    most = np.arange(N) >= 40
    shuffled = RANDOM.permutation(N)
    found = found_in(CLASSES, a=with_gaps(NOISE, gaps[shuffled]), b=np.where(most[shuffled], "", WORDS))
    text = only(found, "missing").text
    assert "2 columns: `b` (360) and `a` (100)" in text and "would leave none of 400 rows" in text
    assert "Leave `b` out first, where more than half is missing, and 300 would be left." in text


def test_mixed_columns_say_the_first_odd_cell(put):
    table = tables.read(put("a,b,c\n1,x,2024-01-01\ntwo,x,soon\n3,y,2024-01-03\n4,y,2024-01-04\nfive,x,2024-01-05\n"))
    found = [each for each in tables.findings(table, "b") if each.kind == "mixed"]
    assert [each.column for each in found] == ["a", "c"]
    assert "looks like a number in 60 % of its cells, and not in 2: line 3 says `two`" in found[0].text
    assert "looks like a date in 80 % of its cells, and not in 1: line 3 says `soon`" in found[1].text
    assert "mixed" not in kinds(found_in(CLASSES, column=np.array(["01067", "99999"] * 200)))


@pytest.mark.parametrize("value", [-999, 999, 9999, -99])
def test_numbers_that_stand_for_a_gap_are_found(value):
    column = np.where(np.arange(N) % 40 == 0, value, np.clip(NOISE, 20, 80).round(1))
    finding = only(found_in(CLASSES, column=column), "sentinel")
    assert f"`column` is {value:,} in 10 rows" in finding.text


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(RANDOM.integers(0, 1200, N).astype(float).clip(0, 999), id="the end of a range"),
        pytest.param(RANDOM.choice([99.0, 999.0], N), id="nothing else"),
        pytest.param(np.where(np.arange(N) < 3, 999, RANDOM.uniform(0, 600, N).round()), id="not far from the others"),
        pytest.param(RANDOM.uniform(0, 5000, N).round(), id="in the middle"),
    ],
)
def test_numbers_that_may_be_true_are_no_sentinels(column):
    assert "sentinel" not in kinds(found_in(CLASSES, column=column))


def test_doubled_rows_are_found(put):
    rows = [f"{number},{number * 7 % 13},x\n" for number in range(40)]
    table = tables.read(put("a,b,c\n" + "".join(rows) + rows[3] + rows[3] + rows[5]))
    finding = only(tables.findings(table, "b"), "doubled")
    assert finding.text.startswith("3 rows are equal to an earlier one in every column. The one of line 5 occurs 3 times.")
    few = table_of(a=RANDOM.integers(0, 2, N), answer=CLASSES)
    assert "doubled" not in kinds(tables.findings(few, "answer"))  # with few values rows are equal by chance
    swapped = table_of(a=np.array(["x", "y"] * 200), b=np.array(["y", "x"] * 200), answer=np.arange(N) * 1.5)
    assert "doubled" not in kinds(tables.findings(swapped, "answer"))


def test_a_sorted_target_is_found():
    assert "sorted by `answer`: equal answers" in only(found_in(np.sort(CLASSES)), "order").text
    assert "which rises from row to row" in only(found_in(np.sort(AMOUNTS)), "order").text
    assert "which falls" in only(found_in(np.sort(AMOUNTS)[::-1]), "order").text
    many = RANDOM.permutation(np.repeat([f"t{number:02}" for number in range(20)], 2))
    assert "order" not in kinds(tables.findings(table_of(answer=many), "answer"))
    blocks = np.repeat(np.tile(["a", "b"], 10), 20)  # twenty blocks are no sorted file
    assert "order" not in kinds(found_in(blocks))


def test_rare_and_unbalanced_classes():
    target = np.array(["a"] * 300 + ["b"] * 89 + ["c"] * 9 + ["d"] * 2)[RANDOM.permutation(N)]
    found = found_in(target)
    assert "2 classes have fewer than 10 rows: `d` (2) and `c` (9)" in only(found, "rare").text
    assert "`a` is the answer in 300 of 400 rows (75 %)" in only(found, "unbalanced").text
    half = np.array([""] * 250 + ["a"] * 100 + ["b"] * 50)[RANDOM.permutation(N)]
    assert "`a` is the answer in 100 of 150 rows (67 %)" in only(found_in(half), "unbalanced").text
    assert kinds(found_in(np.array(["a"] * 240 + ["b"] * 160)[RANDOM.permutation(N)])) == []


@pytest.mark.parametrize(
    ("target", "piece"),
    [
        pytest.param(np.full(N, np.nan), "missing in every row", id="no answer"),
        pytest.param(np.where(np.arange(N) < 8, "", CLASSES), "missing in 8 of 400 rows", id="some missing"),
        pytest.param(np.full(N, "yes"), "`yes` in every row", id="one answer"),
        pytest.param(np.datetime64("2024-01-01", "s") + RANDOM.permutation(N), "holds dates", id="dates"),
        pytest.param(np.array([f"t{number}" for number in range(N)]), "400 different texts", id="each its own"),
        pytest.param(RANDOM.integers(1, 6, N).astype(float), "5 different whole numbers, from 1 to 5", id="classes or amounts"),
    ],
)
def test_a_target_that_needs_a_decision(target, piece):
    finding = only(found_in(target), "target")
    assert piece in finding.text and finding.column == "answer"


@pytest.mark.parametrize("target", [CLASSES, AMOUNTS, RANDOM.choice([f"t{n}" for n in range(12)], N), (CLASSES == "yes") * 1.0, RANDOM.integers(0, 300, N).astype(float)])
def test_a_target_that_needs_none(target):
    assert "target" not in kinds(found_in(target))


def test_dates_texts_and_ranges():
    found = found_in(
        CLASSES,
        day=np.datetime64("2024-01-01", "s") + RANDOM.permutation(N),
        remark=RANDOM.choice([f"a sentence of five {number}" for number in range(90)], N),
        town=RANDOM.choice([f"t{number}" for number in range(80)], N),
        grams=NOISE * 1_000,
    )
    assert kinds(found) == ["dates", "text", "text", "wide"]
    assert "`day` holds dates" in found[0].text
    assert found[1].text.startswith("`remark` holds sentences") and "different texts in 400 rows" in found[2].text
    assert found[3].text.startswith("`grams` runs from")
    assert found_in(CLASSES, tenfold=NOISE * 10, towns=RANDOM.choice([f"t{number}" for number in range(30)], N)) == []


def test_few_rows():
    few = table_of(a=NOISE[:60], same=np.ones(60), answer=CLASSES[:60])
    assert "60 rows with an answer, and 1 column" in only(tables.findings(few, "answer"), "few").text
    many = {f"c{place}": RANDOM.normal(size=N) for place in range(45)}
    assert "400 rows with an answer, and 47 columns" in only(found_in(CLASSES, **many), "few").text


def test_the_names_of_a_target(bikes):
    with pytest.raises(ValueError, match="Did you mean `bikers`"):
        tables.findings(bikes, "Biker")
    with pytest.raises(ValueError, match="The columns are `season`, `month`, `day_of_year` and 12 more"):
        tables.findings(bikes, "xyz")
    with pytest.raises(TypeError, match="expected the name of a column, received the number `3`"):
        tables.findings(bikes, 3)
    with pytest.raises(TypeError, match="expected what `read` returned, received the dict"):
        tables.findings({"a": [1]}, "a")


# --- The message ---


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def count(self, tag, **attributes):
        return sum(name == tag and attributes.items() <= has.items() for name, has in self.tags)


@pytest.fixture
def shown(monkeypatch):
    said = []
    monkeypatch.setattr(tables.messages, "show", lambda page, text: said.append((Page(page), text)))

    def show(*arguments):
        tables.show(*arguments)
        return said.pop()

    return show


def test_a_table_is_shown(shown, field_notes):
    found = tables.findings(field_notes, "Clutch Completion")
    page, text = shown(field_notes, reversed(found))
    assert page.count("table") == page.count("caption") == 1
    assert page.count("th", scope="col") == 5 and page.count("th", scope="row") == 17
    assert page.count("ol") == 1 and page.count("li") == len(found) + len(field_notes.notes)
    lines = text.splitlines()
    assert lines[0] == "344 rows, 17 columns" and lines[1].split() == ["Column", "What", "it", "is", "Missing", "Different", "Example"]
    assert any(line.split() == ["Sex", "text", "11", "2", "MALE"] for line in lines)
    assert any(line.split() == ["Date", "Egg", "date", "0", "50", "2007-11-11"] for line in lines)
    assert lines.index("8 findings, the worst first:") == len(lines) - 9 and lines[-8].startswith("- leak: `Comments`")
    assert "- `NA` counts as missing, in 8 columns." in lines


def test_a_table_alone_is_shown_without_findings(shown):
    page, text = shown(table_of(a=np.array([1.0, np.nan]), b=np.array(["", ""])))
    assert page.count("ol") == page.count("ul") == 0
    assert text.splitlines()[2:] == ["a       number      1        1          1", "b       empty       2        0"]


def test_a_wide_table_is_shown_shortened(shown):
    table = table_of(**{f"c{place}": np.arange(3.0) for place in range(1000)})
    page, text = shown(table)
    assert page.count("th", scope="row") == 40
    assert "… and 960 more columns, not shown." in text


def test_many_findings_of_a_kind_are_shown_shortened(shown):
    found = [tables.Finding("leak", f"c{place}", f"`c{place}` tells.") for place in range(9)]
    page, text = shown(table_of(a=np.arange(3.0)), found)
    assert text.count("- leak: ") == 6 and "The like holds for `c5`, `c6`, `c7` and 1 more." in text
    assert page.count("li") == 6


def test_what_stands_in_a_file_is_no_markup(shown, put):
    table = tables.read(put("<b>x</b>,`y`,c\n<script>1</script>,z,\u202ev\nw,\x07v,x\n"))
    page, text = shown(table, tables.findings(table, "`y`"))
    assert page.count("script") == page.count("b") == 0
    assert "<script>1</script>" in page.texts and "\x07" not in text and "\u202e" not in text


def test_only_all_is_100_percent():
    shares = (0, 0.004, 0.5, 0.994, 0.99996, 1)
    assert [tables._percent(share) for share in shares] == ["0 %", "0.4 %", "50 %", "99.4 %", "99.9 %", "100 %"]


def test_what_cannot_be_shown():
    table = table_of(a=np.arange(3.0))
    for wrong in (None, {"a": 1}, "table.csv"):
        with pytest.raises(TypeError, match="expected what `read` returned"):
            tables.show(wrong)
    for wrong in ("leak", 3):
        with pytest.raises(TypeError, match="expected what `findings` returned"):
            tables.show(table, wrong)
    with pytest.raises(TypeError, match="expected findings, received the text `'leak'`"):
        tables.show(table, ["leak"])


@pytest.mark.parametrize("target", ["Sex", "Species", "Clutch Completion"])
def test_a_finding_has_at_most_five_sentences(field_notes, target):
    for finding in tables.findings(field_notes, target):
        assert finding.text.endswith(".") and finding.text.count(". ") <= 4
        assert not {"just", "simply", "obviously"} & set(finding.text.split())
