"""Tasks, an actor and a Ray Data pipeline, all at the same time, while something happens to node 1.

Prints READY once all three are under way, and one line of JSON at the end. None of it may notice more than a delay.
"""

import json
import threading
import time

import numpy
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

TASKS, CALLS, ROWS = 16, 24, 240

ray.init(log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
NODES = {node["Labels"]["heliostat-node"]: node["NodeID"] for node in ray.nodes() if node["Alive"]}
under_way = {name: threading.Event() for name in ("task", "actor", "data")}


@ray.remote(num_cpus=0.5, scheduling_strategy="SPREAD")
def make(number):
    time.sleep(1.5)
    return numpy.full(200_000, number)


@ray.remote(num_cpus=0.5, scheduling_strategy="SPREAD")
def total(array):
    time.sleep(0.5)
    return int(array.sum())


@ray.remote(num_cpus=0.2, max_restarts=-1, max_task_retries=-1)
class Squares:
    def __init__(self):
        self.calls = 0

    def square(self, number):
        time.sleep(0.4)
        self.calls += 1
        return number * number, self.calls


def slowly(batch):
    time.sleep(0.6)
    return {"id": batch["id"] * 2}


def task():
    made = [make.remote(number) for number in range(TASKS)]
    ray.wait(made, num_returns=2)
    under_way["task"].set()
    # What lay on a lost node is made again from its lineage.
    answer = sum(ray.get([total.remote(array) for array in made]))
    return {"right": answer == 200_000 * sum(range(TASKS))}


def actor():
    placed = NodeAffinitySchedulingStrategy(NODES["1"], soft=True)
    squares = Squares.options(scheduling_strategy=placed).remote()
    answers = []
    for number in range(CALLS):
        answers.append(ray.get(squares.square.remote(number)))
        under_way["actor"].set()
    return {
        "right": [square for square, _ in answers] == [number * number for number in range(CALLS)],
        "restarted": answers[-1][1] < CALLS,
    }


def data():
    rows = ray.data.range(ROWS, override_num_blocks=24).map_batches(slowly, batch_size=None, num_cpus=0.5)
    answer = 0
    for batch in rows.iter_batches(batch_size=None):
        under_way["data"].set()
        answer += int(batch["id"].sum())
    return {"right": answer == ROWS * (ROWS - 1)}


results = {}


def run(part):
    began = time.monotonic()
    try:
        results[part.__name__] = part()
    except Exception as error:
        results[part.__name__] = {"right": False, "error": f"{type(error).__name__}: {error}"[:2000]}
    results[part.__name__]["seconds"] = round(time.monotonic() - began, 1)


threads = [threading.Thread(target=run, args=(part,)) for part in (task, actor, data)]
for thread in threads:
    thread.start()
for event in under_way.values():
    event.wait(120)
print("READY", flush=True)
for thread in threads:
    thread.join()
print(json.dumps(results))
