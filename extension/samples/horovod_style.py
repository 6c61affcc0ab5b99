# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]==2.60.0", "torch==2.13.0", "scikit-learn==1.9.1"]
#
# [[tool.heliostat.nodes]]   # One node per worker.
# count = 3
# cpus = 1
# ///
"""Synchronous data-parallel training as Horovod does it: a ring of actors that average their gradients at every step.

For those who come from Horovod: `Ring` stands for `hvd`, and `DistributedOptimizer` for `hvd.DistributedOptimizer`. You
will see three workers take exactly the steps that one worker with the whole batch would take, and recognise more than
nine in ten handwritten digits that they have never seen.

The `horovod` package itself is of no use with a PyTorch of today: its last version (0.28.1, of 2023) is built on your
machine, as C++14, and PyTorch's headers want C++17 (seen with PyTorch 2.13). CMake 4 also refuses its build files.
"""

import socket
import time

import numpy as np
import ray
import torch
import torch.distributed
import torch.nn.functional as F
from sklearn.datasets import load_digits

WORKERS = 3
EPOCHS = 6
BATCH = 32  # Images per worker and step.
LEARNING_RATE = 0.05 * WORKERS  # Scaled with the number of workers, as Horovod's guide says.
HELD_OUT = 297


class Ring:
    """The workers' connection: each one sends to the next and receives from the previous."""

    def __init__(self, rank, size, address):
        self.rank, self.size = rank, size
        torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=size)

    def average(self, tensor):
        """
        The mean of the workers' tensors, by ring all-reduce. The tensor is cut into as many parts as there are workers.
        In the first round trip each part is summed up on its way round the ring, in the second the sums go round.
        Whatever the number of workers, each one sends less than twice the tensor's size.
        """
        parts = [part.clone() for part in torch.tensor_split(tensor, self.size)]
        for step in range(self.size - 1):
            own, other = (self.rank - step) % self.size, (self.rank - step - 1) % self.size
            parts[other] += self.pass_on(parts[own], parts[other])
        for step in range(self.size - 1):
            own, other = (self.rank - step + 1) % self.size, (self.rank - step) % self.size
            parts[other] = self.pass_on(parts[own], parts[other])
        return torch.cat(parts) / self.size

    def pass_on(self, part, like):
        """Sends `part` to the next worker while the previous one's, of the shape of `like`, comes in."""
        received = torch.empty_like(like)
        sending = torch.distributed.isend(part, (self.rank + 1) % self.size)
        torch.distributed.recv(received, (self.rank - 1) % self.size)
        sending.wait()
        return received

    def broadcast(self, network):
        """All begin with the first worker's weights (`hvd.broadcast_parameters`)."""
        for weights in network.parameters():
            torch.distributed.broadcast(weights.data, src=0)


class DistributedOptimizer:
    """An optimizer that steps by the mean of all workers' gradients."""

    def __init__(self, optimizer, ring):
        self.optimizer, self.ring = optimizer, ring
        self.waited = 0.0  # Seconds, for the others and for the network.

    def step(self):
        weights = [each for group in self.optimizer.param_groups for each in group["params"]]
        start = time.perf_counter()
        mean = self.ring.average(torch.cat([each.grad.flatten() for each in weights]))
        self.waited += time.perf_counter() - start
        for each, gradient in zip(weights, mean.split([each.numel() for each in weights])):
            each.grad = gradient.view_as(each)
        self.optimizer.step()

    def zero_grad(self):
        self.optimizer.zero_grad()


