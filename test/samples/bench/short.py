"""Time for somebody to open the page, then so many tasks of one millisecond."""
import sys
import time

import ray

COUNT, WAIT_S = int(sys.argv[1]), float(sys.argv[2])
ray.init()


@ray.remote(num_cpus=0.5)
def short():
    time.sleep(0.001)


ray.get(short.remote())
time.sleep(WAIT_S)
ray.get([short.remote() for _ in range(COUNT)])
time.sleep(3)
