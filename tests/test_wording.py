"""How messages about the learner's own data are put."""

from companion import wording


def test_a_long_list_names_three_and_counts_the_others():
    assert [wording.listed("abcdefg"[:number]) for number in range(5)] == ["", "a", "a and b", "a, b and c", "a, b, c and 1 more"]
    assert wording.listed(str(number) for number in range(1_500)) == "0, 1, 2 and 1,497 more"


def test_words_agree_with_their_number():
    assert [wording.count(number, "row") for number in (0, 1, 1_000)] == ["0 rows", "1 row", "1,000 rows"]
    assert wording.count(2, "class", "classes") == "2 classes"
    assert [wording.it("a"), wording.it("ab"), wording.has("a"), wording.has("ab")] == ["it", "them", "has", "have"]
    assert [wording.findings(1), wording.findings(2_000)] == ["1 finding:", "2,000 findings, the worst first:"]


def test_a_table_stands_in_columns_and_ends_without_blanks():
    assert wording.table_as_text(("Label", "Class"), [("0", "cat"), ("10", "a dog")]) == ["Label  Class", "0      cat", "10     a dog"]


def test_a_table_as_html_is_escaped_and_names_its_rows():
    page = wording.table_as_html("two", ("Label", "Class"), [("0", "<b>")], names_in=1)
    assert page.count("<table>") == page.count("</table>") == 1 and page.count('scope="col"') == 2
    assert "&lt;b&gt;</th></tr>" in page and '<th scope="row"' in page and "<b>" not in page
    assert page.index("<caption") < page.index("<thead>") < page.index(">0</td>") < page.index("&lt;b&gt;")
