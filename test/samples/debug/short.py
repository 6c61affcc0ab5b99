import ray


@ray.remote
def square(x):
    y = x * x
    return y


if __name__ == "__main__":
    ray.init()
    print(ray.get([square.remote(x) for x in range(4)]))
