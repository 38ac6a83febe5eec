"""The server: its answers are the model's own, a bad request is refused with a reason, and it lives until it is stopped."""

from __future__ import annotations

import gc
import http.client
import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion import serving

ROOT = Path(__file__).resolve().parent.parent
GOOD = np.linspace(0, 1, 784).reshape(28, 28)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    layers = [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "digits"
    model.export(folder / "1", verbose=False)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with serving.start(folder) as server:
        yield server


def ask(server, body, path="/v1/models/digits:predict", method="POST", headers=()):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def instances(pictures):
    return json.dumps({"instances": np.asarray(pictures).tolist()}).encode()


def still_right(server, model):
    status, answer = ask(server, instances([GOOD]))
    return status == 200 and np.allclose(answer["predictions"], model.predict(GOOD[np.newaxis], verbose=0), atol=1e-5)


def one(value):
    picture = GOOD.tolist()
    picture[3][4] = value
    return json.dumps({"instances": [picture]}).encode()


BAD = {
    "no JSON": (b"picture", "JSON"),
    "no UTF-8": (b'{"instances": "\xff"}', "JSON"),
    "empty": (b"", "JSON"),
    "no object": (b"[1]", "instances"),
    "neither": (b"{}", "instances"),
    "both": (b'{"instances": [1], "inputs": [1]}', "instances"),
    "unknown key": (b'{"instances": [1], "colour": 1}', "colour"),
    "another signature": (b'{"instances": [1], "signature_name": "train"}', "serving_default"),
    "no examples": (b'{"instances": []}', "at least one"),
    "deep": (b'{"instances": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "JSON"),
    "rather deep": (b'{"instances": ' + b"[" * 80 + b"]" * 80 + b"}", "shape"),
    "another shape": (instances([GOOD[:20]]), "(1, 20, 28)"),
    "no batch": (instances(GOOD), "(28, 28)"),
    "ragged": (b'{"instances": [[[1, 2], [3]]]}', "different lengths"),
    "text": (one("3"), "text"),
    "true": (one(True), "true or false"),
    "null": (one(None), "null"),
    "NaN": (one(float("nan")), "NaN"),
    "Infinity": (one(float("inf")), "Infinity"),
    "1e999": (one(12345678.5).replace(b"12345678.5", b"1e999"), "float32"),
    "1e39": (one(1e39), "float32"),
    "a long number": (one(10**400), "float32"),
    "too deep for numpy": (b"{\"instances\": " + b"[" * 80 + b"1" + b"]" * 80 + b"}", "different lengths"),
    "too long a number": (one(12345678.5).replace(b"12345678.5", b"9" * 5000), "JSON"),
    "many examples": (instances(np.zeros((1001, 28, 28), "int8")), "1,000"),
    "another name": (b'{"instances": [{"colour": 1}]}', "colour"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_request_is_refused_with_a_reason_and_the_server_lives(server, model, bad):
    body, word = BAD[bad]
    status, answer = ask(server, body)
    assert (status, [*answer]) == (400, ["error"])
    assert word in answer["error"]
    assert "Traceback" not in answer["error"] and len(answer["error"]) < 400
    assert still_right(server, model)


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (404, {"path": "/"}),
        (404, {"path": "/v1/models/letters:predict"}),
        (404, {"path": "/v1/models/digits/versions/2:predict"}),
        (405, {"path": "/v1/models/digits"}),
        (405, {"method": "GET"}),
        (405, {"method": "PUT"}),
        (403, {"headers": {"Host": "attacker.example"}}),
        (415, {"headers": {"Content-Encoding": "gzip"}}),
    ],
)
def test_what_is_not_served_is_refused(server, model, status, changed):
    received, answer = ask(server, instances([GOOD]), **changed)
    assert (received, [*answer]) == (status, ["error"])
    assert still_right(server, model)


@pytest.mark.parametrize("body", [b" " * 50_000_000, [b" " * 1_000_000] * 50], ids=["length", "chunked"])
def test_fifty_megabytes_are_refused_and_the_sender_hears_why(server, model, body):
    status, answer = ask(server, body if isinstance(body, bytes) else iter(body))
    assert status == 413 and "10,000,000" in answer["error"]
    assert still_right(server, model)


@pytest.mark.parametrize("nonsense", [b"\0\xff\r\n\r\n", b"GET", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"a" * 99_999])
def test_what_is_no_http_does_no_harm(server, model, nonsense):
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(nonsense)
        assert still_right(server, model)


def test_the_shapes_are_those_of_tensorflow_serving(server, model):
    [right] = model.predict(GOOD[np.newaxis], verbose=0)
    _, metadata = ask(server, None, "/v1/models/digits/metadata", "GET")
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    [(name, described)] = signature["inputs"].items()
    assert [it["size"] for it in described["tensor_shape"]["dim"]] == ["-1", "28", "28"]
    assert described["dtype"] == "DT_FLOAT"
    for given in ({"instances": [{name: GOOD.tolist()}]}, {"inputs": [GOOD.tolist()]}, {"inputs": {name: [GOOD.tolist()]}}):
        status, answer = ask(server, json.dumps(given), "/v1/models/digits/versions/1:predict")
        [(key, [row])] = answer.items()
        assert (status, key) == (200, "predictions" if "instances" in given else "outputs")
        np.testing.assert_allclose(row, right, atol=1e-5)
    _, state = ask(server, None, "/v1/models/digits", "GET")
    assert [(it["version"], it["state"]) for it in state["model_version_status"]] == [("1", "AVAILABLE")]


def test_a_thousand_requests_from_eight_clients_are_answered_right(server, model):
    pictures = np.random.default_rng(0).random((1000, 28, 28), "float32")

    def rows(part):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for picture in part:
            connection.request("POST", "/v1/models/digits:predict", instances([picture]))
            [row] = json.loads(connection.getresponse().read())["predictions"]
            yield row
        connection.close()

    with ThreadPoolExecutor(8) as clients:
        answers = [row for part in clients.map(lambda part: [*rows(part)], np.split(pictures, 8)) for row in part]
    np.testing.assert_allclose(answers, model.predict(pictures, verbose=0), atol=1e-5)


def listening(process):
    return [it.laddr for it in process.net_connections("inet") if it.status == psutil.CONN_LISTEN]


def test_it_listens_on_the_loopback_interface_alone_and_is_gone_after_stop(folder):
    with serving.start(folder, name="other") as server:
        children = psutil.Process().children()
        [process] = [it for it in children if ("127.0.0.1", server.port) in listening(it)]
        assert listening(process) == [("127.0.0.1", server.port)]
        with pytest.raises(OSError, match="(?i)address"):
            serving.start(folder, port=server.port)
    server.stop()
    assert not process.is_running()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 5)


def test_it_ends_when_its_notebook_is_killed(folder):
    code = (
        "import sys, time; from companion import serving; "
        f"server = serving.start({str(folder)!r}); print(server.port, flush=True); time.sleep(99)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    parent.stdout.readline()
    [child] = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert psutil.wait_procs([child], timeout=30)[1] == []


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        serving.start(tmp_path / "missing")
    (tmp_path / "digits" / "1").mkdir(parents=True)
    with pytest.raises(ValueError, match="saved_model.pb"):
        serving.start(tmp_path / "digits")
    (tmp_path / "digits" / "1" / "saved_model.pb").write_bytes(b"damaged")
    with pytest.raises(OSError, match="expected a server"):
        serving.start(tmp_path / "digits")


def test_the_highest_number_is_the_version(tmp_path):
    for name in ("2", "10", "latest"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    assert serving.latest_version(tmp_path).name == "10"


@pytest.mark.parametrize("wrong", [{"name": "a b"}, {"name": "ü"}, {"port": -1}, {"port": True}, {"port": 70_000}])
def test_a_wrong_name_or_port_is_refused(folder, wrong):
    with pytest.raises(ValueError, match="expected .* received"):
        serving.start(folder, **wrong)


# --- Whatever is sent ---

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["instances", "inputs", "x"]), inner, max_size=3),
    max_leaves=20,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values)
