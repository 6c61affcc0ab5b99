"""Tasks that do not come back."""
import os
import signal
import time

import ray

ray.init(logging_level="error", log_to_driver=False)


@ray.remote(max_retries=0)
def exits():
    raise SystemExit(3)


@ray.remote(max_retries=0)
def vanishes():
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


@ray.remote(max_retries=0)
def is_cancelled():
    # Ray's interrupt does not end a sleep.
    for _ in range(6000):
        time.sleep(0.01)


@ray.remote
class Victim:
    def waits(self):
        time.sleep(60)


def dies(ref):
    try:
        ray.get(ref)
    except ray.exceptions.RayError:
        return
    raise SystemExit("should have died")


def running(name):
    """Until the task has been seen to run; the probe has told of it by then."""
    from ray.util.state import list_tasks

    while not list_tasks(filters=[("name", "=", name), ("state", "=", "RUNNING")]):
        time.sleep(0.1)
    time.sleep(0.5)


dies(exits.remote())
dies(vanishes.remote())
long = is_cancelled.remote()
running("is_cancelled")
ray.cancel(long)
dies(long)
victim = Victim.remote()
waiting = victim.waits.remote()
running("Victim.waits")
ray.kill(victim)
dies(waiting)
print("done")
raise RuntimeError("the driver too")
