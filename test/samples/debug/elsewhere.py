"""A task whose module lies elsewhere on its node than on the machine of whoever debugs it."""
import os
import shutil
import sys

import ray

THERE = "/tmp/elsewhere"


@ray.remote
def away(x):
    shutil.copytree(os.path.join(os.path.dirname(__file__), "lib"), THERE, dirs_exist_ok=True)
    sys.path.insert(0, THERE)
    import doubling

    return doubling.double(x)


if __name__ == "__main__":
    ray.init()
    print("away", ray.get([away.remote(x) for x in (1, 2)]))
