"""Tasks that wait for something outside for most of their time, and a few that put their results together."""
import time

import ray
from work import burn


@ray.remote
def fetch(number):
    time.sleep(0.2 + 0.02 * (number % 7))
    return burn(40)


@ray.remote
def merge(*parts):
    return burn(80) + sum(parts)


if __name__ == "__main__":
    ray.init()
    parts = [fetch.remote(number) for number in range(80)]
    merged = [merge.remote(*parts[at : at + 8]) for at in range(0, len(parts), 8)]
    print(sum(ray.get(merged)))
