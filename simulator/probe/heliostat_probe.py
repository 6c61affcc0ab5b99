"""Records what a Ray job submits and runs, from inside its driver and its workers.

Workers load it through `heliostat_worker` (Ray's `preload_python_modules`, which only logs when a module is missing);
the driver through Ray's `RAY_RUNTIME_ENV_HOOK`, which the launcher sets. Without HELIOSTAT_SPOOL and HELIOSTAT_NODE in
the environment it does nothing. The format of what it writes stands in ARCHITECTURE.md, "The spool".

Two rules above all others: it never raises into user code, and it never holds a user's object (or a reference to one)
longer than the call in which it saw it. Records carry ids, names and times, never values; values that a replay needs go
to files of their own (`heliostat_arguments`).
"""
import atexit
import inspect
import json
import os
import resource
import sys
import threading
import time
from asyncio import CancelledError

import heliostat_arguments
import heliostat_data
import heliostat_debug
import heliostat_libraries as libraries
import heliostat_refs
from heliostat_refs import here
from heliostat_spool import Spool

OLDEST_RAY = (2, 49)
MAX_ERROR = 300
# Before 3.11 a re-raised exception gets the frame back that `_hide` takes out.
CAN_HIDE = sys.version_info >= (3, 11)

now = time.time
cpu_now = time.thread_time
spool = None


def start():
    """Installs the probe into a worker. Called once, before its first task."""
    try:
        _as_told(install)
    except Exception:
        pass


def driver(runtime_env):
    """Installs the probe into a driver. `ray.init` passes the job's runtime environment and takes what this returns."""
    # A child process may have another PYTHONPATH, and Ray's hook is fatal when its module is missing.
    os.environ.pop("RAY_RUNTIME_ENV_HOOK", None)
    try:
        _as_told(install_driver)
        return _importable(runtime_env)
    except Exception:
        return runtime_env


def _as_told(install):
    """Calls it with what the environment of Heliostat's own nodes says; elsewhere does nothing."""
    directory, node = os.environ.get("HELIOSTAT_SPOOL"), os.environ.get("HELIOSTAT_NODE")
    if directory and node:
        install(os.path.join(directory, ""), int(node))


def install(prefix, node):
    """
    Wraps Ray's methods, once; records go to files that begin with `prefix`, or wait until `spool.locate` says where.
    Returns why not, or None.
    """
    global spool
    if spool is not None:
        return None
    from ray._private.worker import WORKER_MODE, global_worker

    reason = _unknown_ray()
    spool = Spool(prefix, node)
    if global_worker.connected or global_worker.mode == WORKER_MODE:
        spool.worker = global_worker.worker_id.hex()
    if reason is None:
        heliostat_refs.wrap(spool, _hide, CAN_HIDE)
        if CAN_HIDE:
            heliostat_data.wrap(spool, _hide)
        _wrap_execution()
    return reason


def _unknown_ray():
    import ray
    from ray._private.function_manager import FunctionActorManager, FunctionExecutionInfo
    from ray._private.serialization import SerializationContext
    from ray._private.worker import Worker
    from ray.actor import ActorClass, ActorHandle, ActorMethod
    from ray.remote_function import RemoteFunction

    version = tuple(int(part) for part in ray.__version__.split(".")[:2])
    if version < OLDEST_RAY:
        return f"Ray {ray.__version__} is older than {OLDEST_RAY[0]}.{OLDEST_RAY[1]}"
    needed = [
        (RemoteFunction, "_remote"),
        (ActorClass, "_remote"),
        (ActorMethod, "_remote"),
        (ActorHandle, "_serialization_helper"),
        (FunctionActorManager, "get_execution_info"),
        (FunctionActorManager, "load_actor_class"),
        (SerializationContext, "add_contained_object_ref"),
        (SerializationContext, "serialize"),
        (Worker, "put_object"),
        (Worker, "get_objects"),
        (Worker, "deserialize_objects"),
        (FunctionExecutionInfo, "_replace"),
        (FunctionExecutionInfo, "function"),
    ]
    missing = [f"{owner.__name__}.{name}" for owner, name in needed if not hasattr(owner, name)]
    return f"Ray {ray.__version__} has no {', '.join(missing)}" if missing else None


