"""
Runs task graphs on real Ray with every body a sleep and every output a block of the recorded size.

`rehearsal.py PLAN RESULT`: PLAN is `{"graphs": [...]}`, each a `GraphFile` of `simulator/model/scaling.ts` with tasks in
the order of their submission and every actor described. RESULT is
`{"coldStartMs", "slots", "graphs": [{"wallMs", "submitMs", "lateMs", "busy", "tasks": [[id, startMs, endMs, node, pid], ...]}]}`,
all times from the first submission.

What is real: submission, leases, placement, inlining, dependencies, waits, and transfers of objects. What is not: the
bodies. Before the clock starts a worker runs for each slot and has fetched each function, and the actors are up.
"""
import collections
import json
import os
import sys
import tempfile
import time

import ray
import rehearsal_body
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

WARM_UP_LIMIT_S = 420
#: Views of other nodes' resources are 100 ms old; workers that are too many are ended after a second.
SETTLE_S = 0.6


def main(plan_file, result_file):
    with open(plan_file, encoding="utf-8") as file:
        graphs = json.load(file)["graphs"]
    ray.init(log_to_driver=False)
    # Beside the result, which all nodes see.
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=os.path.dirname(result_file)) as scratch:
        functions = {}
        began = time.perf_counter()
        slots = warm_up(functions, graphs[0]["tasks"], os.path.join(scratch, "warm"))
        cold_ms = (time.perf_counter() - began) * 1000
        print(f"{slots} workers were ready after {cold_ms / 1000:.1f} s.")
        results = []
        for index, graph in enumerate(graphs):
            # Actors of the graph before took workers with them, and Ray ends those that its wide tasks left idle.
            warm_up(functions, graph["tasks"], os.path.join(scratch, f"again-{index}"))
            actors = start_actors(graph)
            time.sleep(SETTLE_S)
            results.append(rehearse(graph["tasks"], functions, actors, os.path.join(scratch, f"times-{index}")))
            print(f"{len(graph['tasks'])} tasks took {results[-1]['wallMs'] / 1000:.3f} s.")
            for actor in actors.values():
                ray.kill(actor)
    write(result_file, {"coldStartMs": cold_ms, "slots": slots, "graphs": results})


def rehearse(tasks, functions, actors, times):
    for index, task in enumerate(tasks):
        task["index"] = index
    children = collections.defaultdict(list)
    for task in tasks:
        if task.get("parent") is not None:
            children[task["parent"]].append(task)
    of_driver = [task for task in tasks if task.get("parent") is None]
    submitter = rehearsal_body.Submitter(of_driver, dict(children), functions, actors, {}, times)
    used = cpu_ticks()
    epoch_ms, began = time.time() * 1000, time.perf_counter()
    last = submitter.submit_all()
    submitted = time.perf_counter()
    ray.wait(last, num_returns=len(last), fetch_local=False)
    ended = time.perf_counter()
    busy = busy_share(used, cpu_ticks())
    rows = [[tasks[index]["id"], start - epoch_ms, end - epoch_ms, *where] for index, start, end, *where in read(times)]
    if len(rows) != len(tasks):
        ray.get(last)
        sys.exit(f"Only {len(rows)} of {len(tasks)} tasks ended.")
    asked = {task["id"]: task["durationMs"] for task in tasks if task["id"] not in children}
    late = [end - start - asked[task] for task, start, end, *_ in rows if task in asked]
    return {
        "wallMs": (ended - began) * 1000,
        "submitMs": (submitted - began) * 1000,
        # How much longer than asked the bodies took, on average: what this machine's own load did to them.
        "lateMs": sum(late) / max(1, len(late)),
        "busy": busy,
        "tasks": rows,
    }


def cpu_ticks():
    """All ticks of this machine's CPUs so far, and the idle ones; None where nobody counts them."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
    except OSError:
        return None
    return sum(ticks), ticks[3] + ticks[4]


def busy_share(before, after):
    """Of this machine's CPUs, whoever used them: where it is near 1, the machine is measured rather than Ray."""
    if before is None or after is None or after[0] == before[0]:
        return None
    return 1 - (after[1] - before[1]) / (after[0] - before[0])


def make_function(name):
    """A function of its own for each name, since Ray's queues and leases go by function. It goes to workers by value."""

    def body(*args):
        import rehearsal_body

        return rehearsal_body.hold(args[1]) if args[0] is None else rehearsal_body.body(*args)

    body.__name__ = body.__qualname__ = name
    return ray.remote(max_retries=0)(body)


def start_actors(graph):
    """Handles by id, all of them up."""

    class Actor:
        def __init__(self, duration_s):
            time.sleep(duration_s)

        def ready(self):
            pass

        def call(self, *args):
            import rehearsal_body

            return rehearsal_body.body(*args)

    handles = {
        actor["id"]: ray.remote(Actor)
        .options(
            num_cpus=actor["cpus"],
            num_gpus=actor["gpus"],
            resources=actor.get("resources") or None,
            max_concurrency=actor.get("concurrency", 1),
            max_restarts=0,
        )
        .remote(actor.get("durationMs", 0) / 1000)
        for actor in graph.get("actors", [])
    }
    ray.get([actor.ready.remote() for actor in handles.values()], timeout=WARM_UP_LIMIT_S)
    return handles


def warm_up(functions, tasks, names):
    """Makes the functions, and for each holds a worker on every slot at the same time. Returns the number of slots."""
    shapes = {}
    for task in tasks:
        if task.get("actor") is None:
            cpus, gpus = shapes.get(task["name"], (task["cpus"], task["gpus"]))
            shapes[task["name"]] = (min(cpus, task["cpus"]), min(gpus, task["gpus"]))
    slots = 0
    # Workers of GPU tasks are others than those of CPU tasks; the last ones are the least likely to be ended as idle.
    order = sorted(shapes.items(), key=lambda item: (item[1][1], -item[1][0]))
    for number, (name, shape) in enumerate(order):
        if name not in functions:
            functions[name] = make_function(name)
        slots = max(slots, hold_all(functions[name], *shape, f"{names}-{number}"))
    return slots


def hold_all(function, cpus, gpus, name):
    held = []
    for node in ray.nodes():
        resources = node["Resources"] if node["Alive"] else {}
        fits = [resources.get(kind, 0) // ask for kind, ask in (("CPU", cpus), ("GPU", gpus)) if ask > 0]
        here = function.options(
            num_cpus=cpus,
            num_gpus=gpus,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False),
        )
        held += [here.remote(None, name) for _ in range(int(min(fits, default=0)))]
    limit = time.monotonic() + WARM_UP_LIMIT_S
    while (there := count_files(name)) < len(held):
        if time.monotonic() > limit:
            sys.exit(f"Only {there} of {len(held)} workers came up within {WARM_UP_LIMIT_S} s.")
        time.sleep(0.05)
    with open(f"{name}.go", "w"):
        pass
    ray.get(held)
    return len(held)


def files_of(name):
    folder, prefix = os.path.split(name)
    return [os.path.join(folder, file) for file in os.listdir(folder) if file.startswith(prefix + ".")]


def count_files(name):
    return len(files_of(name))


def read(times):
    """`(index, startMs, endMs, node, pid)` of every body."""
    for name in files_of(times):
        with open(name, encoding="utf-8") as file:
            for line in file:
                index, start, end, node, pid = line.split("\t")
                yield int(index), float(start), float(end), int(node), int(pid)


def write(result_file, result):
    with open(result_file + ".tmp", "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(result_file + ".tmp", result_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
