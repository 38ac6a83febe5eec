"""JupyterLab in a real browser, for the tests and the benchmarks: start it, open a notebook, run it.

    with Lab([path_of_a_notebook]) as lab, launched_chromium() as browser:
        with OpenNotebook(lab, browser, "00_start_here.ipynb") as notebook:
            notebook.run_all()
            assert notebook.problems() == []

Nothing outside a temporary folder is written: JupyterLab sees copies of the notebooks, settings of
its own and an empty journal. It listens on the loopback interface alone, behind a token.
"""

from __future__ import annotations

import ast
import contextlib
import http.client
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import typing
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

import nbformat
import psutil

from companion.__main__ import ENCRYPTED
from notebook_guards import OFFLINE, unexpected_stderr
from refresh import CAPSTONES

if typing.TYPE_CHECKING:  # the package may be missing: then the tests are deselected, not broken
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB_SETTINGS = ROOT / "binder" / "default_setting_overrides.json"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = (
    "--no-sandbox",  # a container has no other user; the browser sees the loopback interface alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
LOOPBACK = "127.0.0.1"
START_SECONDS = 120
RUN_SECONDS = 300
LONELY_SECONDS = 600
# In JupyterLab 4.4 the table of contents may be told of a cell before it knows the headings; nothing is lost.
SLIP_OF_4_4 = "_onCellInViewportChanged" if importlib.metadata.version("jupyterlab").startswith("4.4.") else None
ANSWER_SECONDS = 60  # for one answer of a kernel; a button may train a model

# The page's own handle on JupyterLab, which `--LabApp.expose_app_in_browser` puts there.
KERNEL_IS_READY = """async () => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    if (!panel || !panel.sessionContext) return false;
    await panel.context.ready;
    await panel.sessionContext.ready;
    // The page says "idle" before a kernel is connected; Run All would then ask for one.
    const kernel = panel.sessionContext.session && panel.sessionContext.session.kernel;
    if (!kernel) return false;
    await kernel.info;
    return kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
LISTEN_TO_KERNEL = """() => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    window.saidOnStderr = [];
    // What a callback of a widget writes belongs to no cell, so no output shows it.
    kernel.anyMessage.connect((_, {msg}) => {
        if (msg.header.msg_type === 'stream' && msg.content.name === 'stderr')
            window.saidOnStderr.push(msg.content.text);
    });
}"""
COUNT_POINTERS = """() => {
    window.pointed = 0;
    window.addEventListener('pointerdown', () => window.pointed++, true);
}"""
RUN_STATE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const kernel = panel.sessionContext.session.kernel;
    if (['dead', 'restarting', 'autorestarting', 'terminating'].includes(kernel.status)) return 'dead';
    const cells = panel.content.widgets.map(cell => cell.model)
        .filter(model => model.type === 'code' && model.sharedModel.getSource().trim());
    const mayFail = model => (model.getMetadata('tags') || []).includes('raises-exception');
    if (cells.some(model => model.executionCount !== null && !mayFail(model)
                            && model.outputs.toJSON().some(output => output.output_type === 'error')))
        return 'failed';
    const done = cells.every(model => model.executionCount !== null) && kernel.status === 'idle';
    return done ? 'done' : 'running';
}"""
ALL_OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell, place) =>
    cell.model.type !== 'code' ? [] : cell.model.outputs.toJSON().map(output => ({
        cell: place + 1,
        tags: cell.model.getMetadata('tags') || [],
        kind: output.output_type,
        name: output.name || output.ename || '',
        text: [output.text || output.evalue || ''].flat().join(''),
    })))"""
EXECUTE = """async ([code, expression, seconds]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const request = {code, silent: true, store_history: false, user_expressions: {it: expression}};
    const late = new Promise((_, refuse) => setTimeout(() => refuse(
        new Error(`no answer in ${seconds} s; the kernel is ${kernel.status}`)), 1000 * seconds));
    const reply = (await Promise.race([kernel.requestExecute(request).done, late])).content;
    return reply.status === 'ok' ? reply.user_expressions.it : reply;
}"""
TWO_FRAMES = "() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"


class LabProblem(Exception):
    """JupyterLab, the browser or the notebook did not do what every test needs first."""


# The browser


def chromium_path() -> str | None:
    """Return where this machine has a Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def what_is_missing() -> str:
    """Say what a browser test needs that this machine does not have, or return ""."""
    if importlib.util.find_spec("playwright") is None:
        return "the Python package playwright is not installed"
    if chromium_path() is None:
        return f"no {CHROMIUM_NAMES[0]} is on the PATH"
    return ""


