"""What the probe costs the driver a submission: calls with its wrappers in place and with Ray's own methods in theirs, a few
at a time and in random turns, so that nothing which comes and goes on the machine falls on one of them. What is submitted
never starts: nothing but submitting goes on. Prints, by kind of call, microseconds of CPU of the submitting thread (`own`,
one number a pair, and their median), of the probe's own thread where calls follow one another (`flusher`, the mean), and what
Ray's own submission takes (`bare`, the median)."""
import json
import random
import statistics
import time

import heliostat_probe
import ray
from ray._private.serialization import SerializationContext
from ray.actor import ActorMethod
from ray.remote_function import RemoteFunction

PAIRS, CALLS, IN_A_ROW = 400, 20, 5000
WRAPPED = [
    (RemoteFunction, "_remote"),
    (ActorMethod, "_remote"),
    (SerializationContext, "add_contained_object_ref"),
    (SerializationContext, "serialize"),
]
ray.init()


@ray.remote(resources={"nowhere": 1})
def nothing(*given):
    pass


@ray.remote(resources={"nowhere": 1})
class Actor:
    def nothing(self):
        pass


def install(methods):
    for (owner, name), method in zip(WRAPPED, methods):
        setattr(owner, name, method)


kept = []


def submit(call, calls):
    began = time.thread_time()
    for _ in range(calls):
        kept.append(call())
    return (time.thread_time() - began) / calls * 1e6


def flusher_us():
    """CPU time of the probe's thread so far, once it has written everything."""
    time.sleep(0.5)
    with open(f"/proc/self/task/{heliostat_probe.spool.thread_id}/schedstat") as file:
        return int(file.read().split()[0]) / 1000


def measure(calls):
    probed = [getattr(owner, name) for owner, name in WRAPPED]
    bare = [method.__wrapped__ for method in probed]
    own, alone = {name: [] for name in calls}, {name: [] for name in calls}
    for name in calls:
        submit(calls[name], CALLS)
    for _ in range(PAIRS):
        for name in random.sample(list(calls), len(calls)):
            times = {}
            for methods in random.sample((probed, bare), 2):
                install(methods)
                times[methods is probed] = submit(calls[name], CALLS)
            own[name].append(times[True] - times[False])
            alone[name].append(times[False])
    install(probed)
    return {name: summary(own[name], alone[name], written_us(calls[name])) for name in calls}


def written_us(call):
    before = flusher_us()
    submit(call, IN_A_ROW)
    return (flusher_us() - before) / IN_A_ROW


def summary(own, alone, flusher):
    medians = {"median": statistics.median(own), "bare": statistics.median(alone)}
    return {"own": [round(one, 2) for one in own], "flusher": round(flusher, 2), **medians}


actor, ref = Actor.remote(), ray.put(1)
calls = {
    "a task": nothing.remote,
    "a task with a reference": lambda: nothing.remote(ref),
    "an actor's method": actor.nothing.remote,
}
print(json.dumps(measure(calls)))
