"""What goes from task to task: wraps Ray's ways to submit, put, get, wait, serialize and deserialize.

Object ids alone are kept, never a reference or a value: an `ObjectRef` that is held keeps its object alive. An object's
id begins with the id of the task that made it, so ids are all that is needed to draw an edge.
"""
import os
import sys
import sysconfig
import threading
import time

TASK, ACTOR_CREATION, ACTOR_TASK = 0, 1, 2
GET, WAIT = 0, 1
# A call that waited for nothing in particular and not for long says nothing.
SHORT_WAIT_S = 0.005

now = time.time


class Seen(threading.local):
    """What passes through this thread."""

    # Ids of the references met while arguments, or a value of `ray.put`, are serialized; None outside of that.
    refs = None
    # Serialized size of that.
    size = 0
    # When this thread began to make values of the arguments of the task that it is about to run, and their size.
    taken = None
    size_in = 0
    # Whether it is in `ray.get`.
    getting = False
    # The execution whose results are being stored.
    entry = None


seen = Seen()


# --- Call sites ------------------------------------------------------------------------------------------------------

_FOREIGN = tuple(
    {
        os.path.dirname(os.path.abspath(__file__)) + os.sep,
        sysconfig.get_path("stdlib") + os.sep,
        sysconfig.get_path("platstdlib") + os.sep,
        "<",
    }
)
_is_user = {}


def user_frame(depth):
    """The innermost frame of the user's own code as (code, last instruction); its line is worked out at the flush."""
    frame = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        name = code.co_filename
        users = _is_user.get(name)
        if users is None:
            users = _is_user[name] = not (
                name.startswith(_FOREIGN) or "site-packages" in name or "dist-packages" in name or _RAY in name
            )
        if users:
            return code, frame.f_lasti
        frame = frame.f_back
    return None


_RAY = os.sep + os.path.join("ray", "_private") + os.sep


def line_of(site):
    code, at = site
    for start, end, line in code.co_lines():
        if start <= at < end and line is not None:
            return (code.co_filename, line)
    return (code.co_filename, code.co_firstlineno)


# --- Wrapping --------------------------------------------------------------------------------------------------------


def wrap(spool, hide, can_hide):
    global _RAY
    import ray

    _RAY = os.path.dirname(os.path.abspath(ray.__file__)) + os.sep
    _wrap_submission(spool, hide)
    _wrap_objects(spool, hide)
    # Errors of tasks come out of `ray.get`, and before Python 3.11 a wrapper would show in each of their tracebacks.
    if can_hide:
        _wrap_waits(spool, hide)


def _put(owner, name, wrapper):
    wrapper.__wrapped__ = getattr(owner, name)
    setattr(owner, name, wrapper)


def _wrap_submission(spool, hide):
    from ray import ObjectRef
    from ray._private.worker import global_worker
    from ray._raylet import ObjectRefGenerator
    from ray.actor import ActorClass, ActorHandle
    from ray.remote_function import RemoteFunction

    def task_id(reply):
        """The submitted task's id from what the caller gets, or None where that says nothing (`num_returns=0`)."""
        kind = type(reply)
        if kind is list and reply:
            reply = reply[0]
        elif kind is ObjectRefGenerator:
            reply = reply._generator_ref
        return reply.binary()[:24] if type(reply) is ObjectRef else None

    def given(args, kwargs):
        """Ids of the references that are arguments themselves."""
        found = None
        for values in (args, kwargs and kwargs.values()):
            for value in values or ():
                if type(value) is ObjectRef:
                    if found is None:
                        found = []
                    found.append(value.binary())
        return found

    def wrapped(call, kind, told):
        """
        Around one of Ray's ways to submit. `told(self, reply, args, options)` says what was submitted, as (task id,
        descriptor, name, wishes, positional arguments), or None for nothing.
        """

        def submit(self, *args, **options):
            at = now()
            # Also without arguments: what a function has captured is serialized when it is submitted first.
            outer, size = seen.refs, seen.size
            seen.refs, seen.size = nested, _ = [], 0
            try:
                reply = call(self, *args, **options)
            except BaseException as error:
                seen.refs, seen.size = outer, size
                hide(error)
                raise
            values, seen.refs, seen.size = seen.size, outer, size
            try:
                task = told(self, reply, args, options)
                if task is not None:
                    child, descriptor, name, wishes, positional = task
                    spool.submitted(
                        child,
                        global_worker.current_task_id.binary(),
                        kind,
                        descriptor,
                        name,
                        at,
                        wishes,
                        user_frame(2),
                        given(positional, options.get("kwargs")),
                        nested,
                        values,
                    )
            except Exception:
                spool.lost += 1
            return reply

        return submit

    def task(self, reply, args, options):
        child = task_id(reply)
        if child is None:
            return None
        wishes = _wishes(options, 1) if options else None
        positional = options.get("args") or (args and args[0])
        return child, self._function_descriptor, options.get("name"), wishes, positional

    def actor(self, reply, args, options):
        # With `get_if_exists` Ray calls this method once more if there is something to create.
        if options.get("get_if_exists") or not isinstance(reply, ActorHandle):
            return None
        child = b"\xff" * 8 + reply._actor_id.binary()
        descriptor = self.__ray_metadata__.actor_creation_function_descriptor
        return child, descriptor, None, _wishes(options, 0), options.get("args") or (args and args[0])

    def actor_task(self, reply, args, options):
        child = task_id(reply)
        if child is None:
            return None
        # Before its arguments comes the method's name.
        positional = options.get("args") or (args[1] if len(args) > 1 else None)
        return child, self._ray_function_descriptor[args[0]], options.get("name"), None, positional

    _put(RemoteFunction, "_remote", wrapped(RemoteFunction._remote, TASK, task))
    _put(ActorClass, "_remote", wrapped(ActorClass._remote, ACTOR_CREATION, actor))
    call_actor = wrapped(ActorHandle._actor_method_call, ACTOR_TASK, actor_task)
    _put(ActorHandle, "_actor_method_call", call_actor)


