# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]>=2.49", "numpy"]
#
# [[tool.heliostat.nodes]]
# cpus = 1
#
# [[tool.heliostat.nodes]]   # A node that will be lost, as a spot instance is when another customer pays more.
# cpus = 1
# labels = { market = "spot" }
#
# [[tool.heliostat.nodes]]
# cpus = 1
#
# [[tool.heliostat.faults]]  # Nodes are numbered from 0, the head: this kills the second one.
# at = "12s"
# node = 1
# kind = "kill"
# ///
"""A calculation that survives the loss of a node: prime numbers, found by tasks and counted by an actor.

Twelve seconds after the start one of three nodes is killed on purpose. You will see what Ray makes good without being
asked: tasks that were cut off there run again, the actor starts again on another node (and goes on from what it wrote
down), and results that only the lost node had are made once more. In the end all numbers are right.
"""

import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

SIZE = 250_000  # Numbers that one task looks at.
PARTS = 80
PRIMES = 1_270_607  # Below 20 million,
TWINS = 107_407  # and pairs of them that are 2 apart: what mathematicians know.


@ray.remote(num_cpus=0.5)  # Ray tries it up to three times more when its node or worker dies (`max_retries`).
def find_primes(part, folder):
    """Which numbers of a part are prime: 250 kB, which stays on the node that made it."""
    with open(Path(folder, f"part-{part}"), "a") as runs:
        runs.write("x")
    time.sleep(0.8)  # As if it had to ask for the numbers somewhere.
    numbers = np.arange(part * SIZE, (part + 1) * SIZE + 2, dtype=np.int32)  # Two more, for pairs across the border.
    prime = numbers > 1
    for divisor in divisors():
        prime &= (numbers % divisor != 0) | (numbers == divisor)
    return prime


@ray.remote(num_cpus=0.5)
def count_twins(prime):
    return int((prime[:SIZE] & prime[2 : SIZE + 2]).sum())


# `max_restarts`: it starts again when its node dies. `max_task_retries`: what it was asked meanwhile is asked again.
# It asks for some CPU, since Ray pays no heed to where an actor that asks for none shall be.
@ray.remote(num_cpus=0.5, max_restarts=-1, max_task_retries=-1)
class Counter:
    """Counts primes part by part. What it knows it also writes down, so that it can go on after a restart."""

    def __init__(self, folder):
        # All nodes see this folder. On a cluster without a shared one, it would be a bucket.
        self.file = Path(folder, "counter.json")
        self.known = json.loads(self.file.read_text()) if self.file.exists() else {"starts": 0, "counts": {}}
        self.known["starts"] += 1
        self.write()

    # Methods of an actor that are `async` may run in another order than they were asked for. That is of use after a
    # restart, when some are asked once more.
    async def add(self, part, prime):
        # By part: being asked twice for the same one does no harm.
        self.known["counts"][str(part)] = int(prime[:SIZE].sum())
        self.write()
        return part

    def write(self):
        scratch = self.file.with_suffix(".new")
        scratch.write_text(json.dumps(self.known))
        os.replace(scratch, self.file)  # Whole or not at all.

    async def result(self):
        """The number of primes, the parts that it has, and how often it was started."""
        counts = self.known["counts"]
        return sum(counts.values()), len(counts), self.known["starts"]


def divisors():
    limit = int((PARTS * SIZE + 2) ** 0.5) + 1
    return [n for n in range(2, limit) if all(n % d for d in range(2, int(n**0.5) + 1))]


def spot_node():
    """The id of the node that will be lost; that of any node where none is labelled."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    return min(nodes, key=lambda node: node["Labels"].get("market") != "spot")["NodeID"]


def main():
    ray.init()
    before = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
    with tempfile.TemporaryDirectory(prefix="primes-", dir=Path.cwd()) as folder:
        # "Soft": on that node if it is there, otherwise on another one.
        there = NodeAffinitySchedulingStrategy(spot_node(), soft=True)
        counter = Counter.options(scheduling_strategy=there).remote(folder)
        ray.get(counter.result.remote())

        start = time.perf_counter()
        found = [find_primes.remote(part, folder) for part in range(PARTS)]
        waiting = [counter.add.remote(part, prime) for part, prime in enumerate(found)]
        lost = set()
        while waiting:
            done, waiting = ray.wait(waiting, num_returns=min(10, len(waiting)), timeout=2)
            gone = before - {node["NodeID"] for node in ray.nodes() if node["Alive"]} - lost
            lost |= gone
            for _ in gone:
                print(f"A node is lost after {time.perf_counter() - start:.1f} s. The calculation goes on", flush=True)
            if done:
                print(f"{PARTS - len(waiting)} of {PARTS} parts are counted", flush=True)

        twins = sum(ray.get([count_twins.remote(prime) for prime in found]))
        primes, parts, starts = ray.get(counter.result.remote())
        runs = sum(file.stat().st_size for file in Path(folder).glob("part-*"))

    print(f"{primes:,} primes below {PARTS * SIZE:,}, {twins:,} pairs of twins, after {time.perf_counter() - start:.1f} s")
    print(f"{len(lost)} of {len(before)} nodes lost. Tasks run again: {runs - PARTS}. The actor started {starts} times")
    assert (primes, twins, parts) == (PRIMES, TWINS, PARTS), "The answer is wrong."


if __name__ == "__main__":
    main()
