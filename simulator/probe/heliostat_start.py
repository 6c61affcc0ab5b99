"""Called by `ray start` (its RAY_START_HOOK) on every node that Heliostat starts, before anything runs.

Two nodes of one machine that start at the same moment in one session directory choose the same names for their
sockets, and one of them fails to bind ("Address already in use") after half a minute. So each node gets sockets named
by its index. The Ray Client server is left out: nobody knows its port here, and it costs a process and a second of
start-up. Containers, which do not set HELIOSTAT_DIR, have sockets of their own and take that part only.
"""

import os


def prepare(ray_params, head):
    # Ours alone: a `ray start` inside a job must not come here.
    os.environ.pop("RAY_START_HOOK", None)
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
