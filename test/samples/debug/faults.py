import os
import sys
import threading
import time

import ray


@ray.remote(max_retries=1, retry_exceptions=True)
def fails(x):
    left = x - 3
    return 10 // left


@ray.remote
def pauses(x):
    half = x / 2
    breakpoint()
    return half


@ray.remote
def naps(x):
    time.sleep(0.1)
    return x


@ray.remote(max_retries=0)
def dies():
    here = os.getpid()
    return here


def aside(x):
    return [][x]


def main(what):
    ray.init()
    if what == "fail":
        try:
            ray.get(fails.remote(3))
        except ray.exceptions.RayTaskError as error:
            print("caught", type(error.cause).__name__)
    elif what == "breakpoint":
        print("half", ray.get(pauses.remote(8)))
        note = "driver"
        breakpoint()
        print("after", note)
    elif what == "nap":
        for x in range(300):
            ray.get(naps.remote(x))
            if os.path.exists(sys.argv[2]):
                break
        print("naps", x)
    elif what == "die":
        try:
            ray.get(dies.remote())
        except ray.exceptions.WorkerCrashedError:
            print("crashed")
    elif what == "raise":
        thread = threading.Thread(target=aside, args=[4])
        thread.start()
        thread.join()
        wrong = {}
        print(wrong["key"])


if __name__ == "__main__":
    main(sys.argv[1])
