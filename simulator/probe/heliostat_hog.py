"""Fills a node's memory up to its limit, until Ray or the kernel has ended a worker there; then gives it back.

Ray's memory monitor acts at 95 % of the container's limit. Where the kernel is faster, it takes a worker too: Ray
gives its workers the highest oom_score_adj.
Prints `heliostat:killed` when a worker is gone, else `heliostat:held`.
"""

import os
import sys
import time

MIB = 1024**2
SHARE = 0.975
HOLD_S = 20.0


def number(*paths):
    for path in paths:
        try:
            with open(path) as file:
                return int(file.read())
        except (OSError, ValueError):
            continue
    return None


def cache():
    for path in ("/sys/fs/cgroup/memory.stat", "/sys/fs/cgroup/memory/memory.stat"):
        try:
            with open(path) as file:
                stat = dict(line.split() for line in file)
            # What the kernel takes back before it ends anybody; Ray leaves it out too.
            return int(stat.get("total_inactive_file", stat.get("inactive_file", 0))) + int(
                stat.get("total_active_file", stat.get("active_file", 0))
            )
        except (OSError, ValueError):
            continue
    return 0


def limit():
    return number("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def used():
    usage = number("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes") or 0
    return max(0, usage - cache())


def workers():
    found = set()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                title = file.read()
        except OSError:
            continue
        if title.startswith(b"ray::") and not title.startswith((b"ray::IDLE", b"ray::DashboardAgent", b"ray::RuntimeEnvAgent")):
            found.add(entry)
    return found


def main():
    total = limit()
    if total is None or total > 2**60:
        print("heliostat:no:the node has no memory limit")
        return
    before = workers()
    taken = []
    end = time.monotonic() + HOLD_S
    while time.monotonic() < end:
        missing = int(total * SHARE) - used()
        if missing > MIB:
            block = bytearray(min(missing, 64 * MIB))
            block[::4096] = b"x" * len(block[::4096])
            taken.append(block)
            continue
        if before - workers():
            print("heliostat:killed")
            return
        time.sleep(0.05)
    print("heliostat:held")


if __name__ == "__main__":
    sys.exit(main())
