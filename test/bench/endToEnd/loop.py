"""A driver that keeps some tasks under way, works on each result itself, and has an actor take it in."""
import time

import ray
from work import burn

UNDER_WAY = 8
TASKS = 60


@ray.remote
def step(number):
    time.sleep(0.25)
    return burn(40 + 10 * (number % 3))


@ray.remote(num_cpus=0)
class Sum:
    def __init__(self):
        self.total = 0

    def add(self, value):
        time.sleep(0.03)
        self.total += value
        return self.total


if __name__ == "__main__":
    ray.init()
    sum_of_all = Sum.remote()
    open_tasks = [step.remote(number) for number in range(UNDER_WAY)]
    submitted = UNDER_WAY
    last = None
    while open_tasks:
        [done], open_tasks = ray.wait(open_tasks, num_returns=1)
        burn(20)
        last = sum_of_all.add.remote(done)
        if submitted < TASKS:
            open_tasks.append(step.remote(submitted))
            submitted += 1
    print(ray.get(last))