def test_any_json_gets_an_answer_in_json(server, value):
    status, answer = ask(server, json.dumps(value).encode())
    assert status == 400 and [*answer] == ["error"] and "Traceback" not in answer["error"]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer_in_json(server, body):
    assert ask(server, body)[0] == 400


def test_a_hundred_connections_at_once_are_all_answered(server, model):
    connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(100)]
    try:
        for connection in connections:
            connection.request("POST", "/v1/models/digits:predict", instances([GOOD]))
        answers = [json.loads(connection.getresponse().read())["predictions"][0] for connection in connections]
    finally:
        for connection in connections:
            connection.close()
    expected = model.predict(GOOD[np.newaxis], verbose=0)[0]
    assert np.allclose(answers, expected, atol=1e-5)


def test_who_sends_slowly_holds_nobody_up(server, model):
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /v1/models/digits:predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n{")
        assert still_right(server, model)
        slow.sendall(b"\r\n")
        assert still_right(server, model)


def test_two_requests_in_one_go_get_two_answers(server):
    body = instances([GOOD])
    head = f"POST /v1/models/digits:predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as both:
        both.sendall(2 * (head + body))
        received = b""
        while received.count(b"predictions") < 2:
            received += both.recv(65536)
    assert received.count(b"200 OK") == 2


# --- Other models, other servers ---


def test_several_inputs_and_outputs_go_by_name(tmp_path):
    size, count = keras.Input((2,), name="size"), keras.Input((1,), name="count", dtype="int32")
    total = keras.layers.Lambda(lambda it: it * 1.0, name="twice")(size)
    same = keras.layers.Lambda(lambda it: it + 0, name="same", dtype="int32")(count)
    keras.Model([size, count], {"size": total, "count": same}).export(tmp_path / "pair" / "3", verbose=False)
    with serving.start(tmp_path / "pair") as server:
        path = "/v1/models/pair/versions/3:predict"
        _, described = ask(server, None, "/v1/models/pair/metadata", "GET")
        described = described["metadata"]["signature_def"]["signature_def"]["serving_default"]
        assert {it["dtype"] for it in described["inputs"].values()} == {"DT_FLOAT", "DT_INT32"}
        of_dtype = {it["dtype"]: name for name, it in described["inputs"].items()}
        row = lambda size, count: {of_dtype["DT_FLOAT"]: size, of_dtype["DT_INT32"]: count}
        status, rows = ask(server, json.dumps({"instances": [row([1, 2], [3]), row([4, 5], [6])]}), path)
        assert status == 200 and sorted(map(str, rows["predictions"][1].values())) == ["[4.0, 5.0]", "[6]"]
        status, columns = ask(server, json.dumps({"inputs": row([[1, 2]], [[3]])}), path)
        assert status == 200 and sorted(map(str, columns["outputs"].values())) == ["[[1.0, 2.0]]", "[[3]]"]
        for wrong, word in [
            ({"instances": [[1, 2]]}, "size"),
            ({"instances": [row([1, 2], [3.5])]}, "int32"),
            ({"instances": [row([1, 2], [2**40])]}, "int32"),
            ({"inputs": [[1, 2]]}, "size"),
            ({"instances": [row([1, 2], [3]), {"size": [1, 2]}]}, "count"),
        ]:
            status, answer = ask(server, json.dumps(wrong), path)
            assert status == 400 and word in answer["error"], answer


def test_an_answer_that_is_no_number_is_refused(tmp_path):
    keras.Sequential([keras.Input((1,)), keras.layers.Lambda(keras.ops.log)]).export(tmp_path / "log" / "1", verbose=False)
    with serving.start(tmp_path / "log", name="its.log-2") as server:
        assert server.url.endswith("/v1/models/its.log-2:predict")
        status, answer = ask(server, instances([[-1.0]]), "/v1/models/its.log-2:predict")
        assert status == 400 and "no number" in answer["error"]
        status, answer = ask(server, instances([[1.0]]), "/v1/models/its.log-2:predict")
        assert (status, answer) == (200, {"predictions": [[0.0]]})


def test_two_servers_stand_side_by_side_and_stop_alone(folder, model):
    with serving.start(folder) as first, serving.start(folder) as second:
        assert first.port != second.port
        first.stop()
        first.stop()
        with pytest.raises(OSError):
            ask(first, instances([GOOD]))
        assert still_right(second, model)


def test_a_server_that_nobody_holds_any_more_ends(folder):
    before = {*psutil.Process().children()}
    lost = serving.start(folder)
    [process] = {*psutil.Process().children()} - before
    del lost
    gc.collect()
    assert psutil.wait_procs([process], timeout=30)[1] == []


def test_an_interrupt_of_the_cell_leaves_the_server_alone(server, model):
    [process] = [it for it in psutil.Process().children() if any("companion.serving" in part for part in it.cmdline())]
    if sys.platform != "win32":
        process.send_signal(signal.SIGINT)
    assert still_right(server, model)


def test_nothing_is_written_where_a_notebook_would_show_it(folder, model, capfd):
    with serving.start(folder) as server:
        ask(server, b"nonsense")
        assert still_right(server, model)
    assert capfd.readouterr() == ("", "")
