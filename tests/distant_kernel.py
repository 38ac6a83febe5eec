"""A Jupyter server, asked as a browser asks it: over HTTP, and a kernel over its WebSocket.

    server = DistantServer("http://127.0.0.1:8888/user/learner/", token)
    with DistantKernel(server, "notebooks/00_start_here.ipynb") as kernel:
        answer = kernel.run("1 + 1")
"""

from __future__ import annotations

import http.client
import json
import struct
import time
import typing
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websocket

CELL_SECONDS = 300
ANSWER_SECONDS = 60


class ServerProblem(Exception):
    """The server or its kernel did not answer as it should."""


@dataclass
class Answer:
    """What running one cell gave.

    Attributes:
        seconds: From the request until the kernel was idle again.
        outputs: The outputs, as a notebook stores them.
        error: The name and the text of an exception, or "".
    """

    seconds: float = 0.0
    outputs: list[dict] = field(default_factory=list)
    error: str = ""


class DistantServer:
    """A Jupyter server at an address.

    Args:
        base: Its address, with the path at which it lives, ending in "/".
        token: What it asks its visitors for.
    """

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base, token
        self._parts = urlsplit(base)

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, bytes]:
        """Send a request for a path below the base; return status and body."""
        connection = http.client.HTTPConnection(self._parts.netloc, timeout=ANSWER_SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, self._parts.path + path, text, {"Authorization": f"token {self.token}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask_json(self, method: str, path: str, body: dict | None = None) -> typing.Any:
        """Send a request and return the answer, read as JSON.

        Raises:
            ServerProblem: If the server refuses.
        """
        status, answer = self.ask(method, path, body)
        if status >= 400:
            raise ServerProblem(f"{method} {path}: the server answers {status}: {answer[:300]!r}")
        return json.loads(answer or b"null")


class DistantKernel:
    """The kernel of a notebook's session; a context manager that shuts it down.

    Args:
        server: Where the notebook is.
        path: The notebook, below the server's folder.

    Attributes:
        seconds_to_start: From asking for a session until the kernel answered.
    """

    def __init__(self, server: DistantServer, path: str) -> None:
        start = time.monotonic()
        self.server = server
        asked = {"path": path, "name": path.rpartition("/")[2], "type": "notebook", "kernel": {"name": "python3"}}
        self._session = server.ask_json("POST", "api/sessions", asked)
        address = server.base.replace("http", "ws", 1) + f"api/kernels/{self._session['kernel']['id']}/channels"
        self._socket = websocket.create_connection(
            address, timeout=CELL_SECONDS, header=[f"Authorization: token {server.token}"]
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        self.seconds_to_start = time.monotonic() - start

    def __enter__(self) -> DistantKernel:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        give_up = time.monotonic() + ANSWER_SECONDS
        # A kernel that died is just being started again, and the server may refuse until that is done.
        while self.server.ask("DELETE", f"api/sessions/{self._session['id']}")[0] not in (204, 404, 410):
            if time.monotonic() > give_up:
                raise ServerProblem("the server does not shut the kernel down")
            time.sleep(0.2)

    def run(self, code: str) -> Answer:
        """Run a cell.

        Raises:
            ServerProblem: If the kernel dies, or does not answer in time.
        """
        answer, start = Answer(), time.monotonic()
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": True}
        ours = self._send("execute_request", content)
        replied = idle = False
        while not (replied and idle):
            message = self._next(start + CELL_SECONDS)
            if message["parent_header"].get("msg_id") != ours:
                continue
            kind, said = message["msg_type"], message["content"]
            replied |= kind == "execute_reply"
            idle |= kind == "status" and said["execution_state"] == "idle"
            if kind == "error":
                answer.error = f"{said['ename']}: {said['evalue']}"
            if kind in ("stream", "error", "display_data", "execute_result"):
                answer.outputs.append({"output_type": kind, **said})
        answer.seconds = time.monotonic() - start
        return answer

    def _wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + ANSWER_SECONDS
        ours = self._send("kernel_info_request", {})
        while True:
            message = self._next(give_up)
            if message["msg_type"] == "kernel_info_reply" and message["parent_header"].get("msg_id") == ours:
                return

    def _send(self, kind: str, content: dict) -> str:
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "username": "", "session": self._session["id"],
                  "version": "5.3", "date": ""}
        self._socket.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                                      "channel": "shell", "buffers": []}))
        return number

    def _next(self, give_up: float) -> dict:
        """Return the next message; raise `ServerProblem` if there is none, or if it says that the kernel died."""
        self._socket.settimeout(max(0.1, give_up - time.monotonic()))
        try:
            frame = self._socket.recv()
        except websocket.WebSocketTimeoutException as error:
            raise ServerProblem("the kernel does not answer in time") from error
        except (websocket.WebSocketException, OSError) as error:
            raise ServerProblem(f"the server has closed the connection ({error})") from error
        if not frame:
            raise ServerProblem("the server has closed the connection")
        message = read_frame(frame)
        if message["msg_type"] == "status" and message["content"]["execution_state"] in (
            "restarting", "autorestarting", "dead"
        ):
            raise ServerProblem("the kernel died")
        return message


def read_frame(frame: str | bytes) -> dict:
    """Return the message in a frame: text, or bytes where a widget's data follow it."""
    if isinstance(frame, bytes):
        parts = struct.unpack_from("!I", frame)[0]
        begin, *rest = struct.unpack_from(f"!{parts}I", frame, 4)
        frame = frame[begin: rest[0] if rest else None].decode("utf-8")
    message = json.loads(frame)
    return {"msg_type": message["header"]["msg_type"], **message}
