"""Runtime environments that could hide the probe or the working directory from a worker."""
import json
import os
import sys
import tempfile

import ray

ray.init(logging_level="error", runtime_env={"env_vars": {"PYTHONPATH": "/of/the/job"}})


@ray.remote
def look():
    return {"cwd": os.getcwd(), "paths": sys.path, "probe": "heliostat_probe" in sys.modules}


other = os.path.realpath(tempfile.mkdtemp())
found = {
    "job": look.remote(),
    "task": look.options(runtime_env={"env_vars": {"PYTHONPATH": "/of/the/task"}}).remote(),
    "dir": look.options(runtime_env={"working_dir": f"local://{other}"}).remote(),
}
print(json.dumps({"other": other, **{name: ray.get(ref) for name, ref in found.items()}}))
os.rmdir(other)
