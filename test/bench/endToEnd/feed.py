"""Nodes that read batches feed one GPU that trains on them: `feed.py READ_MS STEP_MS STEPS`."""
import sys
import time

import numpy as np
import ray
from work import burn

AHEAD = 16


@ray.remote(num_cpus=1)
def load(number, read_ms):
    time.sleep(read_ms / 1000)
    burn(15)
    return np.full(60_000, number, dtype=np.float64)


@ray.remote(num_cpus=0, num_gpus=1)
class Trainer:
    def step(self, batch, step_ms):
        time.sleep(step_ms / 1000)
        return float(batch[0])


def main(read_ms, step_ms, steps):
    ray.init()
    trainer = Trainer.remote()
    in_flight = [load.remote(number, read_ms) for number in range(AHEAD)]
    for step in range(steps):
        [batch], in_flight = ray.wait(in_flight, num_returns=1)
        if step + AHEAD < steps:
            in_flight.append(load.remote(step + AHEAD, read_ms))
        ray.get(trainer.step.remote(batch, step_ms))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
