# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]>=2.49"]
#
# [[tool.heliostat.nodes]]   # The head, which always stays.
# cpus = 1
#
# [[tool.heliostat.nodes]]   # None at first. They come when tasks wait, and go when there is nothing left for them.
# name = "workers"
# cpus = 1
# min = 0
# max = 3
# idle-timeout = "5s"
# ///
"""A cluster that grows with the work and shrinks after it.

You will see nodes come while tasks wait for a CPU, and go five seconds after they had nothing more to do: from one node
to four and back. On a cluster of a fixed size the script runs, too, and says that nothing changed.
"""

import threading
import time
from collections import Counter

import ray

TASKS = 24
WORK_S = 2  # Of each task.
PATIENCE_S = 60  # How long to wait for the cluster to shrink.


@ray.remote(num_cpus=1)
def work(number):
    """Stands for something that takes its time, such as asking a slow service. Returns where it ran."""
    time.sleep(WORK_S)
    return ray.get_runtime_context().get_node_id()


class Watch:
    """Prints whenever the number of nodes changes, and keeps what it saw."""

    def __init__(self):
        self.start = time.perf_counter()
        self.sizes = []
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        while True:
            size = count_nodes()
            if self.sizes[-1:] != [size]:
                self.sizes.append(size)
                print(f"{time.perf_counter() - self.start:5.1f} s: the cluster has {words(size)}", flush=True)
            time.sleep(0.5)


def count_nodes():
    return sum(node["Alive"] for node in ray.nodes())


def words(nodes):
    return "1 node" if nodes == 1 else f"{nodes} nodes"


def rest(least):
    """Waits until the cluster is as small again as it was, or patience is at its end."""
    end = time.perf_counter() + PATIENCE_S
    while count_nodes() > least and time.perf_counter() < end:
        time.sleep(0.5)


def main():
    ray.init()
    least = count_nodes()
    watch = Watch()
    nodes = ray.get([work.remote(number) for number in range(TASKS)])
    seconds = time.perf_counter() - watch.start
    print(f"{TASKS} tasks of {WORK_S} s took {seconds:.1f} s: {TASKS * WORK_S / seconds:.1f} at a time", flush=True)
    for node, tasks in Counter(nodes).most_common():
        print(f"  node {node[:8]} ran {tasks} of them", flush=True)

    rest(least)
    time.sleep(1)  # For the last line of the watch.
    most = max(watch.sizes)
    if most == least:
        print(f"The cluster had {words(least)} all the time: it is of a fixed size")
    else:
        print(f"It began with {words(least)}, grew to {most} and ended with {watch.sizes[-1]}")
        assert watch.sizes[-1] == least, f"It did not shrink within {PATIENCE_S} s."


if __name__ == "__main__":
    main()
