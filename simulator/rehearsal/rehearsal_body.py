"""What every process of a rehearsal does: bodies that sleep, and the submission of tasks as a driver or from inside a task."""
import collections
import os
import pickle
import time

import ray


def body(times, index, duration_s, size, inside, *inputs):
    """`times` is the beginning of file names, `inside` the tasks that this one submits (`Inside`) or None."""
    start = time.time()
    if inside is None:
        time.sleep(duration_s)
    else:
        inside.run(times, duration_s)
    output = pickle.PickleBuffer(bytearray(size)) if size > 0 else None
    end = time.time()
    node, pid = where()
    file = os.open(f"{times}.{node}.{pid}", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{index}\t{start * 1000:.3f}\t{end * 1000:.3f}\t{node}\t{pid}\n".encode())
    os.close(file)
    return output


def where():
    """This process's node and id: ids alone collide between containers."""
    return os.environ.get("HELIOSTAT_NODE", "0"), os.getpid()


def hold(name):
    """A warm-up: is seen by its file, and stays until all are there."""
    node, pid = where()
    with open(f"{name}.{node}.{pid}", "w"):
        pass
    while not os.path.exists(f"{name}.go"):
        time.sleep(0.02)


class Inside:
    """Tasks that a task submits; `known` are refs of others' results that they need, by id."""

    def __init__(self, tasks, children, functions, actors, known):
        self.tasks, self.children, self.functions, self.actors, self.known = tasks, children, functions, actors, known

    def run(self, times, duration_s):
        submitter = Submitter(self.tasks, self.children, self.functions, self.actors, self.known, times)
        ray.get(submitter.submit_all())
        # Its own time that does not lie between submissions.
        time.sleep(max(0, duration_s - sum(task.get("thinkMs", 0) for task in self.tasks) / 1000))


class Submitter:
    """
    Submits tasks in the order of the list, in which inputs stand before what needs them. Every task has `index`;
    `children` maps a task's id to the tasks that it submits.
    """

    def __init__(self, tasks, children, functions, actors, known, times):
        self.tasks, self.children, self.functions, self.actors = tasks, children, functions, actors
        self.times = times
        self.refs = dict(known)
        self.outer = [outer_needs(task, children) for task in tasks]
        self.needs = [[*task["deps"], *task.get("after", []), *outer] for task, outer in zip(tasks, self.outer)]
        self.uses = collections.Counter(need for needs in self.needs for need in needs)
        self.counts_ends = any(task.get("afterFinished") for task in tasks)
        self.open = []
        self.ended = 0
        self.last = []
        self.late_s = 0

    def submit_all(self):
        """Refs of the tasks that nothing here depends on."""
        for at, task in enumerate(self.tasks):
            self._submit(at, task)
        return self.last

    def _submit(self, at, task):
        self._wait(task)
        inputs = [self.refs[need] for need in task["deps"]]
        args = (self.times, task["index"], task["durationMs"] / 1000, task["outputBytes"], self._inside(task, self.outer[at]), *inputs)
        if task.get("actor") is not None:
            ref = self.actors[task["actor"]].call.options(name=task["name"]).remote(*args)
        else:
            options = {"num_cpus": task["cpus"], "num_gpus": task["gpus"], "resources": task.get("resources") or None}
            ref = self.functions[task["name"]].options(**options).remote(*args)
        self.refs[task["id"]] = ref
        if self.counts_ends:
            self.open.append(ref)
        if self.uses[task["id"]] == 0:
            self.last.append(ref)
        # What nobody will ask for again is freed, as in a program that keeps no list of it.
        for need in self.needs[at]:
            self.uses[need] -= 1
            if self.uses[need] == 0:
                self.refs[need] = None

    def _wait(self, task):
        after = [self.refs[need] for need in task.get("after", [])]
        if after:
            ray.get(after)
        while self.ended < (task.get("afterFinished") or 0) and self.open:
            wanted = min(len(self.open), task["afterFinished"] - self.ended)
            done, self.open = ray.wait(self.open, num_returns=wanted)
            self.ended += len(done)
        if task.get("thinkMs"):
            self._think(task["thinkMs"] / 1000)

    def _think(self, seconds):
        """A sleep that took too long is taken off the next ones."""
        began = time.perf_counter()
        time.sleep(max(0, seconds - self.late_s))
        self.late_s = max(0, self.late_s + time.perf_counter() - began - seconds)

    def _inside(self, task, outer):
        tasks = self.children.get(task["id"])
        if not tasks:
            return None
        known = {need: self.refs[need] for need in outer}
        below = list(descendants(task, self.children))
        functions = {one["name"]: self.functions[one["name"]] for one in below if one.get("actor") is None}
        actors = {one["actor"]: self.actors[one["actor"]] for one in below if one.get("actor") is not None}
        children = {one["id"]: self.children[one["id"]] for one in below if one["id"] in self.children}
        return Inside(tasks, children, functions, actors, known)


def descendants(task, children):
    for child in children.get(task["id"], []):
        yield child
        yield from descendants(child, children)


def outer_needs(task, children):
    """What tasks inside a task need of tasks that are not inside it."""
    below = list(descendants(task, children))
    own = {task["id"], *(one["id"] for one in below)}
    needs = (need for one in below for need in (*one["deps"], *one.get("after", [])))
    return list(dict.fromkeys(need for need in needs if need not in own))
