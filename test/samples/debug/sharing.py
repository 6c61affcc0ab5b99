"""Calls that share a process: threads of an actor, groups of an async one, threads of the driver."""
import os
import sys
import threading
import time
from pathlib import Path

import ray


def double(x):
    twice = x * 2
    return twice


def spin(file, mark):
    Path(file + mark).touch()
    turns = 0
    while not os.path.exists(file):
        turns += 1
        time.sleep(0.01)
    return turns


@ray.remote
def spins(file):
    return spin(file, ".elsewhere")


@ray.remote(num_cpus=0, max_concurrency=4)
class Threaded:
    def work(self, x):
        doubled = double(x)
        return doubled

    def spins(self, file):
        return spin(file, ".beside")


@ray.remote(num_cpus=0, concurrency_groups={"io": 1})
class Async:
    async def work(self, x):
        tripled = x * 3
        return tripled

    @ray.method(concurrency_group="io")
    async def reads(self, x):
        return x


def aside(x):
    left = x - 1
    return left


def say(*words):
    print(*words, flush=True)


def share():
    threaded = Threaded.remote()
    zero, one, *others = [threaded.work.remote(x) for x in range(6)]
    thread = threading.Thread(target=aside, args=[4], name="aside")
    thread.start()
    say("others", ray.get(others))
    for name, held in (("zero", zero), ("one", one)):
        turns = 0
        while not ray.wait([held], timeout=0)[0]:
            turns += ray.get(threaded.work.remote(8)) // 16
        say(name, ray.get(held), "beside it", turns > 0)
    thread.join()
    other = Async.remote()
    held = other.work.remote(4)
    while not ray.wait([held], timeout=0.1)[0]:
        say("reads", ray.get(other.reads.remote(7)))
    say("async", ray.get(held))


def together(file):
    threaded = Threaded.remote()
    spinning = [threaded.spins.remote(file), spins.remote(file)]
    while not all(os.path.exists(file + mark) for mark in (".beside", ".elsewhere")):
        time.sleep(0.01)
    say("work", ray.get(threaded.work.remote(1)))
    say("spins", all(ray.get(spinning)))


if __name__ == "__main__":
    ray.init()
    if sys.argv[1] == "share":
        share()
    else:
        together(sys.argv[2])
