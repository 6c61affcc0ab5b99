"""Connects to Ray, says so with its process id, runs one task, ends."""
import os

import ray

ray.init()
print(f"first line of {os.getpid()}", flush=True)


@ray.remote(num_cpus=0.5)
def answer():
    return 42


assert ray.get(answer.remote()) == 42
