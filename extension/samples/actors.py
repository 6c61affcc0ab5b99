# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default]>=2.49", "numpy"]
#
# [[tool.heliostat.nodes]]   # Two nodes for five actors: two servers and three workers.
# count = 2
# cpus = 1
# ///
"""A parameter server of actors: workers compute gradients on their own data and push them to servers that hold the
weights, without waiting for each other.

You will see the error fall round by round, from 1 to about 0.01, as the workers find together the 2,000 weights that
made the data.
"""

import time

import numpy as np
import ray

WEIGHTS = 2_000
SERVERS = 2
WORKERS = 3
ROWS_PER_WORKER = 4_000
ROUNDS = 8
STEPS_PER_ROUND = 25
BATCH = 200
LEARNING_RATE = 0.008


@ray.remote(num_cpus=0.25)  # It mostly waits for workers: a quarter of a CPU will do.
class ParameterServer:
    """Holds one slice of the weights. An actor is a process with a state; its methods run one after another."""

    def __init__(self, size):
        self.weights = np.zeros(size)

    def pull(self):
        return self.weights

    def push(self, gradient):
        self.weights = self.weights - LEARNING_RATE * gradient


@ray.remote(num_cpus=0.5)
class Worker:
    """Holds its own part of the data, which never leaves it."""

    def __init__(self, seed, servers):
        self.random = np.random.default_rng(seed)
        self.servers = servers
        self.inputs = self.random.standard_normal((ROWS_PER_WORKER, WEIGHTS))
        noise = 0.1 * self.random.standard_normal(ROWS_PER_WORKER)
        self.targets = self.inputs @ true_weights() + noise

    def work(self, steps):
        """Takes some steps of stochastic gradient descent; returns the mean squared error of the last one."""
        for _ in range(steps):
            weights = np.concatenate(ray.get([server.pull.remote() for server in self.servers]))
            rows = self.random.choice(ROWS_PER_WORKER, BATCH, replace=False)
            error = self.inputs[rows] @ weights - self.targets[rows]
            gradient = self.inputs[rows].T @ error / BATCH
            for server, part in zip(self.servers, np.split(gradient, len(self.servers))):
                server.push.remote(part)  # Nobody waits for it.
        return float(np.mean(error**2))


def true_weights():
    """What the workers have to find: the data was made with it."""
    return np.random.default_rng(seed=0).standard_normal(WEIGHTS) / np.sqrt(WEIGHTS)


def main():
    ray.init()
    start = time.perf_counter()
    servers = [ParameterServer.remote(WEIGHTS // SERVERS) for _ in range(SERVERS)]
    workers = [Worker.remote(1 + number, servers) for number in range(WORKERS)]

    for number in range(1, ROUNDS + 1):
        errors = ray.get([worker.work.remote(STEPS_PER_ROUND) for worker in workers])
        print(f"Round {number} of {ROUNDS}: mean squared error {np.mean(errors):.4f}", flush=True)

    found = np.concatenate(ray.get([server.pull.remote() for server in servers]))
    distance = np.linalg.norm(found - true_weights())
    seconds = time.perf_counter() - start
    print(f"The weights are found up to a distance of {distance:.3f} (it was 1) after {seconds:.1f} s")


if __name__ == "__main__":
    main()
