"""Tasks, an actor and a Ray Data pipeline, all at the same time, while something happens to node 1.

Prints READY once all three are under way. Each goes on until the file `over` is there, and then once more; then the
script prints one line of JSON. None of it may notice more than a delay.
"""

import json
import os
import threading
import time

import numpy
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

TASKS, ROWS = 4, 40

ray.init(log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
NODES = {node["Labels"]["heliostat-node"]: node["NodeID"] for node in ray.nodes() if node["Alive"]}
under_way = {name: threading.Event() for name in ("task", "actor", "data")}


@ray.remote(num_cpus=0.5, scheduling_strategy="SPREAD")
def make(number):
    time.sleep(0.6)
    return numpy.full(200_000, number)


@ray.remote(num_cpus=0.5, scheduling_strategy="SPREAD")
def total(array):
    time.sleep(0.2)
    return int(array.sum())


@ray.remote(num_cpus=0.2, max_restarts=-1, max_task_retries=-1)
class Squares:
    def __init__(self):
        self.calls = 0

    def square(self, number):
        time.sleep(0.2)
        self.calls += 1
        return number * number, self.calls


def slowly(batch):
    time.sleep(0.4)
    return {"id": batch["id"] * 2}


def rounds(name):
    """Numbers from 0 until everything is over, and one more."""
    number = 0
    while True:
        is_last = os.path.exists("over")
        yield number
        under_way[name].set()
        number += 1
        if is_last:
            return


def task():
    right = []
    for _ in rounds("task"):
        # What lay on a lost node is made again from its lineage.
        made = [make.remote(number) for number in range(TASKS)]
        right.append(sum(ray.get([total.remote(array) for array in made])) == 200_000 * sum(range(TASKS)))
    return {"right": all(right)}


def actor():
    placed = NodeAffinitySchedulingStrategy(NODES["1"], soft=True)
    squares = Squares.options(scheduling_strategy=placed).remote()
    answers = [ray.get(squares.square.remote(number)) for number in rounds("actor")]
    return {
        "right": [square for square, _ in answers] == [number * number for number in range(len(answers))],
        "restarted": answers[-1][1] < len(answers),
    }


def data():
    right = []
    for _ in rounds("data"):
        rows = ray.data.range(ROWS, override_num_blocks=4).map_batches(slowly, batch_size=None, num_cpus=0.5)
        answer = sum(int(batch["id"].sum()) for batch in rows.iter_batches(batch_size=None))
        right.append(answer == ROWS * (ROWS - 1))
    return {"right": all(right)}


results = {}


def run(part):
    try:
        results[part.__name__] = part()
    except Exception as error:
        results[part.__name__] = {"right": False, "error": f"{type(error).__name__}: {error}"[:2000]}
    under_way[part.__name__].set()


threads = [threading.Thread(target=run, args=(part,)) for part in (task, actor, data)]
for thread in threads:
    thread.start()
for event in under_way.values():
    event.wait()
print("READY", flush=True)
for thread in threads:
    thread.join()
print(json.dumps(results))
