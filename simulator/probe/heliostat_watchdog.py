"""Ends a cluster that its engine has forgotten.

The engine touches `alive` in the cluster's shared directory while it lives; the file holds the minutes that the cluster
may be without it, 0 for ever. Counted is time in which this machine is awake. Containers watch by a thread in each
node's main process, and end; process clusters have this as one process beside the head, which ends all that carries
the cluster's directory in its environment, and removes that directory:

    python heliostat_watchdog.py DIRECTORY
"""

import os
import shutil
import signal
import subprocess
import sys
import time

MARK = "HELIOSTAT_DIR="


def wait(file):
    """Returns once the engine has been gone for longer than it may; for ever where it may."""
    seen = None
    since = time.monotonic()
    limit_s = 0.0
    while True:
        now = time.monotonic()
        try:
            stat = os.stat(file)
            with open(file) as opened:
                limit_s = float(opened.read() or 0) * 60
            beat = stat.st_mtime_ns
        except (OSError, ValueError):
            # A directory that is gone comes no more; what was allowed before still counts.
            beat = None
        if beat is not None and beat != seen:
            seen, since = beat, now
        if limit_s > 0 and now - since > limit_s:
            return
        time.sleep(min(30.0, max(0.5, limit_s / 10 if limit_s else 30.0)))


def marked(directory):
    """Pids of the processes that the directory's cluster is."""
    mark = MARK + directory
    if not os.path.isdir("/proc/self"):
        lines = subprocess.run(["ps", "-axEwwo", "pid=,command="], capture_output=True, text=True).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if mark in line.split()]
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(int(entry))
        except OSError:
            continue
    return found


def end(directory):
    for _ in range(50):
        others = [pid for pid in marked(directory) if pid != os.getpid()]
        if not others:
            break
        for pid in others:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.1)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    place = sys.argv[1]
    wait(os.path.join(place, "shared", "alive"))
    end(place)
