import sys


def square(x):
    y = x * x
    return y


if __name__ == "__main__":
    if sys.argv[1:] == ["plain"]:
        print(square(3))
    else:
        import ray

        ray.init()
        print(ray.get(ray.remote(square).remote(3)))
