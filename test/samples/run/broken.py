# /// script
# [[tool.heliostat.nodes]]
# count = 2
# cpus = 1
# ///
import ray


@ray.remote(max_retries=0)
def check(row):
    if row == 3:
        raise ValueError(f"row {row} is broken")
    return row


ray.init()
ray.get([check.remote(row) for row in range(5)])
