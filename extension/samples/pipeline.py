# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]>=2.49", "numpy"]
#
# [[tool.heliostat.nodes]]       # Two nodes that read and prepare images.
# count = 2
# cpus = 1
# labels = { role = "ingest" }   # A label says what a node is for.
#
# [[tool.heliostat.nodes]]       # One node that trains.
# cpus = 1
# gpus = 1                       # A real GPU where there is one, otherwise one that Ray believes in.
# labels = { role = "train" }
# ///
"""A small training pipeline: CPU tasks read and augment images, GPU tasks train a classifier on them.

You will see the loss fall from 2.2 (a guess among ten kinds is 2.3) to about 0.6 within a quarter of a minute, while
the tasks that read stay a few batches ahead of the one that trains. At the end the classifier recognises more than nine
in ten of a thousand images that it has never seen. It needs a cluster with a GPU, if only one that Ray believes in.
"""

import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import ray

KINDS = 10
SIDE = 28  # Images are 28 x 28 pixels.
IMAGES_PER_SHARD = 500
TRAINING_SHARDS = 16
TEST_SHARDS = 2
EPOCHS = 4  # How often each image is trained on, newly augmented each time.
VARIANTS = 8  # Augmented copies of each image.
PASSES = 10  # Over each batch.
LEARNING_RATE = 0.002
READ_AHEAD = 4  # Batches that may be in preparation at once.


# The data set: files of compressed images, one file per shard.


def make_shard(shard):
    """Draws the images of one shard: ten patterns under a lot of noise. The same shard is always the same images."""
    patterns = np.random.default_rng(seed=0).random((KINDS, SIDE // 4, SIDE // 4))
    random = np.random.default_rng(seed=1 + shard)
    labels = random.integers(KINDS, size=IMAGES_PER_SHARD)
    images = np.kron(patterns, np.ones((4, 4)))[labels]
    images = 0.12 * images + 0.88 * random.random(images.shape)
    return (255 * images).astype(np.uint8), labels.astype(np.uint8)


def shard_file(folder, shard):
    return Path(folder) / f"shard-{shard:02}.z"


def write_shard(file, shard):
    images, labels = make_shard(shard)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(zlib.compress(labels.tobytes() + images.tobytes()))


# The stages. Each `.remote()` call of one is a task, which Ray runs on a node that has what it asks for.


@ray.remote(num_cpus=1)
def read(folder, shard):
    """Reads and decodes one shard."""
    file = shard_file(folder, shard)
    if not file.exists():  # On a node with a disk of its own.
        write_shard(file, shard)
    pixels = np.frombuffer(zlib.decompress(file.read_bytes()), dtype=np.uint8)
    labels, images = np.split(pixels, [IMAGES_PER_SHARD])
    return images.reshape(-1, SIDE, SIDE), labels


@ray.remote(num_cpus=1)
def augment(batch, seed):
    """Makes several turned, shifted and differently lit copies of each image, so that the classifier learns what
    matters."""
    images, labels = batch
    random = np.random.default_rng(seed)
    copies = np.stack([distort(image, random) for image in np.repeat(images, VARIANTS, axis=0)])
    order = random.permutation(len(copies))
    return flatten(copies[order]), np.repeat(labels, VARIANTS)[order]


# Ray starts a new process for each GPU task, in case the last one left something in the GPU's memory. These leave
# nothing there: `max_calls=0` lets a process serve any number of them.
@ray.remote(num_cpus=0, num_gpus=1, num_returns=2, max_calls=0)
def train(weights, batch):
    """Takes the weights some steps down the gradient of a softmax regression; returns them, and the mean loss."""
    images, labels = batch
    wanted = np.eye(KINDS, dtype=np.float32)[labels]
    losses = []
    for start in PASSES * list(range(0, len(images), 20)):
        x, y = images[start : start + 20], wanted[start : start + 20]
        probabilities = softmax(x @ weights)
        losses.append(-np.log((probabilities * y).sum(axis=1) + 1e-9).mean())
        weights = weights - LEARNING_RATE * x.T @ (probabilities - y) / len(x)
    return weights, float(np.mean(losses))


@ray.remote(num_cpus=0, num_gpus=1, max_calls=0)
def evaluate(weights, batch):
    """The share of images that are recognised."""
    images, labels = batch
    return float(((flatten(images) @ weights).argmax(axis=1) == labels).mean())


# The mathematics.


def distort(image, random):
    """The image, turned about its middle, shifted and lit at random."""
    angle = random.uniform(-0.15, 0.15)
    y, x = np.indices(image.shape) - SIDE // 2
    turned_y = np.cos(angle) * y - np.sin(angle) * x + random.uniform(-1, 1)
    turned_x = np.sin(angle) * y + np.cos(angle) * x + random.uniform(-1, 1)
    rows, columns = [(at.round().astype(int) + SIDE // 2).clip(0, SIDE - 1) for at in (turned_y, turned_x)]
    return image[rows, columns] * random.uniform(0.8, 1.0)


def flatten(images):
    """One row per image: its pixels from -0.5 to 0.5, and a 1 for the bias."""
    rows = images.reshape(len(images), -1) / 255 - 0.5
    return np.hstack([rows, np.ones((len(rows), 1))]).astype(np.float32)


def softmax(scores):
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def main():
    ray.init()
    with tempfile.TemporaryDirectory(prefix="pipeline-") as folder:
        for shard in range(TRAINING_SHARDS + TEST_SHARDS):
            write_shard(shard_file(folder, shard), shard)
        print(f"{(TRAINING_SHARDS + TEST_SHARDS) * IMAGES_PER_SHARD} images written to {folder}", flush=True)
        start = time.perf_counter()
        weights = fit(folder)
        accuracy = test(folder, weights)
        seconds = time.perf_counter() - start
    print(f"Recognised {accuracy:.1%} of {TEST_SHARDS * IMAGES_PER_SHARD} unseen images, after {seconds:.1f} s")


def fit(folder):
    """Trains on every batch, in whatever order they get ready; returns the weights."""
    batches = EPOCHS * TRAINING_SHARDS
    weights = np.zeros((SIDE * SIDE + 1, KINDS), np.float32)

    # Start as many batches as may be in flight, then one more for each that is used. To start them all at once would
    # fill the object store with batches long before anybody trains on them.
    started = min(READ_AHEAD, batches)
    in_flight = [prepare(folder, number) for number in range(started)]
    for used in range(1, batches + 1):
        [batch], in_flight = ray.wait(in_flight, num_returns=1)
        weights, loss = train.remote(weights, batch)
        if started < batches:
            in_flight.append(prepare(folder, started))
            started += 1
        loss = ray.get(loss)  # Training waits for this batch; those in flight go on.
        if used == 1 or used % 8 == 0:
            print(f"Batch {used:2} of {batches}: loss {loss:.3f}", flush=True)
    return weights


def prepare(folder, number):
    """Starts the CPU stages of one batch. `augment` gets a reference to what `read` will return, and waits for it."""
    images = read.remote(folder, number % TRAINING_SHARDS)
    return augment.remote(images, seed=number)


def test(folder, weights):
    shards = range(TRAINING_SHARDS, TRAINING_SHARDS + TEST_SHARDS)
    return np.mean(ray.get([evaluate.remote(weights, read.remote(folder, shard)) for shard in shards]))


if __name__ == "__main__":
    main()
