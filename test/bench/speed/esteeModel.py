"""A task graph in Estee under its scheduler by B-levels and its simple network: `esteeModel.py GRAPH`, prints `{"ms", "wallMs"}`."""
import json
import sys
import time

import numpy

numpy.float = float  # Estee is older than NumPy's removal of it.

from estee.common import TaskGraph
from estee.schedulers.others import BlevelScheduler
from estee.simulator import SimpleNetModel, Simulator, Worker


def main(file):
    with open(file, encoding="utf-8") as source:
        graph = json.load(source)
    tasks = TaskGraph()
    made = []
    for duration, needs in zip(graph["durationsMs"], graph["deps"]):
        task = tasks.new_task(duration=duration / 1000, cpus=1, output_size=0.001)
        task.add_inputs([made[need] for need in set(needs)])
        made.append(task)
    workers = [Worker(cpus=graph["cpus"]) for _ in range(graph["nodes"])]
    began = time.process_time()
    makespan = Simulator(tasks, workers, BlevelScheduler(), SimpleNetModel(bandwidth=1000)).run()
    print(json.dumps({"ms": makespan * 1000, "cpuMs": (time.process_time() - began) * 1000}))


if __name__ == "__main__":
    main(sys.argv[1])
