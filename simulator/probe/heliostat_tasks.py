"""What the debugger knows of tasks: which one a stopped thread runs, which one to stop in, and how a reference looks."""
import contextvars
import sys
import threading

from heliostat_libraries import is_called

MAX_NAME, MAX_VALUE = 60, 16

# Task id and function of what runs in this thread or coroutine.
_current = contextvars.ContextVar("heliostat_task", default=None)


class Tasks:
    """Listens to the probe's spool in a debugged process. What counts over all processes, the hub is asked."""

    def __init__(self, session):
        self._session = session
        # The thread whose next submission is stepped into.
        self._armed = None
        # A step into a task is under way somewhere: of each one that begins the hub says whether that is it.
        self.is_held = False
        # The spool, and how it takes submissions from one who does not debug.
        self._spool = self._submitted = None
        # Threads that run a task, by their ident.
        self.running = {}
        # Functions of which the hub counts the tasks as they begin, and those of which it wants the first that fails.
        self.counted, self.failing = [], []

    def observe(self, spool):
        began, ended, submitted = spool.began, spool.ended, spool.submitted

        def debugged_began(task, function, *more):
            entry = began(task, function, *more)
            self._began(task, function)
            return entry

        def debugged_ended(entry, cpu_ms, error, *more):
            self._ended(entry, error)
            return ended(entry, cpu_ms, error, *more)

        def debugged_submitted(record):
            if self._armed == threading.get_ident():
                self._armed = None
                self._session.send("heliostatSubmitted", {"task": record[0][:24].hex()})
            return submitted(record)

        spool.began, spool.ended, spool.submitted = debugged_began, debugged_ended, debugged_submitted
        self._spool, self._submitted = spool, submitted

    def forget(self, spool):
        for name in ("began", "ended"):
            spool.__dict__.pop(name, None)
        if self._submitted is not None:
            spool.submitted = self._submitted

    def describe(self):
        """What the calling thread runs: `{"name", "task"}`, or None."""
        known = _current.get() or self._only_running()
        if known is None:
            return None
        task, function = known
        frame = sys._getframe()
        # The probe's wrapper around the user's function has the call's arguments.
        while frame is not None and not (frame.f_code.co_filename.endswith("heliostat_probe.py") and "args" in frame.f_locals):
            frame = frame.f_back
        return {"name": _call_text(function, frame and frame.f_locals), "task": task.hex()}

    def _only_running(self):
        """A thread that no task began in was started by one: by which is known where only one runs in the process."""
        entries = self._spool.running() if self._spool else []
        return (entries[0].task, entries[0].function) if len(entries) == 1 else None

    def arm(self):
        self._armed = threading.get_ident()

    def disarm(self):
        self._armed = None

    def _began(self, task, function):
        _current.set((task, function))
        self.running[threading.get_ident()] = threading.current_thread()
        try:
            self._session.begin_task()
            counted = [name for name in self.counted if is_called(function, name)]
            if (self.is_held or counted) and self._session.ask("begins", task=task.hex(), names=counted):
                self._session.stop_at_next_line()
        except Exception as error:
            print(f"Heliostat: {error!r}", flush=True)

    def _ended(self, entry, error):
        self.running.pop(threading.get_ident(), None)
        try:
            if error is not None:
                self._failed(sys.exc_info(), entry)
            if self._session.end_step():
                self._session.send("heliostatStepEnded", {"threadId": self._session.thread_id()})
        except Exception as failure:
            # Also where the session ended in the middle of this.
            print(f"Heliostat: {failure!r}", flush=True)

    def _failed(self, exc_info, entry):
        """A task fails: stops where it raised. Not for an error that another task raised, nor for a cancelled one."""
        error = exc_info[1]
        if isinstance(error, Exception) and not type(error).__name__.startswith(("RayTaskError", "TaskCancelled")):
            failing = [name for name in self.failing if entry is not None and is_called(entry.function, name)]
            self._session.failed(exc_info, is_wanted=bool(failing) and self._session.ask("fails", names=failing))


def _call_text(function, frame_locals):
    """`train(7, …)`: the function with such arguments as are short; `train` where they are not known."""
    *owners, name = function.split(".")
    if owners and owners[-1][:1].isupper():
        name = f"{owners[-1]}.{name}"
    if frame_locals is None:
        return name
    arguments = list(frame_locals.get("args") or ())
    method = getattr(frame_locals.get("function"), "method", None)
    if method is not None:
        arguments = arguments[1:]
    texts = [_short(value) for value in arguments]
    texts += [f"{key}={_short(value)}" for key, value in (frame_locals.get("kwargs") or {}).items()]
    text = f"{name}({', '.join(texts)})"
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


def _short(value):
    if isinstance(value, (bool, int, float, str, type(None))):
        text = repr(value)
        return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
    return type(value).__name__


# --- References ------------------------------------------------------------------------------------------------------


class Value:
    """Stands for the value of a reference until somebody opens it."""

    def __init__(self, reference):
        self.reference = reference

    def fetch(self):
        import ray

        try:
            return ray.get(self.reference, timeout=10)
        except Exception as error:
            return error


def show_references():
    """Teaches pydevd how an `ObjectRef` looks: its state, size and producer; its value when it is opened."""
    from _pydevd_bundle.pydevd_extension_api import StrPresentationProvider, TypeResolveProvider
    from _pydevd_bundle.pydevd_extension_utils import EXTENSION_MANAGER_INSTANCE

    import ray

    class ReferenceResolver(TypeResolveProvider):
        def can_provide(self, type_object, type_name):
            return issubclass(type_object, ray.ObjectRef)

        def resolve(self, var, attribute):
            return self.get_dictionary(var).get(attribute)

        def get_dictionary(self, var):
            facts = _facts(var)
            return {**facts, "value": Value(var)}

    class ValueResolver(TypeResolveProvider):
        def can_provide(self, type_object, type_name):
            return issubclass(type_object, Value)

        def resolve(self, var, attribute):
            return var.fetch()

        def get_dictionary(self, var):
            return {"value": var.fetch()}

    class Text(StrPresentationProvider):
        def can_provide(self, type_object, type_name):
            return issubclass(type_object, (ray.ObjectRef, Value))

        def get_str(self, val, **more):
            if isinstance(val, Value):
                return "fetched when opened"
            facts = _facts(val)
            size = f", {facts['bytes']} bytes" if facts["bytes"] is not None else ""
            return f"ObjectRef({facts['state']}{size}, from {facts['producer']})"

        def get_str_in_context(self, val, context):
            return self.get_str(val)

    manager = EXTENSION_MANAGER_INSTANCE
    for kind, instances in ((TypeResolveProvider, (ReferenceResolver(), ValueResolver())), (StrPresentationProvider, (Text(),))):
        known = manager.get_extension_classes(kind)
        if not any(type(one).__name__ == type(instances[0]).__name__ for one in known):
            known[:0] = instances


def _facts(reference):
    """What is known of an object without fetching it."""
    import ray
    from ray._private.worker import global_worker

    state, size = "pending", None
    try:
        if ray.wait([reference], timeout=0, fetch_local=False)[0]:
            state = "ready"
        location = ray.experimental.get_object_locations([reference]).get(reference) or {}
        size = location.get("object_size")
    except Exception:
        state = "unknown"
    task = reference.binary()[:24]
    producer = "ray.put" if task[:1] == b"\0" else f"task {task.hex()[:16]}"
    return {"state": state, "bytes": size or None, "producer": producer, "owner": global_worker.worker_id.hex()[:8]}
