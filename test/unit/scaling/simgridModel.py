"""List scheduling of a task graph in SimGrid: `simgridModel.py GRAPH`, `{"slots", "durationsMs", "deps"}`, prints each case's makespan in ms."""
import collections
import json
import sys

from simgrid import Actor, Engine, NetZone, Semaphore, this_actor

MS = 1e-3
FLOPS = 1e9


class Slot:
    """An actor on a host of its own, which runs what it is given."""

    def __init__(self, host, ended, wake):
        self.given, self.ended, self.wake, self.task = Semaphore(0), ended, wake, None
        Actor.create("slot", host, self.run)

    def start(self, task, flops):
        self.task, self.flops = task, flops
        self.given.release()

    def run(self):
        while True:
            self.given.acquire()
            if self.task is None:
                return
            this_actor.execute(self.flops)
            self.ended.append((self, self.task))
            self.wake.release()


def schedule(case, hosts):
    """Ready tasks start in the order in which they became ready, then of their numbers, wherever a slot is free."""
    durations, deps = case["durationsMs"], case["deps"]
    missing = [len(set(needs)) for needs in deps]
    consumers = [[] for _ in durations]
    for task, needs in enumerate(deps):
        for need in set(needs):
            consumers[need].append(task)
    began = Engine.clock
    ended, wake = [], Semaphore(0)
    free = [Slot(host, ended, wake) for host in hosts[: case["slots"]]]
    slots = list(free)
    ready = collections.deque(task for task, count in enumerate(missing) if count == 0)
    left = len(durations)
    while left > 0:
        while ready and free:
            task = ready.popleft()
            free.pop().start(task, durations[task] * MS * FLOPS)
        wake.acquire()
        # All that end in this moment count before anything starts.
        this_actor.sleep_for(0)
        this_actor.yield_()
        while wake.capacity > 0:
            wake.acquire()
        now_ready = []
        for slot, task in ended:
            left -= 1
            free.append(slot)
            for consumer in consumers[task]:
                missing[consumer] -= 1
                if missing[consumer] == 0:
                    now_ready.append(consumer)
        ended.clear()
        ready.extend(sorted(now_ready))
    for slot in slots:
        slot.start(None, 0)
    return (Engine.clock - began) / MS


def main(file):
    with open(file, encoding="utf-8") as source:
        cases = json.load(source)["cases"]
    engine = Engine([sys.argv[0], "--log=root.thresh:critical"])
    zone = NetZone.create_full_zone("zone")
    hosts = [zone.create_host(f"slot{index}", FLOPS) for index in range(max(case["slots"] for case in cases))]
    zone.seal()
    makespans = []

    def run_all():
        for case in cases:
            makespans.append(schedule(case, hosts))

    Actor.create("scheduler", hosts[0], run_all)
    engine.run()
    print(json.dumps(makespans))


if __name__ == "__main__":
    main(sys.argv[1])
