"""Called by `ray start` (its RAY_START_HOOK) on every node that Heliostat starts, before anything runs.

Two nodes of one machine that start at the same moment in one session directory choose the same names for their
sockets, and one of them fails to bind ("Address already in use") after half a minute. So each node gets sockets named
by its index. What ends a forgotten cluster begins here too (`heliostat_watchdog.py`). The Ray Client server is left out: nobody knows its port here, and it costs a process and a second of
start-up. Containers, which do not set HELIOSTAT_DIR, have sockets of their own and take that part only.
"""

import os
import subprocess
import sys
import threading


def prepare(ray_params, head):
    # Ours alone: a `ray start` inside a job must not come here.
    os.environ.pop("RAY_START_HOOK", None)
    watch(head)
    try:
        ray_params.ray_client_server_port = None
        directory = os.environ.get("HELIOSTAT_DIR")
        if directory is None:
            return
        node = os.environ["HELIOSTAT_NODE"]
        attempt = os.environ.get("HELIOSTAT_ATTEMPT", "0")
        name = os.path.join(directory, "ray", f"{node}.{attempt}")
        ray_params.raylet_socket_name = name + ".raylet"
        ray_params.plasma_store_socket_name = name + ".store"
    except Exception as error:  # Ray's own choice of names works too, most of the time.
        print(f"heliostat: {error!r}")


def watch(head):
    directory = os.environ.get("HELIOSTAT_DIR")
    try:
        if directory is None:
            # A container: this process stays, and the container ends with it.
            threading.Thread(target=end_with, args=(os.environ["HELIOSTAT_ALIVE"],), daemon=True).start()
        elif head:
            file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "heliostat_watchdog.py")
            quiet = subprocess.DEVNULL
            # Without Ray and everything else that a site has: it costs 7 MB.
            subprocess.Popen([sys.executable, "-I", "-S", file, directory], stdin=quiet, stdout=quiet, stderr=quiet)
    except Exception as error:
        print(f"heliostat: {error!r}")


def end_with(file):
    import heliostat_watchdog

    heliostat_watchdog.wait(file)
    os._exit(0)
