# /// script
# [[tool.heliostat.nodes]]
# cpus = 1
# ///
import ray


@ray.remote(num_gpus=2)
def train():
    return 1


ray.init()
print(ray.get(train.remote()))
