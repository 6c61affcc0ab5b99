"""10,000 tasks that do nothing, once every worker is there that they will have; prints how long they took."""
import os
import time

import ray

ray.init()
CPUS = 0.5
SLOTS = int(ray.cluster_resources()["CPU"] / CPUS)


@ray.remote(num_cpus=CPUS)
def nothing():
    pass


@ray.remote(num_cpus=CPUS)
def worker():
    time.sleep(0.2)
    return os.getpid()


workers = set()
while len(workers) < SLOTS:
    workers.update(ray.get([worker.remote() for _ in range(SLOTS)]))
ray.get([nothing.remote() for _ in range(100)])
began = time.perf_counter()
ray.get([nothing.remote() for _ in range(10_000)])
print(f"wall time: {(time.perf_counter() - began) * 1000:.1f} ms")
