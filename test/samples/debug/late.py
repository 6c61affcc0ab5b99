"""A generator of the driver, a task, a threaded and an async actor: each in a loop until a file exists."""
import asyncio
import os
import sys
import time
from pathlib import Path

import ray


@ray.remote
def loops(file):
    Path(file + ".task").touch()
    while not os.path.exists(file):
        in_task = time.time()
        time.sleep(0.02)


@ray.remote(num_cpus=0, max_concurrency=2)
class Threaded:
    def loops(self, file):
        Path(file + ".threaded").touch()
        while not os.path.exists(file):
            in_thread = time.time()
            time.sleep(0.02)


@ray.remote(num_cpus=0)
class Async:
    async def loops(self, file):
        Path(file + ".async").touch()
        never = asyncio.Event()
        while not os.path.exists(file):
            try:
                await asyncio.wait_for(never.wait(), timeout=0.02)
            except asyncio.TimeoutError:
                in_coroutine = time.time()


def ticks(file):
    while not os.path.exists(file):
        in_generator = time.time()
        yield in_generator


def main(file):
    ray.init()
    threaded, other = Threaded.remote(), Async.remote()
    loopers = [loops.remote(file), threaded.loops.remote(file), other.loops.remote(file)]
    Path(file + ".driver").touch()
    for _ in ticks(file):
        time.sleep(0.02)
    ray.get(loopers)


if __name__ == "__main__":
    main(sys.argv[1])
