"""So many tasks that do nothing in one job, some thousands at a time."""
import sys

import ray

COUNT, AT_ONCE = int(sys.argv[1]), 5000
ray.init()


@ray.remote(num_cpus=0.5)
def nothing():
    pass


for first in range(0, COUNT, AT_ONCE):
    ray.get([nothing.remote() for _ in range(min(AT_ONCE, COUNT - first))])
