"""The probe on a cluster that Heliostat did not start: it travels with the job.

The driver is started with `RAY_RUNTIME_ENV_HOOK=heliostat_foreign.driver` and finds the probe in a folder of its working
directory. Workers get the probe's source inside the job's `worker_process_setup_hook`, so that no path, no package and
no setting of the cluster is needed; a hook of the user's own is called after it. Each node's records lie among Ray's
logs, as `heliostat-<job>.<node>.jsonl`, where Ray's log API finds them.

A debug session's invitation travels in the same two ways.
"""
import os
import sys

import heliostat_debug
import heliostat_probe

PREFIX = "heliostat-"


def driver(runtime_env):
    """Installs the probe into a driver. `ray.init` passes the job's runtime environment and takes what this returns."""
    os.environ.pop("RAY_RUNTIME_ENV_HOOK", None)
    try:
        reason = heliostat_probe.install_driver(None, None)
        if reason is not None:
            if heliostat_debug.carried is not None:
                print(f"Heliostat: tasks are not debugged: {reason}.", flush=True)
            return runtime_env
        given = dict(runtime_env or {})
        return {**given, "worker_process_setup_hook": _hook(given.get("worker_process_setup_hook"), _invitation())}
    except Exception:
        return runtime_env


def worker(invitation):
    """Installs the probe into a worker, before its first task."""
    heliostat_debug.carried = invitation
    heliostat_probe.install(*place())


def place():
    """Where a connected process writes: (beginning of the file's path, Ray's id of the node)."""
    from ray._private.worker import global_worker

    node = global_worker.core_worker.get_current_node_id().hex()
    return os.path.join(global_worker.node.get_logs_dir_path(), PREFIX), node


def _invitation():
    """For workers; none where the driver itself did not find its way."""
    debugger = sys.modules.get("heliostat_debugger")
    return heliostat_debug.carried if debugger is not None and debugger.is_joined() else None


def _hook(users, invitation):
    """What workers run first. Ray pickles it by value, as it does with all that a script defines."""
    sources = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("heliostat_"):
            with open(module.__file__, encoding="utf-8") as file:
                sources[name] = file.read()

    def heliostat():
        import sys
        from importlib.abc import ExecutionLoader, MetaPathFinder
        from importlib.util import spec_from_loader

        class Carried(MetaPathFinder, ExecutionLoader):
            """Imports the probe's modules from their sources here."""

            def find_spec(self, name, path=None, target=None):
                return spec_from_loader(name, self) if name in sources else None

            def get_filename(self, name):
                return f"<heliostat>/{name}.py"

            def get_source(self, name):
                return sources[name]

        try:
            sys.meta_path.append(Carried())
            import heliostat_foreign

            heliostat_foreign.worker(invitation)
        except Exception as error:
            # A worker whose hook fails is ended.
            print(f"Heliostat does not record this worker: {error!r}", file=sys.stderr)
        if isinstance(users, str):
            from importlib import import_module

            module, _, function = users.rpartition(".")
            getattr(import_module(module), function)()
        elif users is not None:
            users()

    heliostat.__module__ = "__main__"
    return heliostat
