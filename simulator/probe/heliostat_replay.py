"""
`python heliostat_replay.py KEPT OPTIONS SCRIPT ARGS…`: the driver of a replay. Runs one task of an earlier run again, alone, with
the arguments that `heliostat_arguments` kept in the file KEPT, as a Ray task with the same resources. OPTIONS is JSON:
`{"cpus", "gpus", "resources", "stop"}`; with `stop`, a debugger stops in the task's first line.

The function is taken from the script as it is now, whose `if __name__ == "__main__":` does not run; where that is not
possible, it is the function as it was.
"""
import ast
import asyncio
import functools
import importlib
import inspect
import json
import os
import pickle
import sys
import types

MAX_TEXT = 2000


def main(kept, options, script, *args):
    sys.argv = [script, *args]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    with open(kept, "rb") as file:
        head = json.loads(file.readline())
        if head["why"]:
            sys.exit(f"The arguments of {head['function']} could not be kept: {head['why']}.")
        if head["byName"] or head["module"] == "__main__":
            _load_script(script, head["byName"])
        import ray

        ray.init(ignore_reinit_error=True)
        function, values, named = _Unpickler(file).load()
    task = _resolve(head["module"], head["qualname"]) if function is None else function
    if not head["byName"]:
        print(f"Replaying {head['function']} as it was: it cannot be found by its name in the script.", flush=True)
    if head["qualname"].endswith(".__init__") and values:
        values = (type(values[0]).__new__(type(values[0])), *values[1:])
    remote = _remote(task, json.loads(options))
    debugger = sys.modules.get("heliostat_debugger")
    if debugger is not None and json.loads(options).get("stop"):
        debugger.stop_in_next()
    result = ray.get(remote.remote(*values, **named))
    text = repr(result)
    print(f"{head['function']} returned {text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + '…'}", flush=True)


def _load_script(script, needed):
    """Makes the script's definitions this process's `__main__`, without what it does when it is run."""
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    if not needed:
        return
    with open(script, "rb") as file:
        tree = ast.parse(file.read(), script)
    tree.body = [one for one in tree.body if not _is_guard(one)]
    exec(compile(tree, script, "exec"), module.__dict__)


def _is_guard(statement):
    return isinstance(statement, ast.If) and any(
        isinstance(one, ast.Name) and one.id == "__name__" for one in ast.walk(statement.test)
    )


class _Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self._objects = {}

    def persistent_load(self, id):
        import ray

        kind, first, second = id
        if kind == "name":
            return _resolve(first, second)
        if first not in self._objects:
            self._objects[first] = ray.put(second)
        return self._objects[first]


def _resolve(module, qualname):
    """By its name; of what `ray.remote` made of a class, the class."""
    from ray.actor import ActorClass

    found = sys.modules.get(module) or importlib.import_module(module)
    for name in qualname.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            sys.exit(f"There is no {qualname} in {getattr(found, '__file__', module)} any more.")
        if isinstance(found, ActorClass):
            found = found.__ray_metadata__.modified_class
    return found


def _remote(function, options):
    """As a task that is tried once."""
    import ray
    from ray.remote_function import RemoteFunction

    wanted = {"max_retries": 0, "num_returns": 1, "num_cpus": options.get("cpus"), "num_gpus": options.get("gpus")}
    resources = {**(options.get("resources") or {})}
    wanted["memory"] = resources.pop("memory", None)
    wanted["resources"] = resources or None
    is_remote = isinstance(function, RemoteFunction)
    own = function._function if is_remote else function
    plain = _plain(own)
    # What it was declared with holds, its runtime environment for instance.
    remote = function if is_remote and plain is own else ray.remote(plain)
    return remote.options(**{name: value for name, value in wanted.items() if value is not None})


def _plain(function):
    """A function that Ray takes as a task and that is over at its end: not a coroutine, no generator."""
    if inspect.isasyncgenfunction(function):

        async def collect(*args, **kwargs):
            return [item async for item in function(*args, **kwargs)]

        call = lambda *args, **kwargs: asyncio.run(collect(*args, **kwargs))
    elif inspect.iscoroutinefunction(function):
        call = lambda *args, **kwargs: asyncio.run(function(*args, **kwargs))
    elif inspect.isgeneratorfunction(function):
        call = lambda *args, **kwargs: list(function(*args, **kwargs))
    else:
        return function
    return functools.wraps(function)(call)


def _hide_this_file():
    """Tracebacks begin with what is the user's; that of a task that failed is part of the error."""
    show = sys.excepthook

    def show_users(kind, error, traceback):
        is_of_task = "RayTaskError" in [one.__name__ for one in kind.__mro__]
        while traceback and (is_of_task or traceback.tb_frame.f_code.co_filename == __file__):
            traceback = traceback.tb_next
        if is_of_task:
            print("Traceback (most recent call last):", file=sys.stderr)
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show_users


if __name__ == "__main__":
    _hide_this_file()
    main(*sys.argv[1:])
