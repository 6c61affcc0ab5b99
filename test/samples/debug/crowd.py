"""So many tasks at once, each in a worker of its own."""
import sys

import ray


@ray.remote(num_cpus=1, scheduling_strategy="SPREAD")
def waits(x):
    here = x
    return here


if __name__ == "__main__":
    ray.init()
    print("together", sum(ray.get([waits.remote(x) for x in range(int(sys.argv[1]))])))
