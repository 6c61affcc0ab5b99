"""What the probe costs the driver a submission: the same calls in turn with its wrappers in place and with Ray's own
methods in theirs. Prints, by kind of call, microseconds of CPU of the submitting thread (`own`, one number a pair, and
their median), of the probe's own thread (`flusher`, the mean), and what Ray's own submission takes (`bare`, the median)."""
import json
import statistics
import time

import heliostat_probe
import ray
from ray._private.serialization import SerializationContext
from ray._private.worker import Worker
from ray.actor import ActorMethod
from ray.remote_function import RemoteFunction

PAIRS, CALLS = 80, 100
WRAPPED = [
    (RemoteFunction, "_remote"),
    (ActorMethod, "_remote"),
    (SerializationContext, "add_contained_object_ref"),
    (SerializationContext, "serialize"),
]
ray.init()
# What is waited for is recorded too, in every round: left out, since it is no submission.
Worker.get_objects = Worker.get_objects.__wrapped__


@ray.remote(num_cpus=0.5)
def nothing(*given):
    pass


@ray.remote(num_cpus=0.5)
class Actor:
    def nothing(self):
        pass


def install(methods):
    for (owner, name), method in zip(WRAPPED, methods):
        setattr(owner, name, method)


def submit(call):
    began = time.thread_time()
    refs = [call() for _ in range(CALLS)]
    spent = time.thread_time() - began
    ray.get(refs)
    return spent / CALLS * 1e6


def flusher_us():
    """CPU time of the probe's thread so far, once it has written everything."""
    time.sleep(0.5)
    with open(f"/proc/self/task/{heliostat_probe.spool.thread_id}/schedstat") as file:
        return int(file.read().split()[0]) / 1000


def measure(call):
    probed = [getattr(owner, name) for owner, name in WRAPPED]
    bare = [method.__wrapped__ for method in probed]
    submit(call)
    before = flusher_us()
    own, alone = [], []
    for pair in range(PAIRS):
        times = {}
        for methods in (probed, bare) if pair % 2 else (bare, probed):
            install(methods)
            times[methods is probed] = submit(call)
        own.append(times[True] - times[False])
        alone.append(times[False])
    install(probed)
    flusher = (flusher_us() - before) / (PAIRS * CALLS)
    medians = {"median": statistics.median(own), "bare": statistics.median(alone)}
    return {"own": [round(one, 2) for one in own], "flusher": round(flusher, 2), **medians}


actor, ref = Actor.remote(), ray.put(1)
calls = {
    "a task": nothing.remote,
    "a task with a reference": lambda: nothing.remote(ref),
    "an actor's method": actor.nothing.remote,
}
print(json.dumps({name: measure(call) for name, call in calls.items()}))
