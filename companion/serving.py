"""A model behind HTTP on this machine alone, in the shapes of TensorFlow Serving's REST API.

    server = serving.start(folder / "digits")      # the folder that TensorFlow Serving takes: digits/1/saved_model.pb
    server.url                                     # http://127.0.0.1:…/v1/models/digits:predict
    server.stop()

What it answers (a version may stand in each path: `/v1/models/digits/versions/1:predict`):

    POST /v1/models/digits:predict     {"instances": [...]} → {"predictions": [...]}, {"inputs": ...} → {"outputs": ...}
    GET  /v1/models/digits             the state of its version
    GET  /v1/models/digits/metadata    names, shapes and dtypes of what goes in and comes out

An error is `{"error": "…"}` with a status from 400 to 499. Left out: classify and regress, bytes in base64, gRPC, several
models, labels, models that take text, bodies that are compressed. Stricter than the real server: NaN and Infinity, which
are no JSON, are refused, in the question and in the answer; so are bodies above 10 MB and more than 1,000 examples at once.

Source of the shapes: TensorFlow Serving's guide, "RESTful API".
"""

import argparse
import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import tornado.httpserver
import tornado.httputil
import tornado.netutil
import tornado.web

from companion import messages, other_process

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 10_000_000  # bytes
LARGEST_READ = 500_000_000  # bytes of a body that is too large; they are read and thrown away, so that the sender hears why
MOST_ROWS = 1000
SECONDS_TO_START = 120
SECONDS_FOR_A_BODY = 30
SIGNATURE = "serving_default"
_PATH = re.compile(r"/v1/models/([^/:]+)(?:/versions/([^/:]+))?(:predict|/metadata)?")


# --- In the notebook ---


class Server:
    """A server that runs in a process of its own; a context manager that stops it.

    Attributes:
        port: Where it listens.
        url: The address that takes predictions.
    """

    def __init__(self, process: subprocess.Popen, port: int, name: str) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}/v1/models/{name}:predict"
        # Once: when it is told to, when nobody holds it any more, or when Python ends.
        self._end_it = weakref.finalize(self, _end_politely, process)

    def stop(self) -> None:
        """Stop it; to stop it again does nothing."""
        self._end_it()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(folder: str | os.PathLike, name: str = "", port: int = 0) -> Server:
    """Start a server, and wait until it answers. It also ends when the notebook's kernel does.

    Args:
        folder: Holds one folder for each version, named by a number, each an exported SavedModel: `<folder>/1/saved_model.pb`.
            The highest version is served.
        name: The model's name in the address; the folder's name if left out.
        port: Where to listen; 0 takes any free one. (TensorFlow Serving's own is 8501.)

    Returns:
        The server, ready.

    Raises:
        TypeError, ValueError: `folder` is no path, or holds no such version; the name or port is none.
        OSError: The port is taken, or the model cannot be loaded.
    """
    folder = _folder(folder)
    name = name or folder.name
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise ValueError(f"name: expected letters, digits, _ . or -, received {messages.of(name)}. Give another name.")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < 65536:
        raise ValueError(f"port: expected a whole number from 0 to 65535, received {messages.of(port)}. 0 takes any.")
    latest_version(folder)
    command = [sys.executable, "-P", "-m", "companion.serving", str(folder), "--name", name, "--port", str(port)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=other_process.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
        try:
            first = _first_line(process)
        except BaseException:  # the notebook was interrupted while it waited
            _end(process)
            raise
        if "port" in first:
            process.stdout.close()
            return Server(process, first["port"], name)
        _end(process)
        said.seek(0)
        last_words = said.read().decode("utf-8", "replace").strip()[-400:]
    raise OSError(
        f"expected a server for {folder}, received: {first.get('error') or last_words or 'no answer'}. "
        "Look at the folder, or leave the port out, and start it again."
    )


def latest_version(folder: str | os.PathLike) -> Path:
    """Return the folder of the highest version.

    Args:
        folder: Holds a folder for each version, named by a number.

    Raises:
        TypeError: It is no path.
        ValueError: It holds no version.
    """
    folder = _folder(folder)
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    versions = [each for each in inside if re.fullmatch(r"[0-9]+", each.name) and (each / "saved_model.pb").is_file()]
    if not versions:
        received = ", ".join(each.name for each in inside[:5]) or ("an empty one" if folder.is_dir() else "no folder")
        raise ValueError(
            f"expected a folder with a version in it, such as {folder / '1' / 'saved_model.pb'}, received {received}. "
            f'Write the model there: model.export(folder / "1").'
        )
    return max(versions, key=lambda version: int(version.name))


def _folder(folder: str | os.PathLike) -> Path:
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder: expected a path, received {messages.of(folder)}. Give the folder that holds version 1.")
    return Path(folder).resolve()


def _first_line(process: subprocess.Popen) -> dict[str, Any]:
    """What the server says of itself when it is ready, or {} if it says nothing in time."""
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.readline()), daemon=True)
    reader.start()
    reader.join(SECONDS_TO_START)
    return json.loads(said[0]) if said and said[0].startswith(b"{") else {}


