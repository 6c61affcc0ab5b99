"""Has every worker of a fresh cluster do something."""
import time

import ray


@ray.remote
def nothing():
    time.sleep(0.3)


if __name__ == "__main__":
    ray.init()
    ray.get([nothing.remote() for _ in range(2 * int(ray.cluster_resources()["CPU"]))])
