# /// script
# [[tool.heliostat.nodes]]
# count = 2
# cpus = 1
# ///
import time

import ray


@ray.remote
def nap(i):
    time.sleep(1)
    return i


ray.init()
print("begun", flush=True)
for i in range(12):
    print("nap", ray.get(nap.remote(i)), flush=True)
print("all done", flush=True)
