"""
Where a process of a run learns that somebody debugs it. Small, since every worker loads it; the debugger itself is
`heliostat_debugger`, loaded when it is wanted.

What it learns is an invitation (format: see `simulator/debug/invitation.ts`). On Heliostat's own clusters that is a file,
`<shared>/debug/<run>.json`, written by the engine while a debug session lasts. A run that is started under the debugger
has it before its first process; for one that is debugged later, a thread looks for it once a second. On a cluster that
Heliostat did not start, the invitation comes with the job and there is no other.
"""
import json
import os
import threading

LOOK_EVERY_S = 1.0
# Beside the probe's files, in the job's working directory.
CARRIED = "invitation.json"

# The invitation that came with the job.
carried = None


def start_driver():
    """Connects a driver before its script's first line, if there is a session."""
    global carried
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), CARRIED)
    carried = _read(beside)
    if carried is not None:
        folder = os.path.dirname(os.path.dirname(beside))
        carried.update(run=os.environ.get("HELIOSTAT_RUN"), folder=folder)
        return _join(carried, None, "driver")
    _look(_file(os.environ.get("HELIOSTAT_RUN")), None, "driver")


def enter(run, spool, role):
    """Called once a process knows its run, before it touches the run's code. Connects now if there is a session."""
    if carried is not None:
        return _join(carried, spool, role)
    file = _file(run)
    if file is None:
        return
    _look(file, spool, role)
    threading.Thread(target=_keep_looking, args=(file, spool, role), name="heliostat-debug", daemon=True).start()


def _file(run):
    folder = os.environ.get("HELIOSTAT_SPOOL")
    return os.path.join(os.path.dirname(folder), "debug", f"{run}.json") if run and folder else None


def _read(file):
    try:
        with open(file, encoding="utf-8") as opened:
            return json.load(opened)
    except (OSError, ValueError):
        return None


def _look(file, spool, role):
    wanted = None if file is None else _read(file)
    if wanted is not None:
        _join(wanted, spool, role)


def _join(wanted, spool, role):
    try:
        import heliostat_debugger

        heliostat_debugger.join(wanted, spool, role)
    except Exception as error:
        # A process that cannot be debugged runs on.
        print(f"Heliostat cannot debug process {os.getpid()}: {error}", flush=True)


def _keep_looking(file, spool, role):
    pause = threading.Event()
    while True:
        pause.wait(LOOK_EVERY_S)
        _look(file, spool, role)
