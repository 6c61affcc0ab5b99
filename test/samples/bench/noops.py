"""10,000 tasks that do nothing, after a hundred that warm the workers up; prints how long they took."""
import time

import ray

ray.init()


@ray.remote(num_cpus=0.5)
def nothing():
    pass


ray.get([nothing.remote() for _ in range(100)])
began = time.perf_counter()
ray.get([nothing.remote() for _ in range(10_000)])
print(f"wall time: {(time.perf_counter() - began) * 1000:.1f} ms")
