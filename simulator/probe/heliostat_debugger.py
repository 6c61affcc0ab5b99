"""
Connects this process to the debug session of its run, by debugpy's pydevd, and teaches pydevd what a task is.

pydevd speaks the Debug Adapter Protocol itself; the engine's hub (`simulator/debug/`) is its client. The connection
goes out from here, and both sides prove that they know the session's secret before a byte of the protocol passes:

    hub:      {"nonce": N}
    process:  {"proof": HMAC(secret, "process" + N), "nonce": M, "role", "node", "pid", "worker", "folder", "error"}
    hub:      {"proof": HMAC(secret, "hub" + M)}

One that says `"wants": "debugpy"` gets that instead of the protocol (`heliostat_debugpy`).

Nothing here may hold a process back: each wait has an end, and whatever goes wrong leaves the process running free.
"""
import hashlib
import hmac
import itertools
import json
import os
import secrets
import socket
import sys
import threading
import time

import heliostat_carried
import heliostat_debugpy
import heliostat_tasks
import heliostat_tracing

CONNECT_S, CONFIGURED_S, DEBUGPY_S = 5, 30, 60
# The hub itself waits less for what it needs to answer.
ANSWER_S, LOOK_EVERY_S = 4, 0.2
MAX_LINE_BYTES = 65536

_joining = threading.Lock()
_session = None
# An invitation that led to nothing.
_spent = None


def join(wanted, spool, role):
    """Connects unless this process is connected, and returns when breakpoints are set. Prints why when it cannot."""
    global _session, _spent
    with _joining:
        if _session is not None and not _session.is_over():
            _session.watch(spool)
            return
        _session = None
        if wanted == _spent or heliostat_carried.is_over(wanted):
            return
        try:
            _session = Session(wanted)
            _session.start(spool, role)
        except Exception as error:
            _spent = wanted
            _session = None
            address = f"{wanted.get('host')}:{wanted.get('port')}"
            way_out = f". {wanted['wayOut']}" if isinstance(error, OSError) and wanted.get("wayOut") else ""
            print(f"Heliostat: the debugger at {address} cannot be reached from {_here()}: {error}{way_out}", flush=True)


def is_joined():
    return _session is not None and not _session.is_over()


def failed(exc_info, is_last=False):
    """
    Stops at the frame that raised, where the session wants that; returns when the user continues. After the last one the
    process ends, and pydevd would stop for the same error once more.
    """
    if _session is not None:
        _session.failed(exc_info, is_last)


def describe():
    """What the calling (stopped) thread runs, as the hex of JSON: `{"name", "task"}`; nothing where that is not known."""
    found = _session.describe() if _session else None
    return json.dumps(found).encode().hex() if found else ""


def pause():
    """
    Each thread that runs a task stops at its next line, the driver's main one too. Idle ones are left alone, so that the
    process goes on answering Ray.
    """
    if _session is not None:
        _session.pause()


def arm():
    """The next submission of the calling (stopped) thread is stepped into."""
    _session.tasks.arm()


def stop_in_next():
    """The same for a thread that is not stopped, which the hub does not know of."""
    _session.send("heliostatArmed", {})
    _session.tasks.arm()


def disarm():
    _session.tasks.disarm()


def hold(is_held):
    """While a step into a task is under way, the hub is asked of each task that begins."""
    if _session is not None:
        _session.tasks.is_held = is_held


def watch_tasks(counted, failing):
    """Functions of which the hub is asked when a task begins, and when one fails."""
    if _session is not None:
        _session.tasks.counted, _session.tasks.failing = counted, failing


def answer(number, value):
    """What the hub says to the question with that number."""
    if _session is not None:
        _session.answered(number, value)


