import helping
import ray


@ray.remote
def task(x):
    first = x
    return helping.help(first)


if __name__ == "__main__":
    ray.init()
    print("result", ray.get(task.remote(3)))
