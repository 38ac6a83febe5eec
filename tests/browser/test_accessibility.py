"""axe-core, in a real browser, over every notebook: as an exported page and in JupyterLab, in light and in dark."""

import html
import pathlib
import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from browser.accessibility import findings
from browser.conftest import NOTEBOOKS
from browser.lab import Lab, OpenNotebook

pytestmark = pytest.mark.browser

FOLD = "Figure in words"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
CHANGE_THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
# The words of each fold, and for each picture the words of the first fold behind it in its cell.
PICTURES = f"""() => [...document.querySelectorAll('.jp-RenderedImage img')].map(picture => {{
    const folds = [...picture.closest('.jp-Cell').querySelectorAll('details')].filter(fold =>
        fold.textContent.startsWith('{FOLD}') &&
        picture.compareDocumentPosition(fold) & Node.DOCUMENT_POSITION_FOLLOWING);
    return folds.length ? folds[0].querySelector('p').textContent : '';
}})"""


@pytest.fixture
def page(browser):
    """An empty page that asks no other machine for anything."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    yield page
    page.close()


@pytest.fixture(scope="module")
def whole_lab(request):
    """A JupyterLab that puts every cell of a notebook on the page."""
    with Lab(NOTEBOOKS, every_cell=True) as server:
        yield server


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_nothing_is_found_on_an_exported_page(notebook, theme, page, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(HTMLExporter(theme=theme).from_filename(str(notebook))[0], encoding="utf-8")
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    assert findings(page) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_nothing_is_found_in_jupyterlab(notebook, whole_lab, browser):
    """JupyterLab drops the alternative text of a picture, so the fold below has to say the same, for each of them."""
    with OpenNotebook(whole_lab, browser, notebook.name) as opened:
        assert opened.page.locator(".jp-Cell").count() == len(nbformat.read(notebook, as_version=4).cells)
        for theme in THEMES.values():
            opened.page.evaluate(CHANGE_THEME, theme)
            opened.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
            assert findings(opened.page, but=("image-alt",)) == []
        assert opened.page.evaluate(PICTURES) == alternative_texts(notebook)


def alternative_texts(notebook: pathlib.Path) -> list[str]:
    """The alternative text of each stored picture that a page without a running kernel shows."""
    return [
        output.metadata["image/png"]["alt"]
        for cell in nbformat.read(notebook, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def test_the_search_finds_a_barrier_made_on_purpose(page):
    page.set_content('<div class="jp-OutputArea-output"><img src="x.png"><p style="color: #ccc">pale</p></div>')
    found = findings(page)
    assert [re.match(r"[\w-]+", line)[0] for line in found] == ["color-contrast", "image-alt"]
    assert html.escape("pale") in found[0] and findings(page, page.locator("p"), but=("color-contrast",)) == []


def test_a_page_without_anything_to_look_at_is_no_page_without_findings(page):
    page.set_content("<p>nothing</p>")
    with pytest.raises(ValueError, match="received one without any"):
        findings(page)
