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
mostly wait: training is then bound by ingest, and more ingest nodes make it faster while more GPUs do not. With
`-- --fetch-ms 20` each image takes as long to arrive as from a store that is far away, during which a CPU only waits:
then more ingest CPUs help even where all nodes are one small machine.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import ray
import ray.train
import torch
import torch.nn.functional as F
from PIL import Image
from ray.data.datasource.partitioning import Partitioning
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer
from sklearn.datasets import load_digits

SIDE = 28
HELD_OUT = 300
BLOCKS = 24  # Parts of the data set, each read by one task.
TRAINERS = 2
BATCH = 64  # Images per trainer and step.


# The data set: 1,797 digits that people wrote, which scikit-learn brings along, as PNG files in a folder per digit.


def write_images(folder):
    """Writes the training images to `folder`, and returns those that are held out, as pixels and digits."""
    digits = load_digits()
    images = [
        Image.fromarray((image * 255 / 16).astype(np.uint8)).resize((SIDE, SIDE)) for image in digits.images
    ]
    order = np.random.default_rng(seed=0).permutation(len(images))
    held_out, training = order[:HELD_OUT], order[HELD_OUT:]
    for number in training:
        file = Path(folder, str(digits.target[number]), f"{number:04}.png")
        file.parent.mkdir(exist_ok=True)
        images[number].save(file)
    return scaled(np.stack([np.asarray(images[number]) for number in held_out])), digits.target[held_out]


# Ingest: runs on CPUs, as many tasks at once as there are CPUs for it.


def augment(batch, variants, fetch_ms):
    """Makes turned, shifted and noisy variants of each image, so that the network learns what matters."""
    time.sleep(fetch_ms / 1000 * len(batch["image"]))
    random = np.random.default_rng()
    pixels = [distort(image, random) for image in batch["image"] for _ in range(variants)]
    labels = np.repeat([int(digit) for digit in batch["digit"]], variants)
    order = random.permutation(len(labels))
    return {"pixels": scaled(np.stack(pixels)[order]), "label": labels[order]}


def distort(image, random):
    angle, shift = random.uniform(-15, 15), random.uniform(-2, 2, size=2)
    turned = Image.fromarray(image).rotate(angle, resample=Image.Resampling.BICUBIC, translate=tuple(shift))
    noisy = np.asarray(turned) + random.normal(0, 20, size=(SIDE, SIDE))
    return noisy.clip(0, 255).astype(np.uint8)


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
        losses, waited = [], 0.0
        start = mark = time.perf_counter()
        for batch in shard.iter_torch_batches(batch_size=BATCH, device=device, drop_last=True):
            waited += time.perf_counter() - mark
            loss = F.cross_entropy(network(batch["pixels"]), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            mark = time.perf_counter()
        seconds = time.perf_counter() - start
        speed, waited = TRAINERS * BATCH * len(losses) / seconds, waited / seconds
        ray.train.report({"loss": np.mean(losses), "images per second": speed, "waited": waited})
        if ray.train.get_context().get_world_rank() == 0:
            print(
                f"Epoch {epoch} of {config['epochs']}: loss {np.mean(losses):.3f}, {speed:,.0f} images/s, "
                f"waited for images {waited:.0%} of the time",
                flush=True,
            )
    return {"before": before, "after": accuracy(network, *config["held_out"], device), "waited": waited}


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
    parser.add_argument("--fetch-ms", type=float, default=0, help="waiting for each image, as for a remote store")
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()

    ray.init()
    ray.data.DataContext.get_current().enable_progress_bars = False  # They are for a terminal, not for a log.
    start = time.perf_counter()
    # In the working directory, which every node of a cluster that Heliostat starts can see.
    with tempfile.TemporaryDirectory(prefix="digits-", dir=Path.cwd()) as folder:
        held_out = write_images(folder)
        by_folder = Partitioning("dir", field_names=["digit"], base_dir=folder)
        work = {"variants": args.variants, "fetch_ms": args.fetch_ms}
        images = ray.data.read_images(folder, partitioning=by_folder, override_num_blocks=BLOCKS, shuffle="files")
        trainer = TorchTrainer(
            train,
            train_loop_config={"epochs": args.epochs, "held_out": held_out},
            datasets={"train": images.map_batches(augment, fn_kwargs=work, batch_size=None)},
            torch_config=TorchConfig(backend="gloo"),  # "nccl" where the GPUs are real.
            scaling_config=ScalingConfig(num_workers=TRAINERS, use_gpu=True, resources_per_worker={"GPU": 1}),
            run_config=RunConfig(storage_path=folder),
        )
        result = trainer.fit().return_value
    seconds = time.perf_counter() - start
    print(f"Recognised {result['after']:.1%} of {HELD_OUT} unseen digits (before training {result['before']:.1%})")
    more = "more ingest CPUs" if result["waited"] > 0.5 else "more GPUs"
    print(f"Trainers waited {result['waited']:.0%} of the last epoch for images: {more} would make it faster")
    print(f"All of it took {seconds:.1f} s")
    assert result["after"] > 0.9 > result["before"], "The network did not learn."


if __name__ == "__main__":
    main()
