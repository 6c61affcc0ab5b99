"""
Keeps what a task was called with, so that it can be run again alone: of tasks that failed, and of functions that the
user picked. `heliostat_replay` reads it.

One file for each task, `<shared>/arguments/<run>/<task>` (mode 0600, since values may be secret; the engine moves it to
the run's own directory): a line of JSON, then a pickle.

    {"v": 1, "task": hex, "function": "Plain.add", "file": path, "module", "qualname", "byName": bool, "why": null}

`byName`: the function, and classes of the script, are named in the pickle rather than contained, so that what runs again
is the code as it is by then. `why` says why there is no pickle.
"""
import inspect
import io
import json
import os
import re

from heliostat_libraries import is_called

MAX_TASK_BYTES, MAX_RUN_BYTES, MAX_TASKS = 16 << 20, 256 << 20, 200
FETCH_S = 5
GUARD = re.compile(r"^if .*__name__.*__main__", re.MULTILINE)

_folder = None
# Names of functions of which every task is kept; None keeps nothing at all.
_picked = None


def enter(spool_folder, run, wanted):
    """Called once a worker knows its run. `wanted`: JSON, a list of names, or `false`."""
    global _folder, _picked
    _picked = json.loads(wanted or "[]")
    if _picked is False or not run:
        _picked = None
        return
    _folder = os.path.join(os.path.dirname(spool_folder), "arguments", run)


def begins(entry, function, args, kwargs):
    """Before a task's function is called."""
    if _picked and entry is not None and any(is_called(entry.function, name) for name in _picked):
        _keep(entry, function, args, kwargs)


def failed(error, entry, function, args, kwargs):
    """After it raised. What was cancelled has not failed."""
    if _picked is not None and entry is not None and isinstance(error, Exception):
        _keep(entry, function, args, kwargs)


def _keep(entry, function, args, kwargs):
    try:
        path = os.path.join(_folder, entry.task.hex())
        os.makedirs(_folder, mode=0o700, exist_ok=True)
        sizes = [one.stat().st_size for one in os.scandir(_folder)]
        if os.path.exists(path) or len(sizes) >= MAX_TASKS:
            return
        # An actor's executor passes the instance first, where the method takes one.
        target = getattr(function, "method", function)
        if target is not function and _takes_no_instance(target, args[0], function.name):
            args = args[1:]
        head = {
            "v": 1,
            "task": entry.task.hex(),
            "function": entry.function,
            "file": getattr(getattr(target, "__code__", None), "co_filename", None),
            "module": target.__module__,
            "qualname": target.__qualname__,
            "byName": _is_named(target),
            "why": None,
        }
        try:
            data = _pickled(target, args, kwargs, head["byName"], min(MAX_TASK_BYTES, MAX_RUN_BYTES - sum(sizes)))
        except Exception as error:
            head["why"], data = f"{type(error).__name__}: {error}"[:300], b""
        with open(os.open(path + ".tmp", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + data)
        os.replace(path + ".tmp", path)
    except Exception:
        # The task's own error counts, not ours.
        pass


def _takes_no_instance(method, actor, name):
    return inspect.ismethod(method) or isinstance(inspect.getattr_static(type(actor), name, None), staticmethod)


def _is_named(target):
    """Whether the function can be found again by its name, without running what its script does."""
    if "<locals>" in target.__qualname__ or "<lambda>" in target.__qualname__:
        return False
    if target.__module__ != "__main__":
        return True
    with open(target.__code__.co_filename, encoding="utf-8", errors="replace") as file:
        return GUARD.search(file.read()) is not None


def _pickled(target, args, kwargs, by_name, limit):
    from ray import ObjectRef, cloudpickle
    from ray.actor import ActorHandle

    owner = type(args[0]) if args and _is_method_of(target, args[0]) else None
    fetched = {}

    class Pickler(cloudpickle.CloudPickler):
        def persistent_id(self, value):
            if isinstance(value, ActorHandle):
                raise ValueError("it was given an actor, which is gone by then")
            if isinstance(value, ObjectRef):
                key = value.hex()
                if key not in fetched:
                    fetched[key] = _fetch(value)
                return ("object", key, fetched[key])
            if by_name and inspect.isclass(value) and "<locals>" not in value.__qualname__:
                if value is owner or value.__module__ == "__main__":
                    return ("name", value.__module__, value.__qualname__)
            if by_name and inspect.isfunction(value) and value.__module__ == "__main__":
                return None if "<l" in value.__qualname__ else ("name", "__main__", value.__qualname__)
            return None

    file = Bounded(limit)
    Pickler(file, protocol=5).dump((None if by_name else target, args, kwargs))
    return file.getvalue()


def _is_method_of(target, instance):
    owner, _, name = target.__qualname__.rpartition(".")
    return bool(owner) and hasattr(type(instance), name)


def _fetch(reference):
    import ray

    if not ray.wait([reference], timeout=0)[0]:
        raise ValueError("it was given a reference to an object that was not there yet")
    return ray.get(reference, timeout=FETCH_S)


class Bounded(io.BytesIO):
    def __init__(self, limit):
        super().__init__()
        self._limit = limit

    def write(self, data):
        if self.tell() + memoryview(data).nbytes > self._limit:
            raise ValueError(f"its arguments are larger than what is kept ({self._limit >> 20} MiB)")
        return super().write(data)