# --- The driver ------------------------------------------------------------------------------------------------------


def install_driver(prefix, node):
    """As `install`, in a driver that has not connected yet. Without a prefix it is asked for when it has."""
    import ray._private.worker as ray_worker

    if spool is not None:
        return None
    reason = install(prefix, node)
    spool.mark_driver(os.environ.get("HELIOSTAT_RUN"), reason)
    ray_worker._post_init_hooks.append(_driver_connected)
    atexit.register(_driver_exits)
    heliostat_debug.enter(os.environ.get("HELIOSTAT_RUN"), spool, "driver")
    return reason


def _importable(runtime_env):
    """A `PYTHONPATH` of the job's own hides the cluster's from its workers, and the probe with it."""
    variables = (runtime_env or {}).get("env_vars") or {}
    if "PYTHONPATH" not in variables:
        return runtime_env
    path = os.pathsep.join([variables["PYTHONPATH"], os.path.dirname(os.path.abspath(__file__))])
    return {**runtime_env, "env_vars": {**variables, "PYTHONPATH": path}}


# What the process had used of CPUs, and its main thread had waited for one, when it connected.
_since_connected = [0.0, None]


def _driver_connected():
    """Runs after each `ray.init`; a second one is a second job."""
    try:
        from ray._private.worker import global_worker

        _end_driver(None)
        if not spool.is_located():
            import heliostat_foreign

            spool.locate(*heliostat_foreign.place())
        spool.worker = global_worker.worker_id.hex()
        entry = spool.began(global_worker.current_task_id.binary(), "__main__", now())
        here.seen.task = entry.task
        _since_connected[:] = [time.process_time(), thread.run_delay()]
    except Exception:
        pass


def _driver_exits():
    try:
        error = getattr(sys, "last_value", None)
        _end_driver(None if error is None else _words(error))
    except Exception:
        pass


def _end_driver(error):
    """Closes the driver's own record and says that nothing more comes from it."""
    cpu_s, delay = _since_connected
    for entry in spool.running():
        if delay is not None and threading.current_thread() is threading.main_thread():
            entry.delays = (delay, thread.run_delay())
        spool.ended(entry, (time.process_time() - cpu_s) * 1000, error)
        spool.flush(bye=True)


# --- Executions ------------------------------------------------------------------------------------------------------


def _wrap_execution():
    from ray._private.function_manager import FunctionActorManager
    from ray._private.worker import global_worker

    get_execution_info, load_actor_class = FunctionActorManager.get_execution_info, FunctionActorManager.load_actor_class
    wrapped = {}

    def get_info(self, job_id, descriptor):
        _enter_job(global_worker)
        info = get_execution_info(self, job_id, descriptor)
        try:
            known = wrapped.get(descriptor.function_id)
            if known is None or known[0] is not info:
                known = (info, _traced_info(info, descriptor, global_worker))
                wrapped[descriptor.function_id] = known
            return known[1]
        except Exception:
            return info

    def load_class(self, *args, **kwargs):
        _enter_job(global_worker)
        return load_actor_class(self, *args, **kwargs)

    FunctionActorManager.get_execution_info = get_info
    FunctionActorManager.load_actor_class = load_class
    if not CAN_HIDE:
        _drop_frames_from_text()


_entered = False


def _enter_job(worker):
    """
    Before a worker touches a job's code, it goes to the job's working directory (`heliostat_cwd` in its metadata).
    Ray's own way, `working_dir`, starts a second process for each worker; the import path is Ray's doing either way.
    """
    global _entered
    if _entered:
        return
    _entered = True
    try:
        if worker.mode != 1:
            return
        # Ray's state API would otherwise take the cluster that was started last on this machine for the worker's own.
        os.environ.setdefault("RAY_ADDRESS", worker.gcs_client.address)
        metadata = worker.core_worker.get_job_config().metadata
        heliostat_debug.enter(metadata.get("heliostat_run"), spool, "worker")
        folder = os.environ.get("HELIOSTAT_SPOOL")
        if folder:
            heliostat_arguments.enter(folder, metadata.get("heliostat_run"), metadata.get("heliostat_keep"))
        directory = metadata.get("heliostat_cwd")
        if directory and not json.loads(worker.runtime_env or "{}").get("working_dir"):
            os.chdir(directory)
    except Exception as error:
        spool.notice = f"no working directory: {_words(error)}"


