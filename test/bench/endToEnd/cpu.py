"""Tasks that need a CPU for all of their time."""
import ray
from work import burn


@ray.remote
def solve(number):
    return burn(150 + 25 * (number % 5))


if __name__ == "__main__":
    ray.init()
    print(sum(ray.get([solve.remote(number) for number in range(36)])))
