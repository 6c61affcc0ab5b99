"""What goes from task to task: wraps Ray's ways to submit, put, get, wait, serialize and deserialize.

Object ids alone are kept, never a reference or a value: an `ObjectRef` that is held keeps its object alive. An object's
id begins with the id of the task that made it, so ids are all that is needed to draw an edge.
"""
import os
import sys
import sysconfig
import threading
import time

from heliostat_submissions import ACTOR_CREATION, ACTOR_TASK, TASK

GET, WAIT = 0, 1
# A call that waited for nothing in particular and not for long says nothing.
SHORT_WAIT_S = 0.005

now = time.time


class Seen:
    """What passes through one thread."""

    __slots__ = "met taken size_in getting entry task".split()

    def __init__(self):
        # Ids of the references (bytes) and sizes of the values (int) met while arguments, or a value of `ray.put`, are
        # serialized; None outside of that.
        self.met = None
        # When this thread began to make values of the arguments of the task that it is about to run, and their size.
        self.taken, self.size_in = None, 0
        # Whether it is in `ray.get`.
        self.getting = False
        # The execution whose results are being stored.
        self.entry = None
        # The task that has this thread to itself, or had it last.
        self.task = None


class Here(threading.local):
    def __init__(self):
        self.seen = Seen()


here = Here()


# --- Call sites ------------------------------------------------------------------------------------------------------

_FOREIGN = tuple(
    {
        os.path.dirname(os.path.abspath(__file__)) + os.sep,
        sysconfig.get_path("stdlib") + os.sep,
        sysconfig.get_path("platstdlib") + os.sep,
        "<",
    }
)


class Users(dict):
    """Whether a file holds the user's own code."""

    def __missing__(self, name):
        users = self[name] = not (
            name.startswith(_FOREIGN) or "site-packages" in name or "dist-packages" in name or _RAY in name
        )
        return users


is_user = Users()


def user_frame(depth):
    """The innermost frame of the user's own code as (code, last instruction); its line is worked out at the flush."""
    frame = sys._getframe(depth)
    while frame is not None:
        if is_user[frame.f_code.co_filename]:
            return frame.f_code, frame.f_lasti
        frame = frame.f_back
    return None


_RAY = os.sep + os.path.join("ray", "_private") + os.sep


def line_of(code, at):
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
    from ray._private import auto_init_hook
    from ray._private.worker import global_worker
    from ray._raylet import ObjectRefGenerator
    from ray.actor import ActorClass, ActorHandle, ActorMethod
    from ray.remote_function import RemoteFunction
    from ray.util.tracing import tracing_helper

    running, get_frame, is_traced = spool.entries, sys._getframe, tracing_helper._is_tracing_enabled

    def made(reply, options):
        """An id that begins with that of the task that was submitted; None where what the caller gets does not say."""
        if type(reply) is list and reply:
            reply = reply[0]
        elif type(reply) is ObjectRefGenerator:
            reply = reply._generator_ref
        elif isinstance(reply, ActorHandle):
            # With `get_if_exists` Ray calls this method once more if there is something to create.
            return None if options.get("get_if_exists") else b"\xff" * 8 + reply._actor_id.binary()
        return reply.binary() if type(reply) is ObjectRef else None

    def given(args, kwargs):
        """Ids of the references that are arguments themselves."""
        found = None
        for value in (*args, *kwargs.values()) if kwargs else args:
            if type(value) is ObjectRef:
                if found is None:
                    found = []
                found.append(value.binary())
        return found

    def wrapped(method, kind, descriptor_of, sign=None, depth=1):
        """
        Around one of Ray's ways to submit, in the place of Ray's own two wrappers: one connects a script that has not, one is
        for OpenTelemetry alone, and each costs some microseconds. It keeps what is at hand, the options as they are: what they
        say is read at the flush, since all that is touched here costs several times as much between Ray's own doings. With the
        option `sign`, or always where that is `...`, the caller is Ray, with `depth - 1` frames of its own.
        """
        traced = _inner(method, auto_init_hook)
        untraced = _inner(traced, tracing_helper)

        def submit(self, args=None, kwargs=None, **options):
            at, seen = now(), here.seen
            # Also without arguments: what a function has captured is serialized when it is submitted first.
            outer = seen.met
            seen.met = met = []
            try:
                if not global_worker.connected:
                    auto_init_hook.auto_init_ray()
                call = traced if is_traced() else untraced
                reply = call(self, args, kwargs, **options)
            except BaseException as error:
                seen.met = outer
                hide(error)
                raise
            seen.met = outer
            try:
                child = reply.binary() if type(reply) is ObjectRef else made(reply, options)
                if child is not None:
                    parent = seen.task
                    if parent not in running:
                        parent = spool.submitter(global_worker.current_task_id.binary(), child[20:24])
                    frame = get_frame(depth if sign is ... or sign in options else 1)
                    while not is_user[frame.f_code.co_filename]:
                        frame = frame.f_back
                        if frame is None:
                            break
                    code, instruction = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
                    if "resources" in options:
                        # The user's own object, which may have changed by then.
                        options["resources"] = dict(options["resources"] or {})
                    refs = given(args or (), kwargs) if args or kwargs else None
                    descriptor = descriptor_of(self)
                    spool.submitted((child, at, refs, met or None, parent, kind, descriptor, options, code, instruction))
                    if not spool.is_awake:
                        spool.wake_up()
            except Exception:
                spool.lost += 1
            return reply

        return submit

    def of_function(self):
        return self._function_descriptor

    def of_class(self):
        return self.__ray_metadata__.actor_creation_function_descriptor

    def of_method(self):
        return self._actor._ray_function_descriptor[self._method_name]

    _put(RemoteFunction, "_remote", wrapped(RemoteFunction._remote, TASK, of_function, "serialized_runtime_env_info", 2))
    _put(ActorClass, "_remote", wrapped(ActorClass._remote, ACTOR_CREATION, of_class))
    _put(ActorMethod, "_remote", wrapped(ActorMethod._remote, ACTOR_TASK, of_method, ..., 2))


