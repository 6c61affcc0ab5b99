# /// script
# [[tool.heliostat.nodes]]
# count = 2
# cpus = 1
# ///
"""What a user meets while debugging: tasks of each kind, one that fails, and one after another."""
import os
import time

import ray

END = os.path.join(os.path.dirname(os.path.abspath(__file__)), "end")


@ray.remote
def square(x):
    y = x * x
    return y


@ray.remote
def outer(x):
    inner = square.remote(x)
    return ray.get(inner) + 1


@ray.remote(num_cpus=0, max_concurrency=2)
class Threaded:
    def work(self, x):
        doubled = x * 2
        return doubled


@ray.remote(num_cpus=0)
class Async:
    async def work(self, x):
        tripled = x * 3
        return tripled


@ray.remote(max_retries=0)
def divides(x):
    left = x - 3
    return 10 // left


@ray.remote
def naps(x):
    time.sleep(0.1)
    return x


def main():
    ray.init()
    print("squares", ray.get([square.remote(x) for x in (1, 2, 3, 4)]))
    print("outer", ray.get(outer.remote(7)))
    threaded, other = Threaded.remote(), Async.remote()
    print("actors", ray.get([threaded.work.remote(1), threaded.work.remote(2), other.work.remote(4)]))
    try:
        ray.get(divides.remote(3))
    except ZeroDivisionError:
        print("caught")
    while not os.path.exists(END):
        ray.get(naps.remote(0))
    print("done")


if __name__ == "__main__":
    main()
