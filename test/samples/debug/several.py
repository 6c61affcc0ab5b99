import os
import sys
import time

import ray


@ray.remote
def works(x):
    time.sleep(0.6 if x == 3 else 0.01)
    return x


@ray.remote(max_retries=0)
def checks(x):
    rest = 5 - x
    return 10 // rest


@ray.remote
def spins(file):
    turns = 0
    while not os.path.exists(file):
        turns += 1
        time.sleep(0.01)
    return turns


@ray.remote
def marks(x):
    mark = x
    return mark


def main(what):
    ray.init()
    if what == "series":
        print("works", [ray.get(works.remote(x)) for x in range(6)])
        for x in (4, 5, 5):
            try:
                ray.get(checks.remote(x))
            except ZeroDivisionError:
                print("failed", x)
    elif what == "together":
        spinning = spins.remote(sys.argv[2])
        time.sleep(0.5)
        value = marks.remote(7)
        print("marks", ray.get(value))
        print("spins", ray.get(spinning) > 0)


if __name__ == "__main__":
    main(sys.argv[1])
