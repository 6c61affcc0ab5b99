"""Drives a spool without Ray, as the probe does. `python spool.py PROBE_DIR SPOOL_DIR CASE`."""
import os
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
from heliostat_spool import Spool

JOB = bytes.fromhex("01000000")
DRIVER = b"\xff" * 20 + JOB
spool = Spool(os.path.join(sys.argv[2], ""), 0)
spool.worker = "ab"


class Descriptor(SimpleNamespace):
    __hash__ = object.__hash__


def submit(number, module="m", function="f", **options):
    child = number.to_bytes(20, "big") + JOB
    descriptor = Descriptor(module_name=module, class_name="", function_name=function)
    spool.submitted((child + b"\1\0\0\0", 1.5, None, None, DRIVER, 0, descriptor, options, None, 0))


def many():
    for number in range(5000):
        submit(number)


def long_names():
    for number in range(4000):
        submit(number, function="n" * 1000)


class Array(list):
    """Of several values: neither equal nor not."""

    def __eq__(self, other):
        raise ValueError("The truth value of an array is ambiguous.")


def options():
    for number in range(3):
        # What is the same in ids of tasks of one parent lies behind their first eight bytes.
        submit(number << 96, _metadata={"labels": Array([number])})


def fork():
    submit(1)
    spool.began(b"\x01" * 20 + JOB, "m.g", 2.0)
    if os.fork() == 0:
        submit(2)
        sys.exit(0)
    os.wait()


def notice():
    """A driver whose Ray the probe does not know."""
    spool.mark_driver("r1", "Ray 2.40.0 is older than 2.49")
    spool.began(DRIVER, "__main__", 2.0)


def full():
    """The file is a full disk at first, then a good one."""
    path = os.path.join(sys.argv[2], "01000000.0.jsonl")
    os.symlink("/dev/full", path)
    submit(1)
    submit(2)
    spool.flush()
    os.remove(path)
    submit(3)


def torn():
    """The disk takes half of a line, then whole ones."""
    whole, os.write = os.write, lambda file, data: whole(file, data[: len(data) // 2])
    submit(1)
    spool.flush()
    os.write = whole
    submit(2)


def quiet():
    """Nothing but the spool's own thread writes."""
    submit(1)
    spool.began(b"\x01" * 20 + JOB, "m.g", 2.0)
    until = time.monotonic() + 20
    while not os.listdir(sys.argv[2]) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.1)
    os._exit(0)


globals()[sys.argv[3]]()