class Session:
    def __init__(self, wanted):
        self._wanted = wanted
        self._spool = None
        self._is_driver = False
        self._db = self._tracing = None
        self._breakpoint_hook, self._thread_hook = sys.breakpointhook, threading.excepthook
        self.tasks = heliostat_tasks.Tasks(self)
        self._numbers, self._questions = itertools.count(), {}

    def is_over(self):
        return self._db is None or self._db.pydb_disposed

    def start(self, spool, role):
        # First, since it may take its time and the hub waits for whoever has connected only so long.
        error = self._load()
        sock = self._connect()
        try:
            self._shake_hands(sock, role=role, worker=getattr(spool, "worker", ""), error=error)
            if error:
                raise RuntimeError(error)
            self._is_driver = role == "driver"
            self._attach(sock)
            self.watch(spool)
        except BaseException:
            sock.close()
            self._release()
            raise

    def watch(self, spool):
        """Takes note of what the probe sees; the driver has a spool only after `ray.init`."""
        if spool is not None and self._spool is None:
            self._spool = spool
            self.tasks.observe(spool)

    def failed(self, exc_info, is_last=False, is_wanted=False):
        """`is_wanted`: stops whatever the filters of exceptions say."""
        if self.is_over() or not (is_wanted or self._db.break_on_uncaught_exceptions):
            return
        from _pydevd_bundle.pydevd_additional_thread_info import set_additional_thread_info
        from _pydevd_bundle.pydevd_breakpoints import stop_on_unhandled_exception

        thread = threading.current_thread()
        db = self._db
        told = StopsAtAnyError(db) if is_wanted else db
        stop_on_unhandled_exception(told, thread, set_additional_thread_info(thread), exc_info)
        if is_last:
            db.break_on_uncaught_exceptions = {}

    def begin_task(self):
        """The calling thread begins a task."""
        if not self.is_over():
            self._tracing.begin_task()

    def describe(self):
        if not self._is_driver:
            return self.tasks.describe()
        thread = threading.current_thread()
        return {"name": "driver" if thread is threading.main_thread() else f"driver, {thread.name}", "task": None}

    def pause(self):
        from _pydevd_bundle.pydevd_comm_constants import CMD_THREAD_SUSPEND

        threads = [threading.main_thread()] if self._is_driver else list(self.tasks.running.values())
        for thread in threads:
            if not heliostat_tracing.is_stopped(thread):
                heliostat_tracing.wait_until_off(self._db, thread)
                self._db.set_suspend(thread, CMD_THREAD_SUSPEND, is_pause=True)

    def send(self, event, body):
        from _pydevd_bundle.pydevd_comm_constants import CMD_RETURN
        from _pydevd_bundle.pydevd_net_command import NetCommand

        message = {"type": "event", "event": event, "body": body}
        self._db.writer.add_command(NetCommand(CMD_RETURN, 0, message, is_json=True))

    def ask(self, what, **about):
        """Whether the hub says yes; no where it does not answer."""
        number, answered = next(self._numbers), threading.Event()
        self._questions[number] = (answered, said := [])
        self.send("heliostatAsked", {"number": number, "what": what, **about})
        until = time.monotonic() + ANSWER_S
        while not answered.wait(LOOK_EVERY_S) and not self.is_over() and time.monotonic() < until:
            pass
        self._questions.pop(number, None)
        return said == [True]

    def answered(self, number, value):
        answered, said = self._questions.get(number, (threading.Event(), []))
        said.append(value)
        answered.set()

    def stop_at_next_line(self):
        """The next line of the user's code that this thread runs stops, as after a step."""
        from _pydevd_bundle.pydevd_additional_thread_info import set_additional_thread_info
        from _pydevd_bundle.pydevd_comm_constants import CMD_STEP_INTO_MY_CODE

        info = set_additional_thread_info(threading.current_thread())
        info.pydev_original_step_cmd = info.pydev_step_cmd = CMD_STEP_INTO_MY_CODE
        info.pydev_step_stop = None
        info.step_in_initial_location = None
        info.update_stepping_info()
        self._db.enable_tracing()
        self._db.set_tracing_for_untraced_contexts()

    def end_step(self):
        """A step that leaves its task is over: the thread's next task is another's. Returns whether there was one."""
        info = getattr(threading.current_thread(), "additional_info", None)
        if info is None or info.pydev_step_cmd == -1:
            return False
        from _pydevd_bundle.pydevd_constants import STATE_RUN

        info.pydev_original_step_cmd = info.pydev_step_cmd = -1
        info.pydev_step_stop = None
        info.pydev_state = STATE_RUN
        info.update_stepping_info()
        return True

    def thread_id(self):
        """This thread's id as the protocol has it."""
        from _pydevd_bundle._debug_adapter.pydevd_base_schema import BaseSchema
        from _pydevd_bundle.pydevd_constants import get_current_thread_id

        return BaseSchema._translate_id_to_dap(get_current_thread_id(threading.current_thread()))

    def _load(self):
        """Imports debugpy. Returns why that is not possible, or None."""
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        # Its other way, before Python 3.11, does not see breakpoints in what is under way.
        os.environ.setdefault("PYDEVD_USE_FRAME_EVAL", "NO")
        try:
            try:
                import debugpy
            except ImportError:
                folder = self._wanted.get("debugpy") or heliostat_debugpy.provide(self._wanted, self._receive_debugpy)
                if not folder:
                    raise
                sys.path.append(folder)
                import debugpy
            import debugpy.server.api  # noqa: F401  Loads its own copy of pydevd.

            _expect_files()
            if self._wanted.get("folder") is not None:
                _name_files(heliostat_carried.copy(self._wanted), self._wanted["folder"])
            return None
        except ImportError as error:
            return f"{sys.executable} has no debugpy ({error})"

    def _connect(self):
        return socket.create_connection((self._wanted["host"], self._wanted["port"]), timeout=CONNECT_S)

    def _shake_hands(self, sock, error=None, **about):
        secret = bytes.fromhex(self._wanted["secret"])
        prove = lambda text: hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        nonce = secrets.token_hex(16)
        node = os.environ.get("HELIOSTAT_NODE")
        hello = {
            "proof": prove("process" + _receive(sock)["nonce"]),
            "nonce": nonce,
            "node": sock.getsockname()[0] if node is None else int(node),
            "pid": os.getpid(),
            "folder": self._wanted.get("folder"),
            "error": error,
            **about,
        }
        sock.sendall((json.dumps(hello) + "\n").encode())
        if error is None and not hmac.compare_digest(_receive(sock)["proof"], prove("hub" + nonce)):
            raise RuntimeError("it does not know the session's secret")

    def _receive_debugpy(self):
        """The hub's own, as the bytes of a zip file; none where it has none."""
        with self._connect() as sock:
            self._shake_hands(sock, wants="debugpy")
            sock.settimeout(DEBUGPY_S)
            try:
                return sock.makefile("rb").read()
            except TimeoutError:
                raise RuntimeError(f"debugpy, which this Python lacks, did not come within {DEBUGPY_S} s; try again later")

    def _attach(self, sock):
        import debugpy
        import pydevd
        from _pydevd_bundle.pydevd_constants import get_global_debugger
        from pydevd_file_utils import absolute_path

        # Carried with a job, they are in no folder.
        ours = os.path.dirname(__file__ if __file__.startswith("<") else os.path.abspath(__file__))
        heliostat_tracing.leave_out_ours()
        start_client = pydevd.start_client

        def connected(host, port):
            # A thread that stops holds no other of its process, such as those by which Ray sees that it lives.
            get_global_debugger().multi_threads_single_notification = False
            return sock

        pydevd.start_client = connected
        try:
            pydevd.settrace(
                host=self._wanted["host"],
                port=self._wanted["port"],
                suspend=False,
                # Its own wait has no end.
                wait_for_ready_to_run=False,
                patch_multiprocessing=False,
                notify_stdin=False,
                dont_trace_start_patterns=(absolute_path(os.path.dirname(debugpy.__file__)), ours),
            )
        finally:
            pydevd.start_client = start_client
        self._db = get_global_debugger()
        self._tracing = heliostat_tracing.Tracing(self._db)
        self._free_when_disposed()
        self._keep_thread_objects()
        # Said once by each process, and at each step into a task, where it means Ray's own code.
        self._db.notify_skipped_step_in_because_of_filters = lambda frame: None
        self._wait_until_configured()
        self._tracing.adapt()
        sys.breakpointhook, threading.excepthook = _breakpoint, self._thread_failed
        os.register_at_fork(after_in_child=self._forked)
        heliostat_tasks.show_references()

    def _wait_until_configured(self):
        until = time.monotonic() + CONFIGURED_S
        while not self._db.is_attached():
            if self._db.pydb_disposed:
                raise RuntimeError("it has gone")
            if time.monotonic() > until:
                raise RuntimeError("it does not answer")
            self._db.process_internal_commands()
            time.sleep(0.005)

    def _keep_thread_objects(self):
        """
        Python may make a second object for a thread born in C++ while pydevd still knows it by the first; then the stopped
        thread would wait for commands under another id than the one that clients are told.
        """
        wait = self._db._do_wait_suspend

        def wait_as_known(thread, *args, **kwargs):
            if isinstance(thread, threading._DummyThread):
                threading._active[threading.get_ident()] = thread
            return wait(thread, *args, **kwargs)

        self._db._do_wait_suspend = wait_as_known

    def _free_when_disposed(self):
        """pydevd ends when its connection does, but leaves its functions set."""
        dispose = self._db.dispose_and_kill_all_pydevd_threads

        def dispose_and_free(*args, **kwargs):
            dispose(*args, **kwargs)
            self._release()

        self._db.dispose_and_kill_all_pydevd_threads = dispose_and_free

    def _thread_failed(self, failed):
        """An error ends a thread of the user's own; pydevd sees that where the thread is traced."""
        if failed.exc_type is not SystemExit and self._tracing is not None and not self._tracing.sees_this_thread():
            self.failed((failed.exc_type, failed.exc_value, failed.exc_traceback))
        self._thread_hook(failed)

    def _release(self):
        sys.breakpointhook, threading.excepthook = self._breakpoint_hook, self._thread_hook
        if self._spool is not None:
            self.tasks.forget(self._spool)
            self._spool = None
        db, self._db = self._db, None
        if db is None:
            return
        if self._is_driver:
            heliostat_carried.say_over(self._wanted)
        db.pydb_disposed = True
        try:
            self._tracing.release()
        except Exception as error:
            print(f"Heliostat: process {os.getpid()} is detached, but still traced: {error!r}", flush=True)

    def _forked(self):
        """A forked child has no connection: a breakpoint in it would wait for ever."""
        if self._db is not None:
            self._db.pydb_disposed = True
        sys.settrace(None)
        threading.settrace(None)
        sys.breakpointhook, threading.excepthook = self._breakpoint_hook, self._thread_hook


