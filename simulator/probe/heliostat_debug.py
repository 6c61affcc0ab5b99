"""
Where a process of a run learns that somebody debugs it. Small, since every worker loads it; the debugger itself is
`heliostat_debugger`, loaded when it is wanted.

A debug session is a file, `<shared>/debug/<run>.json`, written by the engine while the session lasts (format: see
`simulator/debug/invitation.ts`). A run that is started under the debugger has it before its first process; for one
that is debugged later, a thread looks for it once a second.
"""
import os
import threading

LOOK_EVERY_S = 1.0


def enter(run, spool, role):
    """Called once a process knows its run, before it touches the run's code. Connects now if there is a session."""
    folder = os.environ.get("HELIOSTAT_SPOOL")
    if not run or not folder:
        return
    invitation = os.path.join(os.path.dirname(folder), "debug", f"{run}.json")
    look(invitation, spool, role)
    threading.Thread(target=_keep_looking, args=(invitation, spool, role), name="heliostat-debug", daemon=True).start()


def look(invitation, spool, role):
    if not os.path.exists(invitation):
        return
    try:
        import heliostat_debugger

        heliostat_debugger.join(invitation, spool, role)
    except Exception as error:
        # A process that cannot be debugged runs on.
        print(f"Heliostat cannot debug process {os.getpid()}: {error}", flush=True)


def _keep_looking(invitation, spool, role):
    pause = threading.Event()
    while True:
        pause.wait(LOOK_EVERY_S)
        look(invitation, spool, role)
