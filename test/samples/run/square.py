# /// script
# [[tool.heliostat.nodes]]
# count = 2
# cpus = 1
# ///
import ray


@ray.remote
def square(x):
    return x * x


ray.init()
print("sum of squares:", sum(ray.get([square.remote(i) for i in range(20)])))
