# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]>=2.49", "numpy"]
#
# [[tool.heliostat.nodes]]   # Two equal nodes; Ray spreads the tasks over them.
# count = 2
# cpus = 2
# ///
"""Estimates pi by throwing darts: a hundred independent tasks, the simplest way to use a cluster.

You will see the estimate settle while the tasks finish, in whatever order they do. It ends within 0.001 of pi.
"""

import math
import time

import numpy as np
import ray

TASKS = 100
DARTS_PER_TASK = 10 * 1_000_000


@ray.remote  # One CPU per task, unless told otherwise.
def throw_darts(seed):
    """Throws darts at a square and counts those that land in the circle inside it."""
    random = np.random.default_rng(seed)
    hits = 0
    for _ in range(10):
        x, y = random.random((2, DARTS_PER_TASK // 10))
        hits += np.count_nonzero(x * x + y * y <= 1)
    return hits


def main():
    ray.init()
    start = time.perf_counter()

    # `.remote()` returns at once, with a reference to a result that is not there yet.
    unfinished = [throw_darts.remote(seed) for seed in range(TASKS)]
    hits = 0
    for done in range(1, TASKS + 1):
        [finished], unfinished = ray.wait(unfinished, num_returns=1)
        hits += ray.get(finished)
        if done % 20 == 0:
            estimate = 4 * hits / (done * DARTS_PER_TASK)
            print(f"{done:3} of {TASKS} tasks: pi is about {estimate:.5f}", flush=True)

    estimate = 4 * hits / (TASKS * DARTS_PER_TASK)
    seconds = time.perf_counter() - start
    print(f"Pi is about {estimate:.6f}, off by {abs(estimate - math.pi):.6f}, after {seconds:.1f} s")


if __name__ == "__main__":
    main()
