"""How Ray and its libraries run a user's functions: which calls are theirs alone, and by what name users know the rest.

A name is `module.Class.method`, or None for what is no part of the user's program: Ray's own servants, and the calls by
which Ray Train, Tune, Data and Serve steer their actors.
"""

import math
import numbers
import sys

MAX_NAME = 300
MAX_METRICS = 8

INTERNAL_MODULES = (
    "ray.dashboard.",
    "ray._private.",
    "ray._common.",
    "ray.autoscaler.",
    "ray.job_submission.",
    "ray.train.v2._internal.",
    "ray.serve.",
    "ray.data._internal.iterator.",
    "ray.data._internal.datasource",
    "ray.data._internal.util",
)
INTERNAL_NAMES = frozenset(
    "_StatsActor _StatsSummaryActor _MemActor _UsageCollectionActor ActorLocationTracker AutoscalingRequester"
    " AutoscalingCoordinator _AutoscalingCoordinatorActor TrainStateActor"
    " PreemptionWatcher PlacementGroupCleaner _split_single_block _split_all_blocks".split()
)
# What an actor of Ray Data's pools, `MapWorker(<operator>)`, does with the user's class.
POOL_METHODS = {"__init__": "__init__", "submit": "__call__"}
# A trial's iterations are calls of `train`; the others save it, stop it and hand its actor to the next trial.
TRIAL_METHODS = frozenset(("__init__", "train"))
# What Ray Tune adds to what a trial reports (tune/result.py).
NOT_REPORTED = frozenset(
    "training_iteration time_total_s episodes_total timesteps_total time_this_iter_s timestamp date pid hostname node_ip"
    " time_since_restore timesteps_since_restore iterations_since_restore config checkpoint_dir_name trial_id done"
    " should_checkpoint experiment_tag episodes_this_iter timesteps_this_iter".split()
)
REPLICA_METHODS = {
    "__init__": "",
    "initialize_and_get_metadata": "initialize",
    "handle_request": "handle_request",
    "handle_request_streaming": "handle_request",
    "handle_request_with_rejection": "handle_request",
}


def full_name(module, class_name, function, task_name):
    owner = class_name.rpartition(".")[2] or function
    if module.startswith("ray."):
        library = _library_name(module, owner, function)
        if library is not None:
            return library[:MAX_NAME]
    if module.startswith(INTERNAL_MODULES) or (module.startswith("ray.") and owner in INTERNAL_NAMES):
        return None
    if function.startswith("__ray_") and function != "__ray_call__":
        return None
    if module.startswith("ray.tune.") and owner == "ImplicitFunc":
        return f"ray.tune.{owner}.{function}" if function in TRIAL_METHODS else None
    if class_name.startswith("MapWorker(") and module.startswith("ray.data."):
        method = POOL_METHODS.get(function)
        return method and f"ray.data.{class_name[len('MapWorker('):-1]}.{method}"[:MAX_NAME]
    if module.startswith("ray.data."):
        # Where in Ray Data an operator is implemented says nothing to its user.
        module = "ray.data"
        if not class_name:
            function = task_name or function.rpartition(".")[2]
    return ".".join(part for part in (module, class_name, function) if part)[:MAX_NAME]


def _library_name(module, owner, function):
    """Of the few calls of Ray Train and Serve that run the user's own code."""
    if owner == "RayTrainWorker" and function in ("__init__", "run_train_fn"):
        return f"ray.train.{owner}.{function}"
    if owner.startswith("ServeReplica:") and function in REPLICA_METHODS:
        # `ServeReplica:<application>:<deployment>`
        _, application, deployment = owner.split(":", 2)
        parts = [deployment] if application == "default" else [application, deployment]
        return ".".join(["ray.serve", *parts, REPLICA_METHODS[function] or "__init__"])
    return None


def is_called(function, name):
    """Whether a function's whole name is what the user calls it, who may leave out what it is in."""
    return function == name or function.endswith("." + name)


def is_named_by_task(descriptor):
    """Ray Data runs all its operators by a few functions of its own, and tells them apart by the task's name."""
    return descriptor.module_name.startswith("ray.data.")


def is_training(descriptor):
    """
    Whether it is the call by which Ray Train has a worker begin with the user's function. It returns at once; a thread
    goes on.
    """
    return descriptor.function_name == "run_train_fn" and descriptor.module_name.startswith("ray.train.")


def is_iteration(descriptor):
    """Whether it is one iteration of a Tune trial that is a function of the user's."""
    owner = descriptor.class_name.rpartition(".")[2]
    return owner == "ImplicitFunc" and descriptor.function_name == "train"


def progress_of(result):
    """What an iteration reported: library, the trial's id, how many it has had, and its numbers. None if that is not new."""
    if not isinstance(result, dict) or "__duplicate__" in result:
        return None
    trial, count = result.get("trial_id"), result.get("training_iteration")
    if not isinstance(trial, str) or not isinstance(count, int):
        return None
    return ["tune", trial, count, _numbers({name: result[name] for name in result if name not in NOT_REPORTED})]


def watch_reports(reported):
    """
    Calls `reported` with library, the run's id, how many it has had, and its numbers, whenever the training that begins in
    this process reports. The first worker's alone: Ray Train's own result has only those, too.
    """
    context = sys.modules["ray.train.v2._internal.execution.context"].get_train_context()
    if context.get_world_rank() != 0:
        return
    run, report = context.train_run_context.run_id, context.report

    def traced(metrics, *args, **kwargs):
        result = report(metrics, *args, **kwargs)
        reported(lambda: ["train", run, context.report_call_index, _numbers(metrics)])
        return result

    context.report = traced


def _numbers(metrics):
    found = {}
    for name, value in metrics.items():
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
        if is_number and len(found) < MAX_METRICS:
            found[str(name)[:MAX_NAME]] = float(value)
    return found


class Training:
    """What Ray Train's worker gets its function from (an `ObjectRefWrapper`), such that `wrap` is put around it."""

    def __init__(self, reference, wrap):
        self._reference, self._wrap = reference, wrap

    def get(self):
        return self._wrap(self._reference.get())


def name_of_function(function):
    """`module.function`, of a wrapper that knows what it wraps, too."""
    return f"{function.__module__}.{function.__qualname__}"[:MAX_NAME]
