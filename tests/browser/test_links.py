"""A link to a section of another page, in a text and in the verdict on a wrong answer, clicked in JupyterLab.

JupyterLab may open the page at its top, before it knows the page's sections; `00` says to click once more then.
"""

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from browser.lab import Lab, OpenNotebook

pytestmark = pytest.mark.browser

FROM = "links.ipynb"
IN_THE_TEXT = "[1.3 Split before anything else](01_collect_and_load_data.ipynb#1.3-Split-before-anything-else)"
IN_A_VERDICT = "from companion.exercises import step1\nstep1.split_the_penguins.check(range(342), range(342))"
BACK = "path => void window.jupyterapp.commands.execute('docmanager:open', {path})"
# The sections that stand in the upper half of the page that is shown.
IN_SIGHT = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const box = panel.content.outerNode.getBoundingClientRect();
    return [...panel.node.querySelectorAll('h1, h2, h3')]
        .filter(heading => 0 <= heading.getBoundingClientRect().top - box.top)
        .filter(heading => heading.getBoundingClientRect().top - box.top < box.height / 2)
        .map(heading => heading.textContent);
}"""
ALL_THERE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel.context.path.includes('/01_') && panel.node.querySelectorAll('h2').length > 3;
}"""


@pytest.mark.parametrize("cell", [new_markdown_cell(IN_THE_TEXT), new_code_cell(IN_A_VERDICT)], ids=["text", "verdict"])
def test_the_second_click_shows_the_section(lab: Lab, browser, cell):
    node = new_notebook(cells=[cell])
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    write(node, lab.folder / "root" / "notebooks" / FROM)
    with OpenNotebook(lab, browser, FROM) as notebook:
        page = notebook.page
        notebook.run_all()
        link = page.get_by_role("link", name="1.3 Split before anything else")
        link.click()
        page.wait_for_function(ALL_THERE)
        page.evaluate(BACK, f"notebooks/{FROM}")
        link.click()
        page.wait_for_function(f"() => ({IN_SIGHT})().some(heading => heading.startsWith('1.3 Split'))")
        assert notebook.watch.problems == []
        lab.end_kernel_of("01_collect_and_load_data.ipynb")