def _inner(method, module):
    """What a wrapper that was made in a module of Ray's wraps; the method itself where there is none."""
    return method.__wrapped__ if method.__globals__ is vars(module) else method


def _wrap_objects(spool, hide):
    from ray._private.serialization import SerializationContext
    from ray._private.worker import Worker, global_worker
    from ray.actor import ActorHandle, signature

    no_name = signature.DUMMY_TYPE
    handle_helper = ActorHandle._serialization_helper
    add_contained, serialize = SerializationContext.add_contained_object_ref, SerializationContext.serialize
    put_object, deserialize = Worker.put_object, Worker.deserialize_objects

    def add_contained_object_ref(self, object_ref, **options):
        seen = here.seen
        if seen.met is not None:
            try:
                seen.met.append(object_ref.binary())
            except Exception:
                spool.lost += 1
        return add_contained(self, object_ref, **options)

    def serialize_handle(self):
        seen = here.seen
        # An actor's handle stands for its creation, whose first object Ray counts references to it by.
        if seen.met is not None:
            try:
                seen.met.append(b"\xff" * 8 + self._ray_actor_id.binary() + b"\x01\0\0\0")
            except Exception:
                spool.lost += 1
        return handle_helper(self)

    def serialize_value(self, value):
        # Ray's own, beside each argument that has no name.
        if value is no_name:
            return serialize(self, value)
        try:
            serialized = serialize(self, value)
        except BaseException as error:
            hide(error)
            raise
        try:
            seen = here.seen
            if seen.met is not None:
                seen.met.append(serialized.total_bytes)
            elif seen.entry is not None:
                spool.stored(seen.entry, serialized.total_bytes)
        except Exception:
            spool.lost += 1
        return serialized

    def put(self, value, *args, **options):
        seen = here.seen
        outer = seen.met
        # What is nested in an object of `ray.put` becomes an edge of whoever gets the object: not ours to tell here.
        seen.met = met = []
        try:
            ref = put_object(self, value, *args, **options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            seen.met = outer
        try:
            spool.put(ref.binary(), global_worker.current_task_id.binary(), met)
        except Exception:
            spool.lost += 1
        return ref

    def deserialize_objects(self, serialized_objects, object_refs, *args, **options):
        seen = here.seen
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
        at, seen = now(), here.seen
        seen.getting = True
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
