"""
A debug session on a cluster that Heliostat did not start: its invitation was carried there with the job, and nothing is
shared but what Ray has. When the session is over, the driver leaves word of that with Ray, for workers that start only
then. On Heliostat's own clusters nothing here does anything.
"""
import os
import sys

import heliostat_debug

OVER = "heliostat-debug-over-"


def copy(invitation):
    """Where this node has the job's working directory; the driver's copy is at `folder`."""
    folder = invitation["folder"]
    return next((path for path in sys.path if os.path.basename(path) == os.path.basename(folder)), folder)


def kept(invitation):
    """A folder that the run's processes of this node share: the job's working directory, or that of Ray's session."""
    if invitation.get("folder") is None:
        return None
    here = os.path.join(copy(invitation), ".heliostat")
    if os.path.isdir(here):
        return here
    from ray._private.worker import global_worker

    return global_worker.node.get_session_dir_path()


def is_over(invitation):
    """Whether the driver has said that the debug session has ended."""
    ray_kv = _ray_kv(invitation)
    return ray_kv is not None and ray_kv._internal_kv_exists(_over(invitation))


def say_over(invitation):
    try:
        ray_kv = _ray_kv(invitation)
        if ray_kv is not None:
            ray_kv._internal_kv_put(_over(invitation), b"1")
    except Exception:
        # Whoever comes then finds nobody, and runs on.
        pass


def _ray_kv(invitation):
    """Ray's own store, of a process that has connected to Ray."""
    ray_kv = sys.modules.get("ray.experimental.internal_kv")
    if invitation is heliostat_debug.carried and ray_kv is not None and ray_kv._internal_kv_initialized():
        return ray_kv
    return None


def _over(invitation):
    return f"{OVER}{invitation['run']}".encode()
