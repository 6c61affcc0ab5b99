"""
Which threads of a debugged process are traced, and when.

From Python 3.12 on pydevd asks `sys.monitoring` for no more than it needs; what it passes over is added. Before, it traces
every call of every thread, which takes short tasks a third of their speed even where there is nothing to stop at. So there,
threads are traced only while there is something: a breakpoint, a filter of exceptions that looks at raised ones, a thread
that is stopped or steps, a pause. `breakpoint()` and steps into tasks trace the thread that they concern by themselves.
"""
import sys
import threading
import time

BY_MONITORING = sys.version_info >= (3, 12)
# Of Heliostat's own threads, which none of the user's code runs on.
OUR_THREADS = ("heliostat", "heliostat-debug")
STOPPED = 2


def leave_out_ours():
    """Before pydevd starts: it then never looks at our threads."""
    for thread in threading.enumerate():
        if thread.name in OUR_THREADS:
            thread.pydev_do_not_trace = True


class Tracing:
    """Follows a pydevd that traces all threads."""

    def __init__(self, db):
        self._db = db
        self._lock = threading.Lock()
        # Whether threads are traced.
        self._is_on = True
        # Counts the times that it was turned on; a thread that was traced before is traced anew.
        self._turn = 0
        self._traced = threading.local()
        # Threads that run can be traced only with a library that debugpy has for some processors; elsewhere all always are.
        self._adapts = BY_MONITORING or _can_trace_others()
        if not self._adapts:
            return
        on_breakpoints_changed, set_suspend = db.on_breakpoints_changed, db.set_suspend

        def breakpoints_changed(*args, **kwargs):
            on_breakpoints_changed(*args, **kwargs)
            self.adapt()

        db.on_breakpoints_changed = breakpoints_changed
        if BY_MONITORING:
            return

        def suspend(thread, stop_reason, *args, is_pause=False, **kwargs):
            if not is_pause:
                return set_suspend(thread, stop_reason, *args, **kwargs)
            with self._lock:
                self._turn_on()
                return set_suspend(thread, stop_reason, *args, is_pause=True, **kwargs)

        db.set_suspend = suspend

    def adapt(self):
        """To what there is to stop at now."""
        if not self._adapts:
            return
        if BY_MONITORING:
            return self._look_further()
        # What is wanted is looked at under the lock: a breakpoint may come while another thread looks.
        with self._lock:
            if self._is_wanted():
                self._turn_on()
            else:
                self._turn_off()

    def begin_task(self):
        """Threads born in C++ are seen by `sys.monitoring` alone; before it, each is traced when it begins a task."""
        if not BY_MONITORING and self._is_on and getattr(self._traced, "turn", None) != self._turn:
            self._traced.turn = self._turn
            self._db.enable_tracing()

    def sees_this_thread(self):
        """Whether pydevd learns of what happens in the calling thread."""
        return BY_MONITORING or sys.gettrace() is not None

    def release(self):
        """pydevd is over; it leaves its functions set."""
        if BY_MONITORING:
            import _pydevd_sys_monitoring.pydevd_sys_monitoring as monitoring

            monitoring.stop_monitoring(all_threads=True)
            return
        import pydevd_tracing

        pydevd_tracing.restore_sys_set_trace_func()
        # Other threads' functions can be replaced, not removed.
        pydevd_tracing.set_trace_to_threads(_stop_tracing)
        threading.settrace(None)
        sys.settrace(None)

    def _look_further(self):
        """
        When breakpoints change, pydevd looks at what threads are in that Python knows, and from then on where calls begin. So
        it passes over coroutines and generators that wait, and threads born in C++ that have not met Python's `threading`.
        """
        from _pydevd_sys_monitoring.pydevd_sys_monitoring import enable_code_tracing

        db, monitoring = self._db, sys.monitoring
        tool, events = monitoring.DEBUGGER_ID, monitoring.events

        def goes_on(code, offset, error=None):
            looked_at = db.mtime
            enable_code_tracing(threading.current_thread().ident, code, sys._getframe(1))
            # Seen until the next change, unless that came meanwhile. An error that is thrown in cannot be switched off.
            return monitoring.DISABLE if error is None and db.mtime == looked_at else None

        # That, too, is on only while there is something to stop at.
        if not monitoring.get_events(tool) & events.PY_RESUME:
            return
        monitoring.register_callback(tool, events.PY_RESUME, goes_on)
        monitoring.register_callback(tool, events.PY_THROW, goes_on)
        monitoring.set_events(tool, monitoring.get_events(tool) | events.PY_THROW)
        for ident, frame in sys._current_frames().items():
            if ident not in threading._active:
                # Of the thread pydevd asks only whether it steps.
                db.set_trace_for_frame_and_parents(threading.get_ident(), frame)
        monitoring.restart_events()

    def _is_wanted(self):
        db = self._db
        return bool(
            any(db.breakpoints.values())
            or db.function_breakpoint_name_to_breakpoint
            or db.has_plugin_line_breaks
            or db.has_plugin_exception_breaks
            or db.break_on_caught_exceptions
            or db.break_on_user_uncaught_exceptions
            or any(map(_is_held, threading.enumerate()))
        )

    def _turn_on(self):
        import pydevd_tracing

        if self._is_on:
            return
        self._is_on = True
        self._turn += 1
        threading.settrace(self._db.trace_dispatch)
        pydevd_tracing.set_trace_to_threads(self._db.trace_dispatch)
        self._db.set_tracing_for_untraced_contexts()

    def _turn_off(self):
        import pydevd_tracing

        if not self._is_on:
            return
        self._is_on = False
        threading.settrace(None)
        pydevd_tracing.set_trace_to_threads(_stop_tracing)


def _can_trace_others():
    import pydevd_tracing

    return pydevd_tracing._load_python_helper_lib() is not None


def is_stopped(thread):
    """Whether the thread is stopped, or is to stop at its next line."""
    info = getattr(thread, "additional_info", None)
    return info is not None and info.pydev_state == STOPPED


def wait_until_off(db, thread, seconds=1):
    """
    A thread that was let go notices that up to 0.2 s later (pydevd's `_do_wait_suspend`). If it were to stop again until then,
    it would, and not tell.
    """
    from _pydevd_bundle.pydevd_constants import get_thread_id

    info = getattr(thread, "additional_info", None)
    until = time.monotonic() + seconds
    while getattr(info, "is_in_wait_loop", False) and not is_stopped(thread) and time.monotonic() < until:
        _, woken = db.get_internal_queue_and_event(get_thread_id(thread))
        woken.set()
        time.sleep(0.005)


def _is_held(thread):
    """Whether the thread is stopped or makes a step."""
    info = getattr(thread, "additional_info", None)
    return is_stopped(thread) or info is not None and info.pydev_step_cmd != -1


def _stop_tracing(frame, event, arg):
    import pydevd_tracing

    # pydevd puts one of its own in the place of Python's, which complains.
    (pydevd_tracing.TracingFunctionHolder._original_tracing or sys.settrace)(None)
