"""A script to debug on a cluster that Heliostat did not start, with a worker hook and variables of its own."""
import os
import sys
import time

import ray
from lib.doubling import double


def mark_worker():
    os.environ["MARKED_BY"] = "the user's hook"


@ray.remote
def counts(x):
    here = x
    return double(here)


@ray.remote
class Adder:
    def __init__(self):
        self.sum = 0

    def add(self, x):
        self.sum += x
        return self.sum


@ray.remote(max_retries=0)
def fails(left):
    return 10 // left


@ray.remote
def naps(stop_file):
    while not os.path.exists(stop_file):
        time.sleep(0.05)
    return os.environ["MARKED_BY"], os.environ["COLOUR"]


def main():
    print("counts", ray.get([counts.remote(x) for x in range(3)]))
    adder = Adder.remote()
    print("sum", ray.get([adder.add.remote(x) for x in (1, 2)]))
    try:
        ray.get(fails.remote(0))
    except ZeroDivisionError as error:
        print("caught", type(error).__name__)
    print("napped", ray.get(naps.remote(sys.argv[1])))
    print("again", ray.get(naps.options(num_cpus=2).remote(sys.argv[1])))


if __name__ == "__main__":
    ray.init(runtime_env={"worker_process_setup_hook": mark_worker, "env_vars": {"COLOUR": "blue"}})
    main()
