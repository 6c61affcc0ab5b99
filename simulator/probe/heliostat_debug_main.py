"""`python heliostat_debug_main.py SCRIPT ARGS…`: the driver of a debug run. Connects, then runs SCRIPT as `__main__`."""
import os
import runpy
import sys

import heliostat_debug


def main():
    folder, run = os.environ.get("HELIOSTAT_SPOOL"), os.environ.get("HELIOSTAT_RUN")
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    if folder and run:
        heliostat_debug.look(os.path.join(os.path.dirname(folder), "debug", f"{run}.json"), None, "driver")
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except Exception:
        debugger = sys.modules.get("heliostat_debugger")
        if debugger is not None:
            debugger.failed(sys.exc_info(), is_last=True)
        raise


if __name__ == "__main__":
    main()
