# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default,train]==2.60.0", "tensorflow-cpu==2.21.0", "scikit-learn==1.9.1", "pandas"]
#
# [[tool.heliostat.nodes]]   # One node per worker.
# count = 2
# cpus = 1
# ///
"""Data-parallel training with TensorFlow: Ray Train starts two workers, `MultiWorkerMirroredStrategy` joins them.

Each worker trains a Keras network on its half of every batch; TensorFlow averages the gradients, so all hold the same
weights. You will see the loss fall and more than nine in ten unseen handwritten digits recognised.
"""

import time

import numpy as np
import ray
import ray.train
from ray.train import ScalingConfig
from ray.train.tensorflow import TensorflowTrainer
from sklearn.datasets import load_digits

WORKERS = 2
EPOCHS = 8
BATCH = 64  # Of all workers together.
HELD_OUT = 297


def load_data():
    """Handwritten digits that scikit-learn brings along: those to train on and those held out, images and labels."""
    digits = load_digits()
    order = np.random.default_rng(seed=0).permutation(len(digits.target))
    images, labels = (digits.images[order] / 16)[..., None].astype(np.float32), digits.target[order]
    return (images[HELD_OUT:], labels[HELD_OUT:]), (images[:HELD_OUT], labels[:HELD_OUT])


def train(config):
    """Runs on every worker. Ray Train has told TensorFlow (`TF_CONFIG`) where the others are."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    rank = ray.train.get_context().get_world_rank()
    tf.keras.utils.set_random_seed(0)
    with strategy.scope():
        network = new_network(tf)
        optimizer = tf.keras.optimizers.Adam(0.003)
        optimizer.build(network.trainable_variables)

    (images, labels), (unseen, wanted) = load_data()
    data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(labels), seed=0)
    batches = strategy.experimental_distribute_dataset(data.batch(BATCH, drop_remainder=True))
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")

    @tf.function
    def step(batch):
        def on_this_worker(images, labels):
            with tf.GradientTape() as tape:
                loss = loss_of(labels, network(images, training=True)) / BATCH
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables))
            return loss

        return strategy.reduce("SUM", strategy.run(on_this_worker, args=batch), axis=None)

    def accuracy():
        return float((network(unseen).numpy().argmax(axis=1) == wanted).mean())

    before = accuracy()
    for epoch in range(1, EPOCHS + 1):
        start = time.perf_counter()
        losses = [float(step(batch)) for batch in batches]
        speed = BATCH * len(losses) / (time.perf_counter() - start)
        ray.train.report({"loss": float(np.mean(losses)), "images per second": speed})
        if rank == 0:
            print(f"Epoch {epoch} of {EPOCHS}: loss {np.mean(losses):.3f}, {speed:,.0f} images/s", flush=True)
    return {"before": before, "after": accuracy(), "replicas": strategy.num_replicas_in_sync}


def new_network(tf):
    return tf.keras.Sequential(
        [
            tf.keras.layers.Input((8, 8, 1)),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(10),
        ]
    )


def main():
    ray.init()
    start = time.perf_counter()
    trainer = TensorflowTrainer(
        train, scaling_config=ScalingConfig(num_workers=WORKERS, resources_per_worker={"CPU": 1})
    )
    result = trainer.fit().return_value
    print(f"{result['replicas']} workers trained as one, after {time.perf_counter() - start:.1f} s")
    print(f"Recognised {result['after']:.1%} of {HELD_OUT} unseen digits (before training {result['before']:.1%})")
    assert result["replicas"] == WORKERS, "The workers did not find each other."
    assert result["after"] > 0.9 > result["before"], "The network did not learn."


if __name__ == "__main__":
    main()
