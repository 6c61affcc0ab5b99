"""`python heliostat_debug_main.py SCRIPT ARGS…`: the driver of a debug run. Connects, then runs SCRIPT as `__main__`."""
import os
import runpy
import sys

import heliostat_debug


def main():
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    heliostat_debug.start_driver()
    try:
        # Functions of the script carry the path to workers, whatever folder those are in.
        runpy.run_path(os.path.abspath(sys.argv[0]), run_name="__main__")
    except Exception:
        debugger = sys.modules.get("heliostat_debugger")
        if debugger is not None:
            debugger.failed(sys.exc_info(), is_last=True)
        raise


if __name__ == "__main__":
    main()
