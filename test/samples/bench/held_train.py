"""Two training workers whose controller looks after them."""
from ray import train
from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer


def loop():
    rank = train.get_context().get_world_rank()
    print("begun: worker", rank, flush=True)
    for epoch in range(3):
        train.report({"epoch": epoch})
    if rank == 0:
        print("result: epoch", epoch, flush=True)


if __name__ == "__main__":
    TorchTrainer(loop, scaling_config=ScalingConfig(num_workers=2)).fit()
