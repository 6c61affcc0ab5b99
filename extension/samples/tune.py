# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default,tune]==2.60.0", "scikit-learn==1.9.1", "pandas"]
#
# [[tool.heliostat.nodes]]   # Two trials at a time.
# count = 2
# cpus = 1
# ///
"""A search for good hyper-parameters that gives up on bad ones early: Ray Tune with its ASHA scheduler.

Ten trials train a small neural network on handwritten digits, each with its own learning rate, width and batch size. You
will see most of them stopped after a few epochs, because others were better by then, and the best one recognise more
than 95 in 100 unseen digits, for less than two thirds of the epochs that trying everything to the end would take.
"""

import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

TRIALS = 10
EPOCHS = 27
SPACE = {
    "learning_rate": tune.loguniform(1e-5, 1e-1),
    "width": tune.choice([8, 32, 128]),
    "batch": tune.choice([16, 64, 256]),
}


def train(config):
    """One trial: trains for some epochs and reports after each one, so that the scheduler can stop it."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    images, labels = load_digits(return_X_y=True)
    training, held_out, known, wanted = train_test_split(images / 16, labels, test_size=0.25, random_state=0)
    network = MLPClassifier(
        (config["width"],), learning_rate_init=config["learning_rate"], batch_size=config["batch"], random_state=0
    )
    for _ in range(EPOCHS):
        network.partial_fit(training, known, classes=np.arange(10))
        tune.report({"accuracy": float(network.score(held_out, wanted))})


def main():
    ray.init()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tune-", dir=Path.cwd()) as folder:
        tuner = tune.Tuner(
            tune.with_resources(train, {"cpu": 1}),
            param_space=SPACE,
            tune_config=tune.TuneConfig(
                metric="accuracy",
                mode="max",
                num_samples=TRIALS,
                reuse_actors=True,
                search_alg=tune.search.BasicVariantGenerator(max_concurrent=2, random_state=0),
                scheduler=ASHAScheduler(time_attr="training_iteration", max_t=EPOCHS, grace_period=3, reduction_factor=3),
            ),
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        trials = tuner.fit()
    assert not trials.errors, trials.errors
    for trial in sorted(trials, key=lambda trial: -trial.metrics["accuracy"]):
        epochs, wanted = trial.metrics["training_iteration"], trial.config
        print(
            f"{trial.metrics['accuracy']:6.1%} after {epochs:2} epochs: learning rate {wanted['learning_rate']:.5f}, "
            f"width {wanted['width']}, batches of {wanted['batch']}"
        )
    spent = sum(trial.metrics["training_iteration"] for trial in trials) / (TRIALS * EPOCHS)
    stopped = sum(trial.metrics["training_iteration"] < EPOCHS for trial in trials)
    best = trials.get_best_result().metrics["accuracy"]
    print(f"Best: {best:.1%}. {stopped} of {TRIALS} trials were stopped early, which saved {1 - spent:.0%} of the epochs")
    print(f"All of it took {time.perf_counter() - start:.1f} s")
    assert best > 0.95, "No trial was good."
    assert stopped > 0 and spent < 2 / 3, "The scheduler stopped too few trials."


if __name__ == "__main__":
    main()
