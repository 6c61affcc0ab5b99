"""Where a driver and its workers find themselves. With `here` as argument, imports the module of that name."""
import json
import os
import sys

import ray

ray.init(logging_level="error")


@ray.remote
def look():
    import beside

    context = ray.get_runtime_context()
    return {"cwd": os.getcwd(), "beside": beside.WORD, "mark": os.environ.get("MARK"), "env": dict(context.runtime_env)}


@ray.remote
class Looker:
    def __init__(self):
        self.cwd = os.getcwd()

    def look(self):
        return self.cwd


driver = {"cwd": os.getcwd(), "argv": sys.argv[1:], "mark": os.environ.get("MARK")}
job = ray.get_runtime_context().get_job_id()
print(json.dumps({"driver": driver, "worker": ray.get(look.remote()), "actor": ray.get(Looker.remote().look.remote())}))
