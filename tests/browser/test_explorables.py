"""Each explorable of the notebooks, in JupyterLab: run, moved by keyboard, looked at."""

import pytest

from browser.accessibility import findings
from browser.conftest import NOTEBOOKS
from browser.explorables import ExplorableOnPage, expected_stops, same, tab_stops
from browser.lab import OpenNotebook
from browser.sources import explorables_shown

pytestmark = pytest.mark.browser

SHOWN = {path.name: shown for path in NOTEBOOKS if (shown := explorables_shown(path))}


@pytest.fixture(scope="module", params=SHOWN)
def notebook(request, lab, browser):
    """A notebook that has been opened and run, as a learner does it: once for all its tests."""
    with OpenNotebook(lab, browser, request.param) as opened:
        opened.run_all()
        yield opened


@pytest.fixture
def explorables(notebook):
    """One after the other, those that it shows; afterwards nothing may have gone wrong, in the page or in the kernel."""
    yield (ExplorableOnPage(notebook, shown) for shown in SHOWN[notebook.name])
    assert notebook.problems() == []
    assert notebook.page.evaluate("window.pointed") == 0, "a mouse was used"


def test_a_notebook_runs_and_shows_its_explorables(notebook):
    """Run All has ended without an error, and each `show` has put its explorable on the page."""
    assert notebook.problems() == []
    for shown in SHOWN[notebook.name]:
        assert ExplorableOnPage(notebook, shown).root.is_visible()


def test_each_control_moves_by_keyboard_and_shows_what_it_does(explorables):
    for explorable in explorables:
        for control in explorable.controls:
            seen = move(explorable, control)
            if not shows_a_difference(seen):  # momentum means nothing to an optimizer without it
                start = explorable.ask("it.values")
                explorable.set_others(control)
                seen += move(explorable, control)
                explorable.set(start)
            same = f"{explorable.heading}, {control['label']}: the picture or the words stay as they are"
            assert shows_a_difference(seen), same


def test_no_barrier_is_found_in_a_live_explorable(explorables):
    for explorable in explorables:
        assert findings(explorable.page, explorable.root) == []


def move(explorable, control):
    """Move a control about; return what was seen on the way."""
    seen = [explorable.seen()]
    for expected, received in explorable.moves(control):
        assert same(received, expected), f"{control['label']}: expected {expected}, received {received}"
        seen.append(explorable.seen())
    return seen


def shows_a_difference(seen):
    """Whether both the pictures and the words differ."""
    return len({each.picture for each in seen}) > 1 < len({each.words for each in seen})


def test_tab_meets_the_controls_in_their_order_each_with_its_name(explorables):
    for explorable in explorables:
        expected = expected_stops(explorable.controls)
        stops = tab_stops(explorable.root)
        assert stops[: len(expected)] == expected
        assert [stop for stop in stops if '"' not in stop] == []
