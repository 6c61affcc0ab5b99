"""A task that Ray would try again if its worker were lost."""
import ray


@ray.remote(max_retries=3)
def square(number):
    print("begun: a task", flush=True)
    squared = number * number
    return squared


if __name__ == "__main__":
    ray.init()
    print("result:", ray.get(square.remote(7)))
