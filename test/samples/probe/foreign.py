"""A job for a cluster that Heliostat did not start, with a worker hook of its own."""
import json
import os

import ray


def mark_worker():
    os.environ["MARKED_BY"] = "the user's hook"


ray.init(runtime_env={"worker_process_setup_hook": mark_worker})


@ray.remote(num_cpus=0.5)
def first(number):
    return [number] * 1000


@ray.remote(num_cpus=0.5)
def second(values, more):
    return os.environ.get("MARKED_BY"), len(values)


@ray.remote(num_cpus=0.5)
class Adder:
    def add(self, pair):
        return pair[1]


lists = [first.remote(number) for number in range(3)]
pairs = [second.remote(one, {"more": lists}) for one in lists]
adder = Adder.remote()
print(json.dumps({"marked": ray.get(pairs[0])[0], "sum": sum(ray.get([adder.add.remote(pair) for pair in pairs]))}))