class StopsAtAnyError:
    """pydevd's state, but for the filters of exceptions."""

    def __init__(self, db):
        from _pydevd_bundle.pydevd_breakpoints import ExceptionBreakpoint

        self._db = db
        self.break_on_uncaught_exceptions = {BaseException: ExceptionBreakpoint("BaseException", None, None, 0, 1, 0, 0, False)}

    def __getattr__(self, name):
        return getattr(self._db, name)


def _expect_files():
    """Breakpoints hold in files that are not on this node yet, and pydevd does not print of those that never are."""
    import pydevd_file_utils
    from _pydevd_bundle.pydevd_api import PyDevdAPI

    if hasattr(PyDevdAPI.add_breakpoint, "__wrapped__"):
        return
    pydevd_file_utils.error_once = lambda *args, **kwargs: None
    add_breakpoint, exists = PyDevdAPI.add_breakpoint, pydevd_file_utils.exists

    def add(*args, **kwargs):
        pydevd_file_utils.exists = lambda path: True
        try:
            return add_breakpoint(*args, **kwargs)
        finally:
            pydevd_file_utils.exists = exists

    add.__wrapped__ = add_breakpoint
    PyDevdAPI.add_breakpoint = add


def _name_files(copy, folder):
    """Files of this node's copy of the job's working directory go by the driver's paths, as functions of its script do."""
    import pydevd_file_utils

    if copy == folder:
        return
    name = pydevd_file_utils._abs_and_canonical_path

    def as_the_driver(path, *args):
        return name(folder + path[len(copy) :] if path.startswith(copy + os.sep) else path, *args)

    pydevd_file_utils._abs_and_canonical_path = as_the_driver


def _here():
    node = os.environ.get("HELIOSTAT_NODE")
    return f"node {socket.gethostname() if node is None else int(node) + 1}, process {os.getpid()}"


def _breakpoint(*args, **kwargs):
    """`breakpoint()`, which Ray sends to a debugger of its own, stops in this session."""
    import debugpy

    debugpy.breakpoint()


def _receive(sock):
    data = b""
    while not data.endswith(b"\n"):
        piece = sock.recv(1)
        if not piece or len(data) > MAX_LINE_BYTES:
            raise RuntimeError("it closed the connection")
        data += piece
    return json.loads(data)
