# /// script
# [tool.heliostat]
# keep-arguments = ["picked"]
# ///
"""Tasks to run again alone: failed ones of each kind, and a picked one."""
import dataclasses

import numpy as np
import ray


@dataclasses.dataclass
class Setting:
    divisor: int


@ray.remote
def source():
    return np.arange(5)


@ray.remote(max_retries=0)
def divides(values, setting, refs):
    assert isinstance(setting, Setting)
    total = int(ray.get(refs[0]).sum())
    return (int(values.sum()) + total) // setting.divisor


@ray.remote
def picked(x, *, more=0):
    return x + more


@ray.remote
def holds(actor):
    raise ValueError("it has an actor")


@ray.remote
class Counter:
    def __init__(self, start):
        self.total = start

    def add(self, x):
        self.total += x
        raise ValueError(f"total {self.total}")


@ray.remote
class Feed:
    async def items(self, count):
        yield count
        raise ValueError("no more")


def main():
    ray.init()
    value = source.remote()
    counter = Counter.remote(10)
    for ref in (
        divides.remote(value, Setting(0), [value]),
        counter.add.remote(5),
        holds.remote(counter),
    ):
        try:
            ray.get(ref)
        except ray.exceptions.RayTaskError as error:
            print("caught", type(error.cause).__name__)
    try:
        for ref in Feed.remote().items.remote(3):
            ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        print("caught", type(error.cause).__name__)
    print("picked", ray.get([picked.remote(1, more=2), picked.remote(3)]))


if __name__ == "__main__":
    main()
