import sys

import ray


@ray.remote
def square(x):
    y = x * x
    return y


@ray.remote
def outer(x):
    inner = square.remote(x)
    return ray.get(inner) + 1


@ray.remote
def fails(x):
    left = x - 3
    return 10 // left


@ray.remote
class Plain:
    def __init__(self, start):
        self.total = start

    def add(self, x):
        self.total += x
        return self.total


@ray.remote(max_concurrency=3)
class Threaded:
    def work(self, x):
        doubled = x * 2
        return doubled


@ray.remote
class Async:
    async def work(self, x):
        tripled = x * 3
        return tripled


@ray.remote
def counts(x):
    for step in range(x):
        yield step * 10


def main(parts):
    ray.init()
    numbers = [1, 2, 3, 4]
    if "squares" in parts:
        refs = [square.remote(x) for x in numbers]
        print("squares", ray.get(refs))
    if "outer" in parts:
        print("outer", ray.get(outer.remote(7)))
    if "plain" in parts:
        plain = Plain.remote(10)
        print("plain", ray.get(plain.add.remote(5)))
    if "threaded" in parts:
        threaded = Threaded.remote()
        print("threaded", ray.get([threaded.work.remote(x) for x in (1, 2)]))
    if "async" in parts:
        other = Async.remote()
        print("async", ray.get(other.work.remote(4)))
    if "generator" in parts:
        print("counts", [ray.get(ref) for ref in counts.remote(2)])
    print("done")


if __name__ == "__main__":
    main(sys.argv[1:] or ["squares", "outer", "plain", "threaded", "async"])
