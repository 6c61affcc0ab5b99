"""Blocks of some megabytes that go from task to task."""
import time

import numpy as np
import ray
from work import burn


@ray.remote
def read(number):
    time.sleep(0.25)
    burn(30)
    return np.full(1_000_000, number, dtype=np.float64)


@ray.remote
def join(left, right):
    burn(50)
    time.sleep(0.1)
    return left + right


@ray.remote
def total(block):
    burn(20)
    return float(block.sum())


if __name__ == "__main__":
    ray.init()
    blocks = [read.remote(number) for number in range(40)]
    joined = [join.remote(blocks[at], blocks[at + 1]) for at in range(0, len(blocks), 2)]
    print(sum(ray.get([total.remote(block) for block in joined])))
