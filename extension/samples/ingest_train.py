# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default,data,train]==2.60.0", "torch==2.13.0", "scikit-learn==1.9.1", "pillow>=11"]
#
# [[tool.heliostat.nodes]]       # Two cheap nodes that read, decode and augment images.
# count = 2
# cpus = 1
# labels = { role = "ingest" }
#
# [[tool.heliostat.nodes]]       # One node that trains, with two GPUs (simulated where there are none).
# cpus = 1
# gpus = 2
# labels = { role = "train" }
# ///
"""Images prepared on CPU nodes by Ray Data, streamed to PyTorch training on GPUs by Ray Train (DDP over gloo).

You will see the share of handwritten digits that the network recognises rise from about one in ten to more than nine in
ten, and how much of their time the trainers waited for images. With `-- --variants 24` (more work per image) they
mostly wait: training is then bound by ingest, and more ingest nodes make it faster while more GPUs do not.
"""

import argparse
import io
import os
import tempfile
import time

import numpy as np
import pandas as pd
import ray
import ray.train
import torch
import torch.nn.functional as F
from PIL import Image
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer
from sklearn.datasets import load_digits

SIDE = 28
FILES = 16
TRAINERS = 2
BATCH = 64  # Images per trainer and step.


# The data set: 1,797 digits that people wrote, which scikit-learn brings along, as PNG files packed into Parquet.


def write_images(folder):
    """Writes the training images to `folder`, and returns those that are held out, decoded."""
    digits = load_digits()
    order = np.random.default_rng(seed=0).permutation(len(digits.target))
    held_out, training = order[:300], order[300:]
    for number, rows in enumerate(np.array_split(training, FILES)):
        images = [as_png(digits.images[row]) for row in rows]
        table = pd.DataFrame({"png": images, "label": digits.target[rows]})
        table.to_parquet(os.path.join(folder, f"digits-{number:02}.parquet"))
    pixels = np.stack([decode(as_png(digits.images[row])) for row in held_out])
    return scaled(pixels), digits.target[held_out]


def as_png(image):
    file = io.BytesIO()
    Image.fromarray((image * 255 / 16).astype(np.uint8)).resize((SIDE, SIDE)).save(file, "png")
    return file.getvalue()


# Ingest: runs on CPUs, as many tasks at once as there are CPUs for it.


def decode_and_augment(batch, variants):
    """Decodes each image and makes turned, shifted and noisy variants of it, so that the network learns what matters."""
    random = np.random.default_rng()
    pixels = [augment(png, random) for png in batch["png"] for _ in range(variants)]
    return {"pixels": scaled(np.stack(pixels)), "label": np.repeat(batch["label"], variants)}


def augment(png, random):
    image = Image.fromarray(decode(png))
    shift = random.uniform(-2, 2, size=2)
    turned = image.rotate(random.uniform(-15, 15), resample=Image.Resampling.BICUBIC, translate=tuple(shift))
    noisy = np.asarray(turned) + random.normal(0, 20, size=(SIDE, SIDE))
    return noisy.clip(0, 255).astype(np.uint8)


def decode(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def scaled(pixels):
    return pixels[:, None].astype(np.float32) / 255 - 0.5


# Training: one process per GPU. Each gets its share of the stream; DDP averages their gradients at every step.


def train(config):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    # A simulated GPU is nothing to torch: its work is done by the CPU.
    device = ray.train.torch.get_device() if torch.cuda.is_available() else torch.device("cpu")
    network = ray.train.torch.prepare_model(new_network(), move_to_device=device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.002)
    shard = ray.train.get_dataset_shard("train")
    before = accuracy(network, *config["held_out"], device)
    for epoch in range(1, config["epochs"] + 1):
        losses, waited, images = [], 0.0, 0
        start = mark = time.perf_counter()
        for batch in shard.iter_torch_batches(batch_size=BATCH, device=device, drop_last=True):
            waited += time.perf_counter() - mark
            loss = F.cross_entropy(network(batch["pixels"]), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            images += len(batch["label"])
            mark = time.perf_counter()
        seconds = time.perf_counter() - start
        ray.train.report(
            {
                "epoch": epoch,
                "loss": float(np.mean(losses)),
                "before": before,
                "accuracy": accuracy(network, *config["held_out"], device),
                "images per second": TRAINERS * images / seconds,
                "waited": waited / seconds,
            }
        )
        if ray.train.get_context().get_world_rank() == 0:
            print(
                f"Epoch {epoch} of {config['epochs']}: loss {np.mean(losses):.3f}, {TRAINERS * images / seconds:,.0f} "
                f"images/s, waited for images {waited / seconds:.0%} of the time",
                flush=True,
            )


def new_network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, kernel_size=5, stride=2),
        torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, kernel_size=3, stride=2),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 5 * 5, 10),
    )


def accuracy(network, pixels, labels, device):
    with torch.no_grad():
        guesses = network(torch.as_tensor(pixels, device=device)).argmax(dim=1).cpu().numpy()
    return float((guesses == labels).mean())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--variants", type=int, default=4, help="augmented copies of each image")
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()

    ray.init()
    start = time.perf_counter()
    # In the working directory, which every node of a cluster that Heliostat starts can see.
    with tempfile.TemporaryDirectory(prefix="digits-", dir=".") as folder:
        folder = os.path.abspath(folder)
        held_out = write_images(folder)
        images = ray.data.read_parquet(folder, override_num_blocks=FILES).map_batches(
            decode_and_augment, fn_kwargs={"variants": args.variants}, batch_size=None, num_cpus=1
        )
        trainer = TorchTrainer(
            train,
            train_loop_config={"epochs": args.epochs, "held_out": held_out},
            datasets={"train": images},
            torch_config=TorchConfig(backend="gloo"),  # "nccl" where the GPUs are real.
            scaling_config=ScalingConfig(
                num_workers=TRAINERS, use_gpu=True, resources_per_worker={"GPU": 1, "CPU": 0}
            ),
            run_config=RunConfig(storage_path=folder),
        )
        last = trainer.fit().metrics
    seconds = time.perf_counter() - start
    print(f"Recognised {last['accuracy']:.1%} of 300 unseen digits (before training {last['before']:.1%})")
    bound = "ingest: add ingest CPUs" if last["waited"] > 0.5 else "training: add GPUs"
    print(f"Trainers waited {last['waited']:.0%} of the last epoch for images, so it is bound by {bound}")
    print(f"All of it took {seconds:.1f} s")
    assert last["accuracy"] > 0.9 > last["before"], "The network did not learn."


if __name__ == "__main__":
    main()
