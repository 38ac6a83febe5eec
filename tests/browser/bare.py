"""explorable.js in an empty page, with a stand-in for Jupyter between it and Python.

The stand-in passes on what one side sets to the other, as Jupyter's widgets do, but at once. So the
browser's half of an explorable is tried in milliseconds, against the real Python half.
"""

from __future__ import annotations

import base64
import typing
from typing import Any

from browser.lab import ROOT, TWO_FRAMES, Watch
from companion.explore.explorable import Explorable

if typing.TYPE_CHECKING:
    from playwright.sync_api import Browser

ENGINE = ROOT / "companion" / "explore" / "explorable"
SYNCED = ("heading", "controls", "values", "drawing", "words", "code", "sound", "answered")
# A model and a place as anywidget hands them to `render`.
PAGE = """async ({script, css, state}) => {
    const withBytes = (it) => {
        if (it === null || typeof it !== 'object') return it;
        if (Array.isArray(it)) return it.map(withBytes);
        if ('base64' in it) {
            const bytes = Uint8Array.from(atob(it.base64), (letter) => letter.charCodeAt(0));
            return new DataView(bytes.buffer);
        }
        return Object.fromEntries(Object.entries(it).map(([name, value]) => [name, withBytes(value)]));
    };
    const [handlers, sent, changed] = [[], [], []];
    let now = withBytes(state);
    const texts = Object.fromEntries(Object.entries(state).map(([name, value]) => [name, JSON.stringify(value)]));
    const assign = (fresh) => {
        const names = Object.keys(fresh).filter((name) => JSON.stringify(fresh[name]) !== texts[name]);
        for (const name of names) texts[name] = JSON.stringify(fresh[name]);
        now = {...now, ...Object.fromEntries(names.map((name) => [name, withBytes(fresh[name])]))};
        for (const name of names)
            for (const [event, handler] of [...handlers]) if (event === `change:${name}`) handler();
        return names;
    };
    window.model = {
        get: (name) => now[name],
        set: (name, value) => changed.push(...assign({[name]: value})),
        on: (event, handler) => handlers.push([event, handler]),
        off: (event, handler) => {
            const place = handlers.findIndex(([e, h]) => e === event && h === handler);
            if (place >= 0) handlers.splice(place, 1);
        },
        save_changes: () => {
            const moved = Object.fromEntries(changed.splice(0).map((name) => [name, now[name]]));
            window.toPython(moved).then((fresh) => window.fromPython(fresh));
        },
        send: (content) => sent.push(content),
    };
    window.fromPython = (fresh) => assign(fresh);
    window.handlers = handlers;
    window.sent = sent;
    document.head.append(Object.assign(document.createElement('style'), {textContent: css}));
    const module = await import(URL.createObjectURL(new Blob([script], {type: 'text/javascript'})));
    const widget = await module.default();
    const notebook = Object.assign(document.createElement('div'), {className: 'jp-Notebook'});
    document.body.append(notebook);
    window.show = () => {
        const el = document.createElement('div');
        notebook.append(el);
        const stop = widget.render({model: window.model, el});
        return () => { stop(); el.remove(); };
    };
    window.stop = window.show();
}"""


class BarePage:
    """An explorable in a page without JupyterLab; a context manager.

    Attributes:
        explorable: Its half in Python.
        page: The browser's page.
        watch: What went wrong on it.
    """

    def __init__(self, browser: Browser, explorable: Explorable, **page_options: Any) -> None:
        self.explorable = explorable
        self.page = browser.new_page(**page_options)
        self.watch = Watch(self.page)
        self.page.expose_function("toPython", self._move)
        state = {name: self._plain(name) for name in SYNCED}
        script, css = (ENGINE.with_suffix(kind).read_text("utf-8") for kind in (".js", ".css"))
        self.page.evaluate(PAGE, {"script": script, "css": css, "state": state})

    def __enter__(self) -> BarePage:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()
        self.explorable.close()

    def settle(self) -> None:
        """Wait until the page has drawn the answer to what was done last."""
        self.page.evaluate(TWO_FRAMES)
        self.page.wait_for_function(f"window.model.get('answered') >= {self.explorable.answered}")
        self.page.evaluate(TWO_FRAMES)

    def set(self, **values: Any) -> None:
        """Move controls from Python."""
        self.explorable.values = self.explorable.values | values
        self.push()

    def push(self) -> None:
        """Send all that Python has to the page."""
        self.page.evaluate("fresh => window.fromPython(fresh)", {it: self._plain(it) for it in SYNCED})

    def words(self) -> str:
        """Return the words below the picture."""
        return self.page.locator(".explorable-words").inner_text()

    def color_at(self, x: float, y: float) -> tuple[int, ...]:
        """Return red, green and blue of the canvas at a place in the picture's pixels."""
        return tuple(
            self.page.evaluate(
                """([x, y]) => {
                    const canvas = document.querySelector('.explorable canvas');
                    const sharp = canvas.width / 720;
                    const pen = canvas.getContext('2d');
                    return [...pen.getImageData(Math.round(x * sharp), Math.round(y * sharp), 1, 1).data].slice(0, 3);
                }""",
                [x, y],
            )
        )

    def _move(self, moved: dict[str, Any]) -> dict[str, Any]:
        """What Python answers when the page has saved its changes: all but what the page has said itself."""
        for name, value in moved.items():
            self.explorable.set_trait(name, value)
        return {name: self._plain(name) for name in SYNCED if self._plain(name) != moved.get(name)}

    def _plain(self, name: str) -> Any:
        """A part of the explorable's state, as JSON can hold it."""
        return with_text_for_bytes(self.explorable.get_state(name)[name])


def with_text_for_bytes(value: Any) -> Any:
    """Return a copy in which bytes have become {"base64": …}."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {name: with_text_for_bytes(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_text_for_bytes(each) for each in value]
    return value