def _wishes(options, default_cpus):
    """What the task holds while it runs: (CPUs, GPUs, other resources). The options may hold objects: they are not kept."""
    cpus, memory, others = options.get("num_cpus"), options.get("memory"), options.get("resources") or None
    # An actor that asks for nothing runs without a CPU; one that asks for something else has one with it (ray/actor.py).
    if not default_cpus and cpus is None and (options.get("num_gpus") or others or options.get("accelerator_type")):
        default_cpus = 1
    if memory:
        others = {**(others or {}), "memory": memory}
    return (default_cpus if cpus is None else cpus, options.get("num_gpus") or 0, others)


def _wrap_objects(spool, hide):
    from ray._private.serialization import SerializationContext
    from ray._private.worker import Worker, global_worker
    from ray.actor import ActorHandle

    handle_helper = ActorHandle._serialization_helper
    add_contained, serialize = SerializationContext.add_contained_object_ref, SerializationContext.serialize
    put_object, deserialize = Worker.put_object, Worker.deserialize_objects

    def add_contained_object_ref(self, object_ref, **options):
        if seen.refs is not None:
            try:
                seen.refs.append(object_ref.binary())
            except Exception:
                spool.lost += 1
        return add_contained(self, object_ref, **options)

    def serialize_handle(self):
        # An actor's handle stands for its creation, whose first object Ray counts references to it by.
        if seen.refs is not None:
            try:
                seen.refs.append(b"\xff" * 8 + self._ray_actor_id.binary() + b"\x01\0\0\0")
            except Exception:
                spool.lost += 1
        return handle_helper(self)

    def serialize_value(self, value):
        try:
            serialized = serialize(self, value)
        except BaseException as error:
            hide(error)
            raise
        try:
            if seen.refs is not None:
                seen.size += serialized.total_bytes
            elif seen.entry is not None:
                spool.stored(seen.entry, serialized.total_bytes)
        except Exception:
            spool.lost += 1
        return serialized

    def put(self, value, *args, **options):
        outer, size = seen.refs, seen.size
        # What is nested in an object of `ray.put` becomes an edge of whoever gets the object: not ours to tell here.
        seen.refs, seen.size = [], 0
        try:
            ref = put_object(self, value, *args, **options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            stored, seen.refs, seen.size = seen.size, outer, size
        try:
            spool.put(ref.binary(), global_worker.current_task_id.binary(), stored)
        except Exception:
            spool.lost += 1
        return ref

    def deserialize_objects(self, serialized_objects, object_refs, *args, **options):
        # Outside of `ray.get`, which says more than these two, it is the arguments of a task.
        if not (seen.getting or args or options):
            try:
                seen.taken = now()
                seen.size_in = sum(_size_of(one[0]) for one in serialized_objects)
            except Exception:
                spool.lost += 1
        return deserialize(self, serialized_objects, object_refs, *args, **options)

    _put(SerializationContext, "add_contained_object_ref", add_contained_object_ref)
    _put(ActorHandle, "_serialization_helper", serialize_handle)
    _put(SerializationContext, "serialize", serialize_value)
    _put(Worker, "put_object", put)
    _put(Worker, "deserialize_objects", deserialize_objects)


def _size_of(data):
    if data is None:
        return 0
    size = getattr(data, "size", None)
    return len(data) if size is None else size


def _wrap_waits(spool, hide):
    import ray
    import ray._private.worker as ray_worker
    from ray import ObjectRef

    get_objects, wait = ray_worker.Worker.get_objects, ray_worker.wait
    current = ray_worker.global_worker

    def producers(refs):
        return {ref.binary()[:24] for ref in refs if type(ref) is ObjectRef}

    def get(self, object_refs, *args, **options):
        at, seen.getting = now(), True
        try:
            return get_objects(self, object_refs, *args, **options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            seen.getting = False
            try:
                site = user_frame(2)
                # Ray's own loops wait as well; they are no part of the user's program.
                if site is not None:
                    spool.waited(current.current_task_id.binary(), GET, at, now(), site, producers(object_refs))
            except Exception:
                spool.lost += 1

    def wait_for(*args, **options):
        at = now()
        try:
            reply = wait(*args, **options)
        except BaseException as error:
            hide(error)
            raise
        try:
            until, site = now(), user_frame(2)
            if site is not None and (reply[0] or until - at > SHORT_WAIT_S):
                spool.waited(current.current_task_id.binary(), WAIT, at, until, site, producers(reply[0]))
        except Exception:
            spool.lost += 1
        return reply

    _put(ray_worker.Worker, "get_objects", get)
    wait_for.__wrapped__, wait_for.__doc__, wait_for.__name__ = wait, wait.__doc__, "wait"
    ray_worker.wait = ray.wait = wait_for
