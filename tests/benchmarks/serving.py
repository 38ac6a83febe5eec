"""How many requests the server answers in a second, and how soon: for one client and for eight.

    python tests/benchmarks/serving.py
"""

import http.client
import json
import pathlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from companion import datasets, serving  # noqa: E402  (it sets what TensorFlow reads when it starts)

import keras  # noqa: E402
import numpy as np  # noqa: E402

REQUESTS = 1000


def digit_reader() -> keras.Model:
    """A model of the size that notebook 6 serves, not trained: that takes as long to answer."""
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(128, activation="relu")]
    return keras.Sequential([keras.Input((28, 28)), *layers, keras.layers.Dense(10, activation="softmax")])


def milliseconds(port: int, pictures: list) -> list[float]:
    """Send each picture over one connection; return how long each answer took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took = []
    for picture in pictures:
        start = time.perf_counter()
        connection.request("POST", "/v1/models/digits:predict", json.dumps({"instances": [picture]}))
        json.load(connection.getresponse())
        took.append((time.perf_counter() - start) * 1000)
    connection.close()
    return took


def main() -> None:
    _, (pictures, _) = datasets.load_digits()
    with tempfile.TemporaryDirectory() as folder:
        digit_reader().export(f"{folder}/digits/1", verbose=False)
        start = time.perf_counter()
        with serving.start(f"{folder}/digits") as server:
            print(f"ready after {time.perf_counter() - start:.1f} s")
            for clients in (1, 8):
                parts = [part.tolist() for part in np.array_split(pictures[:REQUESTS], clients)]
                start = time.perf_counter()
                with ThreadPoolExecutor(clients) as pool:
                    took = sum(pool.map(lambda part: milliseconds(server.port, part), parts), [])
                rate = REQUESTS / (time.perf_counter() - start)
                median, p95 = np.percentile(took, [50, 95])
                print(f"{clients} clients: {rate:.0f} requests a second, median {median:.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main()