def _traced_info(info, descriptor, worker):
    named = spool.name_of(descriptor, None)
    if named is None:
        return info
    by_task = libraries.is_named_by_task(descriptor)

    def begin(task=None, name=None):
        try:
            at = now()
            title = spool.name_of(descriptor, worker.core_worker.get_current_task_name()) if by_task else name or named
            entry = spool.began(task or worker.current_task_id.binary(), title, at)
            seen = here.seen
            # An async actor makes values of arguments on another thread than it runs its methods on, many at a time.
            if not worker.core_worker.current_actor_is_asyncio():
                entry.fetch_s, entry.size_in = at - (seen.taken or at), seen.size_in
                seen.task = entry.task
            seen.taken, seen.size_in, seen.entry = None, 0, None
            return entry
        except Exception:
            spool.lost += 1
            return None

    function = info.function
    method = getattr(function, "method", function)
    if libraries.is_training(descriptor):
        traced = _training(function, begin, worker)
    elif libraries.is_iteration(descriptor):
        traced = _iteration(function, begin, worker)
    elif inspect.iscoroutinefunction(method):
        traced = _coroutine(function, begin)
    elif inspect.isasyncgenfunction(method):
        traced = _async_generator(function, begin)
    else:
        traced = _call(function, begin)
    # Ray asks an actor's executor for `name` and `method`, for instance to see whether the method is async.
    traced.__dict__.update(function.__dict__)
    traced.__name__, traced.__module__ = function.__name__, function.__module__
    return info._replace(function=traced)


def _call(function, begin):
    def run(*args, **kwargs):
        entry = begin()
        heliostat_arguments.begins(entry, function, args, kwargs)
        delay = thread.run_delay()
        if entry is not None and spool.is_alone():
            entry.process_cpu_s = -time.process_time()
        cpu = cpu_now()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            _end(entry, cpu, delay, _words(error))
            heliostat_arguments.failed(error, entry, function, args, kwargs)
            _hide(error)
            raise
        # Ray serializes the results on this thread after the function's end; of a generator, item by item.
        here.seen.entry = entry
        if inspect.isgenerator(result):
            return _generator(result, entry, cpu, delay, function, args, kwargs)
        _end(entry, cpu, delay, None)
        return result

    return run


def _training(function, begin, worker):
    """The call that begins a training is over at once; its task lasts as long as the user's function in its thread."""

    def run(actor, reference):
        task = worker.current_task_id.binary()

        def wrap(train):
            try:
                libraries.watch_reports(lambda progress: _reported(task, progress))
            except Exception:
                spool.lost += 1
            return _call(train, lambda: begin(task, libraries.name_of_function(train)))

        return function(actor, libraries.Training(reference, wrap))

    return run


def _iteration(function, begin, worker):
    """A trial knows the name of the user's function, and its result what that reported."""

    def run(trial, *args, **kwargs):
        name = getattr(trial, "_name", None)
        result = _call(function, lambda: begin(None, name and f"ray.tune.{name}"))(trial, *args, **kwargs)
        _reported(worker.current_task_id.binary(), lambda: libraries.progress_of(result))
        return result

    return run


def _reported(task, progress):
    try:
        found = progress()
        if found is not None:
            spool.reported(task, found)
    except Exception:
        spool.lost += 1


def _generator(items, entry, cpu, delay, function, args, kwargs):
    """A generator's task lasts until its last item. The debugger, too, looks for the call's arguments in this frame."""
    if entry is not None:
        entry.is_generator = True
    try:
        yield from items
    except GeneratorExit:
        spool.ended(entry, None, None)
        raise
    except BaseException as error:
        here.seen.entry = None
        _end(entry, cpu, delay, _words(error))
        heliostat_arguments.failed(error, entry, function, args, kwargs)
        _hide(error)
        raise
    _end(entry, cpu, delay, None)


