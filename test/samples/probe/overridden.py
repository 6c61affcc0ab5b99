"""A script whose workers cannot import the probe, and one whose task names its own working directory."""
import json
import os
import sys
import tempfile

import ray

ray.init(logging_level="error", runtime_env={"env_vars": {"PYTHONPATH": "/no/probe/here"}})


@ray.remote
def look():
    return {"cwd": os.getcwd(), "probe": "heliostat_probe" in sys.modules}


other = os.path.realpath(tempfile.mkdtemp())
ray.get(look.remote())
environment = {"working_dir": f"local://{other}"}
found = ray.get([look.remote(), look.options(runtime_env=environment).remote()])
print(json.dumps({"plain": found[0], "own": found[1]["cwd"] == other}))
os.rmdir(other)
