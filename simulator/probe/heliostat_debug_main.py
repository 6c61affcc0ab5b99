"""`python heliostat_debug_main.py SCRIPT ARGS…`: the driver of a debug run. Connects, then runs SCRIPT as `__main__`."""
import os
import runpy
import sys

import heliostat_debug

RUNPY = "<frozen runpy>", runpy.__file__


def main():
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    heliostat_debug.start_driver()
    sys.excepthook = _from_the_script(sys.excepthook)
    try:
        # Functions of the script carry the path to workers, whatever folder those are in.
        runpy.run_path(os.path.abspath(sys.argv[0]), run_name="__main__")
    except Exception:
        debugger = sys.modules.get("heliostat_debugger")
        if debugger is not None:
            debugger.failed(sys.exc_info(), is_last=True)
        raise


def _from_the_script(hook):
    """Tells of an error as Python does with a script that it was started with: from the script's own first frame on."""

    def tell(kind, error, trace):
        while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, *RUNPY):
            trace = trace.tb_next
        hook(kind, error.with_traceback(trace), trace)

    return tell


if __name__ == "__main__":
    main()