@contextlib.contextmanager
def launched_chromium() -> Iterator[Browser]:
    """Start a Chromium without a window; close it at the end, whatever happens."""
    from playwright.sync_api import sync_playwright

    if what_is_missing():
        raise LabProblem(f"no browser: {what_is_missing()}")
    with sync_playwright() as playwright:
        options = list(CHROMIUM_OPTIONS)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=options)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """Collects what goes wrong on a page: errors in its console, uncaught ones, requests to other machines."""

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", self._threw)
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.problems.append(f"the browser's console: {message.text} ({where})")

    def _threw(self, error: Error) -> None:
        if not SLIP_OF_4_4 or SLIP_OF_4_4 not in (error.stack or ""):
            self.problems.append(f"uncaught in the page: {error}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != LOOPBACK:
            self.problems.append(f"a request that leaves this machine: {url}")


# The server


class Lab:
    """JupyterLab over copies of notebooks; a context manager that leaves no process behind.

    Args:
        notebooks: The notebooks that it shows, under their own file names.
        every_cell: Whether all cells of a notebook are on the page at once, and not only when the browser is idle.

    Attributes:
        folder: A temporary folder, removed at the end; holds `notebooks/` and all settings.
        process: The server.
    """

    def __init__(self, notebooks: Iterable[pathlib.Path], every_cell: bool = False) -> None:
        self._every_cell = every_cell
        self._temporary = tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self._temporary.name)
        self.port = free_port()
        self.token = secrets.token_hex(16)
        self.log = self.folder / "lab.log"
        self.process: subprocess.Popen | None = None
        (self.folder / "root" / "notebooks").mkdir(parents=True)
        for notebook in notebooks:
            copy_not_run(notebook, self.folder / "root" / "notebooks" / notebook.name)

    def __enter__(self) -> Lab:
        try:
            self._start()
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            end_with_children(self.process)
        self._temporary.cleanup()

    def url_of(self, notebook: str) -> str:
        """Return the address that opens a notebook in a fresh workspace."""
        path = quote(f"notebooks/{notebook}")
        return f"http://{LOOPBACK}:{self.port}/lab/tree/{path}?token={self.token}&reset"

    def ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Send a request to the server's interface; return status and body."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, headers={"Authorization": f"token {self.token}"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def end_kernel_of(self, notebook: str) -> None:
        """Shut the kernel of a notebook down, so that the next one has the memory."""
        for session in json.loads(self.ask("GET", "/api/sessions")[1]):
            if session["path"] == f"notebooks/{notebook}":
                self.ask("DELETE", f"/api/sessions/{session['id']}")

    def _start(self) -> None:
        self._write_settings()
        options = [
            "--no-browser",
            "--allow-root",
            "--LabApp.expose_app_in_browser=True",
            f"--ServerApp.ip={LOOPBACK}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            ENCRYPTED,
            # Should the tests be killed, what they leave behind ends by itself.
            f"--ServerApp.shutdown_no_activity_timeout={LONELY_SECONDS}",
            f"--MappingKernelManager.cull_idle_timeout={LONELY_SECONDS}",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.folder / 'root'}",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C ends the tests, and those end the server
            )

    def _write_settings(self) -> None:
        """Give this JupyterLab the settings that the course gives its learners."""
        settings = self.folder / "config" / "labconfig"
        settings.mkdir(parents=True)
        ours = json.loads(LAB_SETTINGS.read_text(encoding="utf-8"))
        if self._every_cell:
            ours["@jupyterlab/notebook-extension:tracker"]["windowingMode"] = "none"
        (settings / LAB_SETTINGS.name).write_text(json.dumps(ours), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        """Return variables without any settings of whoever runs the tests."""
        ours = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "COMPANION_PROGRESS": "progress",
        }
        ours |= {name: str(self.folder / place) for name, place in places.items()}
        ours["JUPYTER_PREFER_ENV_PATH"] = "1"
        # This repository's companion, whatever is installed, and no way off the machine.
        ours["PYTHONPATH"] = os.pathsep.join([str(OFFLINE), str(ROOT), str(ROOT / "tests")])
        return ours

    def _wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/api/status")[0] == 200:
                    return
            time.sleep(0.1)
        raise LabProblem(f"JupyterLab did not start; its log ends so:\n{self.log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port of the loopback interface on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return listener.getsockname()[1]


def copy_not_run(notebook: pathlib.Path, copy: pathlib.Path) -> None:
    """Copy a notebook with its outputs, but as if no cell had run: so each count is a new one.

    The capstones train for one epoch here: their explorables ask a model, and it need not be a good one.
    """
    node = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            if notebook.name.startswith(CAPSTONES):
                cell.source = re.sub(r"\bepochs=\d+", "epochs=1", cell.source)
    nbformat.write(node, copy)


def end_with_children(process: subprocess.Popen) -> None:
    """End a server and the kernels that it started: politely, then by force."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()  # the server then ends its kernels
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        for each in [*family, process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, timeout=5)
    process.wait()


# A notebook


class OpenNotebook:
    """A notebook of a `Lab` in a page of its own; a context manager that ends its kernel.

    Attributes:
        page: The browser's page.
        watch: What went wrong on it.
    """

    def __init__(self, lab: Lab, browser: Browser, name: str) -> None:
        self.lab, self.name = lab, name
        self.page = browser.new_page(viewport={"width": 1200, "height": 1000})
        self.watch = Watch(self.page)
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> OpenNotebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()
        self.lab.end_kernel_of(self.name)

    def _open(self) -> None:
        self.page.goto(self.lab.url_of(self.name), wait_until="domcontentloaded")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=START_SECONDS * 1000)
        self.page.wait_for_function(KERNEL_IS_READY, timeout=START_SECONDS * 1000)
        self.settle()  # the page has asked for widgets by now, which a new kernel cannot know yet: it says so
        self.page.evaluate(LISTEN_TO_KERNEL)
        self.page.evaluate(COUNT_POINTERS)

    def run_all(self) -> None:
        """Do what Run > Run All Cells does, without a mouse, and wait until every cell has run.

        Raises:
            LabProblem: If a cell fails that is not tagged as one that may, or the kernel dies.
        """
        self.page.evaluate("() => void window.jupyterapp.commands.execute('runmenu:run-all')")
        give_up = time.monotonic() + RUN_SECONDS
        while (state := self.page.evaluate(RUN_STATE)) == "running" and time.monotonic() < give_up:
            self.page.wait_for_timeout(100)
        if state != "done":
            raise LabProblem(f"{self.name}: Run All Cells ended as {state!r}: {self.problems()}")
        self.settle()

    def problems(self) -> list[str]:
        """Return all that went wrong since the notebook was opened: page, outputs, kernel."""
        wrong = [
            f"cell {output['cell']} failed: {output['name']}: {output['text']}"
            for output in self.page.evaluate(ALL_OUTPUTS)
            if output["kind"] == "error" and "raises-exception" not in output["tags"]
        ]
        said = [{"name": "stderr", "text": text} for text in self.page.evaluate("window.saidOnStderr")]
        if stray := unexpected_stderr(said):
            wrong.append(f"the kernel wrote to stderr: {stray}")
        return [*self.watch.problems, *wrong]

    def execute(self, code: str, expression: str = "None") -> typing.Any:
        """Run code in the notebook's kernel, then return the value of an expression, by way of JSON."""
        reply = self.page.evaluate(EXECUTE, [code, f"__import__('json').dumps({expression})", ANSWER_SECONDS])
        if reply.get("status") != "ok":
            raise LabProblem(f"the kernel answered {reply}")
        return json.loads(ast.literal_eval(reply["data"]["text/plain"]))

    def settle(self) -> None:
        """Wait until the kernel has answered all that was sent to it so far, and the page shows it."""
        for _ in range(2):  # what the page holds back until an answer has come goes with the second
            self.page.evaluate(TWO_FRAMES)
            self.execute("")
        self.page.evaluate(TWO_FRAMES)
