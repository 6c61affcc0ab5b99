"""64 tasks at once, each in a worker of its own; prints when the last of them went on from its first line."""
import time

import ray

ray.init()


@ray.remote(num_cpus=1)
def waits(x):
    here = x
    went_on = time.time()
    return here, went_on


results = ray.get([waits.remote(x) for x in range(64)])
print(f"the last went on at: {max(went_on for _, went_on in results) * 1000:.1f} ms")