def _end_politely(process: subprocess.Popen) -> None:
    """Close what the server listens to for its end."""
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


# --- What a request asks, and what it gets ---


class Refused(Exception):
    """A request that is wrong: the status, and a sentence for whoever sent it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Served:
    """A SavedModel, and what it says of itself.

    Args:
        folder: The exported model.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(folder))  # (kept: its variables live as long as it does)
        self.version = str(int(folder.name))
        self.function = self._loaded.signatures[SIGNATURE]
        self.inputs = dict(self.function.structured_input_signature[1])
        for name, spec in self.inputs.items():
            if not (spec.dtype.is_floating or spec.dtype.is_integer):
                raise ValueError(f"expected a model that takes numbers, received one whose {name} is {spec.dtype.name}")

    def predict(self, body: bytes) -> dict[str, Any]:
        """Answer the body of a request.

        Args:
            body: JSON as TensorFlow Serving takes it, with "instances" or "inputs".

        Returns:
            {"predictions": …} or {"outputs": …}, as lists of numbers.

        Raises:
            Refused: The request is wrong.
        """
        request = _parsed(body)
        by_row = "instances" in request
        given = _columns(request["instances"], [*self.inputs]) if by_row else self._named(request["inputs"])
        alone = len(self.inputs) == 1
        arrays = {name: _array("" if alone else f"{name}: ", given[name], spec) for name, spec in self.inputs.items()}
        answers = self._computed(arrays)
        if not all(np.isfinite(answer).all() for answer in answers.values() if answer.dtype.kind == "f"):
            raise Refused(400, "expected numbers that the model can answer, received some for which it answers no number")
        lists = {name: answer.tolist() for name, answer in answers.items()}
        if len(lists) == 1:
            [lists] = lists.values()
        elif by_row:
            lists = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
        return {"predictions" if by_row else "outputs": lists}

    def _computed(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        import tensorflow as tf

        try:
            answers = self.function(**{name: tf.constant(array) for name, array in arrays.items()})
        except tf.errors.OpError as error:  # such as rows that do not go together
            raise Refused(400, f"the model cannot answer this: {messages.of_error(error)}") from None
        return {name: answer.numpy() for name, answer in answers.items()}

    def _named(self, inputs: Any) -> Mapping[str, Any]:
        """Whole columns: a dictionary, or the value itself if there is one input."""
        if not isinstance(inputs, dict) and len(self.inputs) == 1:
            return dict.fromkeys(self.inputs, inputs)
        _expect_names(inputs, [*self.inputs])
        return inputs

    def status(self) -> dict[str, Any]:
        """What TensorFlow Serving says of a model that is ready."""
        state = {"version": self.version, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        return {"model_version_status": [state]}

    def metadata(self, name: str) -> dict[str, Any]:
        """Names, shapes and dtypes of what goes in and comes out, as TensorFlow Serving lists them."""
        sides = {"inputs": self.inputs, "outputs": self.function.structured_outputs}
        signature = {
            side: {tensor: _described(spec) for tensor, spec in specs.items()} for side, specs in sides.items()
        }
        signatures = {"signature_def": {SIGNATURE: {**signature, "method_name": "tensorflow/serving/predict"}}}
        spec = {"name": name, "signature_name": "", "version": self.version}
        return {"model_spec": spec, "metadata": {"signature_def": signatures}}


def _described(spec: Any) -> dict[str, Any]:
    sizes = [{"size": str(-1 if size is None else size), "name": ""} for size in spec.shape]
    dtype = {"float32": "float", "float64": "double"}.get(spec.dtype.name, spec.dtype.name)
    return {"dtype": f"DT_{dtype.upper()}", "tensor_shape": {"dim": sizes, "unknown_rank": False}}


def _parsed(body: bytes) -> dict[str, Any]:
    """A request with either "instances" or "inputs"."""
    try:
        request = json.loads(body.decode("utf-8"), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"expected JSON, received something else: {messages.one_line(str(error))}") from None
    if not isinstance(request, dict) or len({"instances", "inputs"} & set(request)) != 1:
        raise Refused(400, 'expected a JSON object with either "instances" or "inputs", such as {"instances": [...]}')
    if unknown := sorted(set(request) - {"instances", "inputs", "signature_name"}):
        raise Refused(400, f"expected instances or inputs, and signature_name, received also {', '.join(unknown)[:80]}")
    if request.get("signature_name", SIGNATURE) not in (SIGNATURE, ""):
        raise Refused(400, f"expected the signature {SIGNATURE}, received {str(request['signature_name'])[:80]}")
    return request


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _columns(instances: Any, names: list[str]) -> dict[str, list]:
    """Rows turned into one column for each input."""
    if not isinstance(instances, list) or not instances:
        raise Refused(400, "instances: expected a list with at least one example")
    if not any(isinstance(instance, dict) for instance in instances):
        if len(names) > 1:
            raise Refused(400, f"instances: expected an object with {', '.join(names)} for each example")
        return {names[0]: instances}
    for instance in instances:
        _expect_names(instance, names)
    return {name: [instance[name] for instance in instances] for name in names}


def _expect_names(given: Any, names: list[str]) -> None:
    if not isinstance(given, dict) or set(given) != set(names):
        received = ", ".join(map(str, given))[:80] if isinstance(given, dict) else type(given).__name__
        raise Refused(400, f"expected an object with the inputs {', '.join(names)}, received {received or 'none'}")


def _array(where: str, value: Any, spec: Any) -> np.ndarray:
    """Nested lists as an array of the right shape and dtype, every number finite."""
    expected = "(" + ", ".join("any number" if size is None else str(size) for size in spec.shape) + ")"
    values = np.array(value, dtype=object)  # which keeps each value as it is; lists that are left were of different lengths
    kinds = {type(each) for each in values.ravel()}
    if list in kinds:
        raise Refused(400, f"{where}expected an array of shape {expected}, received lists of different lengths")
    if not kinds <= {int, float}:
        received = ", ".join(sorted(_JSON_KINDS.get(kind, kind.__name__) for kind in kinds - {int, float}))
        raise Refused(400, f"{where}expected numbers in shape {expected}, received {received}")
    fits = values.ndim == len(spec.shape) and all(size in (None, got) for size, got in zip(spec.shape, values.shape))
    if not fits or 0 in values.shape:
        raise Refused(400, f"{where}expected an array of shape {expected}, received {values.shape}")
    if values.ndim and len(values) > MOST_ROWS:
        raise Refused(400, f"{where}expected at most {MOST_ROWS:,} examples at once, received {len(values):,}")
    return _cast(where, values, np.dtype(spec.dtype.as_numpy_dtype))


_JSON_KINDS = MappingProxyType({str: "text", bool: "true or false", type(None): "null", dict: "an object"})


def _cast(where: str, values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The same numbers in the dtype of the model, if it can hold them."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            cast = values.astype(dtype)
    except (OverflowError, ValueError):
        cast = None
    if cast is None or not np.isfinite(cast).all() or (dtype.kind in "iu" and not np.array_equal(cast, values)):
        raise Refused(400, f"{where}expected numbers that {dtype} can hold, received others")
    return cast


# --- In the server's process ---


@tornado.web.stream_request_body
class _Handler(tornado.web.RequestHandler):
    """Reads a request, whatever it asks, and answers in JSON."""

    def initialize(self, served: Served, name: str) -> None:
        self.served, self.name = served, name
        self.body, self.too_large = bytearray(), False

    def data_received(self, chunk: bytes) -> None:
        self.too_large = self.too_large or len(self.body) + len(chunk) > LARGEST_BODY
        if self.too_large:
            self.body.clear()
        else:
            self.body += chunk

    def get(self) -> None:
        self._answer("GET")

    def post(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        try:
            self.write(self._reply(method))
        except Refused as refused:
            self.set_status(refused.status)
            self.write({"error": refused.reason})

    def _reply(self, method: str) -> dict[str, Any]:
        # Another host's page could reach this one through a name that leads here; its browser sends that name along.
        if self.request.host_name not in (LOOPBACK, "localhost"):
            raise Refused(403, f"expected the host {LOOPBACK}, received {self.request.host_name[:80]}")
        asked = _PATH.fullmatch(self.request.path)
        if not asked:
            raise Refused(404, f"expected a path such as /v1/models/{self.name}:predict, received {self.request.path[:80]}")
        name, version, what = asked.groups()
        if name != self.name or version not in (None, self.served.version):
            raise Refused(404, f"expected the model {self.name} in version {self.served.version}, received {self.request.path[:80]}")
        if (method == "POST") != (what == ":predict"):
            raise Refused(405, "expected POST for :predict, and GET for all else")
        if self.too_large:
            raise Refused(413, f"expected a body of at most {LARGEST_BODY:,} bytes, received a larger one; send less at a time")
        if self.request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(415, "expected a body that is not compressed")
        if what == ":predict":
            return self.served.predict(bytes(self.body))
        return self.served.metadata(self.name) if what else self.served.status()

    def write_error(self, status_code: int, **_: Any) -> None:
        known = tornado.httputil.responses.get(status_code, "error")
        reason = {405: "expected GET or POST", 500: "the server failed on this request"}.get(status_code, known)
        self.finish({"error": reason})


async def _serve(served: Served, name: str, port: int) -> None:
    """Answer until nobody holds the other end of standard input."""
    application = tornado.web.Application(
        [(r".*", _Handler, {"served": served, "name": name})], log_function=lambda handler: None
    )
    server = tornado.httpserver.HTTPServer(
        application, max_body_size=LARGEST_READ, body_timeout=SECONDS_FOR_A_BODY, idle_connection_timeout=60
    )
    [listener] = tornado.netutil.bind_sockets(port, LOOPBACK)
    server.add_socket(listener)
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


def main() -> None:
    """What `python -m companion.serving` does: load, say the port, answer."""
    arguments = argparse.ArgumentParser(description="Serve an exported model on this machine.")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--name", required=True)
    arguments.add_argument("--port", type=int, required=True)
    given = arguments.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts a cell means the notebook; this ends with it, or by stop()
    logging.getLogger("tornado").addHandler(logging.NullHandler())
    try:
        served = Served(latest_version(given.folder))
        asyncio.run(_serve(served, given.name, given.port))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {messages.of_error(error)}"}), flush=True)


if __name__ == "__main__":
    main()