@ray.remote(num_cpus=1)
class Worker:
    def __init__(self, rank):
        torch.set_num_threads(1)
        self.rank = rank

    def address(self):
        """Where the workers meet: a free port on the first worker's node."""
        with socket.socket() as free:
            free.bind(("", 0))
            return f"tcp://{ray.util.get_node_ip_address()}:{free.getsockname()[1]}"

    def join(self, address):
        self.ring = Ring(self.rank, WORKERS, address)
        torch.manual_seed(self.rank)  # Different weights on each worker, until the first one's are broadcast.
        self.network = new_network()
        self.ring.broadcast(self.network)
        self.optimizer = DistributedOptimizer(new_optimizer(self.network), self.ring)
        self.images, self.labels = load_data()[0]

    def train_epoch(self, epoch):
        """Trains on this worker's share of every batch; returns the mean loss and the seconds that it waited."""
        losses, self.optimizer.waited = [], 0.0
        for batch in batches(epoch, len(self.labels)):
            share = batch[self.rank :: WORKERS]
            losses.append(train_step(self.network, self.optimizer, self.images[share], self.labels[share]))
        return np.mean(losses), self.optimizer.waited

    def weights(self):
        return self.network.state_dict()

    def check_ring(self):
        """How far the ring's average of some numbers is from what torch's own all-reduce makes of them."""
        numbers = torch.randn(100_003)
        average = self.ring.average(numbers)
        torch.distributed.all_reduce(numbers)
        return float((average - numbers / WORKERS).abs().max())


def new_network():
    return torch.nn.Sequential(torch.nn.Linear(64, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))


def new_optimizer(network):
    return torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, momentum=0.9)


def load_data():
    """Handwritten digits that scikit-learn brings along: those to train on and those held out, images and labels."""
    digits = load_digits()
    order = np.random.default_rng(seed=0).permutation(len(digits.target))
    images = torch.tensor(digits.data[order] / 16, dtype=torch.float32)
    labels = torch.tensor(digits.target[order])
    return (images[HELD_OUT:], labels[HELD_OUT:]), (images[:HELD_OUT], labels[:HELD_OUT])


def batches(epoch, count):
    """The rows of each batch of all workers together, the same on each of them."""
    order = torch.from_numpy(np.random.default_rng(epoch).permutation(count))
    return order.split(BATCH * WORKERS)[: count // (BATCH * WORKERS)]


def train_step(network, optimizer, images, labels):
    loss = F.cross_entropy(network(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_alone():
    """The same training in one process, with whole batches; returns its network."""
    torch.manual_seed(0)
    network = new_network()
    optimizer = new_optimizer(network)
    images, labels = load_data()[0]
    for epoch in range(1, EPOCHS + 1):
        for batch in batches(epoch, len(labels)):
            train_step(network, optimizer, images[batch], labels[batch])
    return network


def accuracy(network):
    images, labels = load_data()[1]
    with torch.no_grad():
        return float((network(images).argmax(dim=1) == labels).float().mean())


def main():
    ray.init()
    start = time.perf_counter()
    workers = [Worker.remote(rank) for rank in range(WORKERS)]
    address = workers[0].address.remote()
    ray.get([worker.join.remote(address) for worker in workers])
    print(f"The ring is closed after {time.perf_counter() - start:.1f} s", flush=True)

    for epoch in range(1, EPOCHS + 1):
        begun = time.perf_counter()
        losses, waited = zip(*ray.get([worker.train_epoch.remote(epoch) for worker in workers]))
        seconds = time.perf_counter() - begun
        print(
            f"Epoch {epoch} of {EPOCHS}: loss {np.mean(losses):.3f}, {seconds:.2f} s, of which "
            f"{np.mean(waited):.2f} s in the ring",
            flush=True,
        )

    error = max(ray.get([worker.check_ring.remote() for worker in workers]))
    network, alone = new_network(), train_alone()
    network.load_state_dict(ray.get(workers[0].weights.remote()))
    pairs = zip(network.state_dict().values(), alone.state_dict().values())
    distance = max(float((a - b).abs().max()) for a, b in pairs)
    print(f"Recognised {accuracy(network):.1%} of {HELD_OUT} unseen digits")
    print(f"No weight is further than {distance:.6f} from what one worker with the whole batch finds")
    assert error < 1e-5, f"The ring's average is off by {error}."
    assert distance < 1e-2, "Three workers did not take the steps of one."
    assert accuracy(network) > 0.9, "The network did not learn."


if __name__ == "__main__":
    main()