def _end(entry, cpu, delay, error):
    """Closes the record of what had a thread to itself."""
    cpu_ms = (cpu_now() - cpu) * 1000
    if entry is not None:
        if entry.process_cpu_s is not None:
            entry.process_cpu_s += time.process_time()
            # Ray's own threads do a little all the time. What matters is a library that computes in threads of its own.
            if not spool.is_alone() or entry.process_cpu_s * 1000 < 1.2 * cpu_ms + 5:
                entry.process_cpu_s = None
        if delay is not None:
            entry.delays = (delay, thread.run_delay())
        entry.peak = _new_peak()
    spool.ended(entry, cpu_ms, error)


class Thread(threading.local):
    """What the kernel says of this thread."""

    file = None

    def run_delay(self):
        """Its scheduler statistics as the kernel writes them (Documentation/scheduler/sched-stats), or None."""
        try:
            if self.file is None:
                self.file = open("/proc/thread-self/schedstat", "rb", buffering=0)
            return os.pread(self.file.fileno(), 64, 0)
        except (OSError, ValueError):
            return None


thread = Thread()
_peak_kib = 0


def _new_peak():
    """The process's largest resident size in KiB if it has grown since the last task's end: then this task did it."""
    global _peak_kib
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if peak <= _peak_kib:
        return None
    _peak_kib = peak
    return peak


def _coroutine(function, begin):
    # Coroutines of one actor share a thread, whose CPU time says nothing about any of them.
    async def run(*args, **kwargs):
        entry = begin()
        heliostat_arguments.begins(entry, function, args, kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            spool.ended(entry, None, _words(error))
            heliostat_arguments.failed(error, entry, function, args, kwargs)
            _hide(error)
            raise
        spool.ended(entry, None, None)
        return result

    return run


def _async_generator(function, begin):
    async def run(*args, **kwargs):
        entry = begin()
        heliostat_arguments.begins(entry, function, args, kwargs)
        items = function(*args, **kwargs)
        sent = None
        try:
            # Ray may send into a generator what it measured of the last item.
            while True:
                sent = yield await items.asend(sent)
        except StopAsyncIteration:
            spool.ended(entry, None, None)
        except GeneratorExit:
            spool.ended(entry, None, None)
            raise
        except BaseException as error:
            spool.ended(entry, None, _words(error))
            heliostat_arguments.failed(error, entry, function, args, kwargs)
            _hide(error)
            raise
        finally:
            await items.aclose()

    return run


def _hide(error):
    """Takes the calling frame, the outermost so far, out of the traceback: users read remote tracebacks."""
    if CAN_HIDE and error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _drop_frames_from_text():
    """Where frames cannot be taken out of a traceback, they are taken out of the text that Ray makes of it."""
    import ray._private.utils as utils

    format_error_message = utils.format_error_message

    def without_probe(message, *args, **kwargs):
        lines = format_error_message(message, *args, **kwargs).split("\n")
        ours = [i for i, line in enumerate(lines) if line.startswith("  File ") and __file__ in line]
        return "\n".join(line for i, line in enumerate(lines) if i not in ours and i - 1 not in ours)

    utils.format_error_message = without_probe


def _words(error):
    """`Type: first line`; of an error that came from another task, the original's; of an interrupt, Ray's own word."""
    try:
        if isinstance(error, (KeyboardInterrupt, CancelledError)):
            return "TaskCancelledError: This task was cancelled"
        cause = getattr(error, "cause", None)
        if type(error).__name__.startswith("RayTaskError") and isinstance(cause, BaseException):
            error = cause
        text = str(getattr(error, "ray_terminate_msg", error))
        name, first = type(error).__name__, text.strip().partition("\n")[0]
        return (f"{name}: {first}" if first else name)[:MAX_ERROR]
    except Exception:
        return type(error).__name__
