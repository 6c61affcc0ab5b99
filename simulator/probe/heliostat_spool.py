"""Where the probe's records wait, and how they get into files. Knows nothing of Ray but its ids and descriptors."""
import atexit
import collections
import json
import os
import threading
import time

FLUSH_S = 0.3
# Records of a process that has gone quiet are written sooner: its worker may be stopped as soon as the driver has what
# it waited for.
QUIET_S = 0.03
ROWS_PER_LINE = 2000
MAX_LINE_BYTES = 1_000_000
MAX_NAME = 300

# Ray's own servants. Their work is no part of the user's program.
INTERNAL_MODULES = ("ray.dashboard.", "ray._private.", "ray._common.", "ray.autoscaler.", "ray.job_submission.")
INTERNAL_NAMES = frozenset(
    "_StatsActor _StatsSummaryActor _MemActor _UsageCollectionActor ActorLocationTracker AutoscalingRequester"
    " AutoscalingCoordinator _AutoscalingCoordinatorActor TrainStateActor"
    " PreemptionWatcher PlacementGroupCleaner".split()
)


class Spool:
    """
    Takes records from any thread (`submitted`, `began`, `ended`: microseconds, no I/O) and appends them in batches to
    `<directory>/<job>.<node>.jsonl` from a thread of its own, one line and one write each. What cannot be written is
    counted in `lost` and told in the next line that can.
    """

    def __init__(self, directory, node):
        self.lost = 0
        self.notice = None
        # Ray's id of this process, in hex; to be set before the first record.
        self.worker = ""
        self._directory, self._node = directory, node
        self._is_driver, self._run = False, None
        self._records = collections.deque()
        # Task id to [id, function, start, whether a line told of it already].
        self._running = {}
        self._names, self._submitted_names = {}, {}
        self._on = True
        self._awake = False
        self._torn = False
        self._wake = threading.Event()
        self._flushing = threading.Lock()
        threading.Thread(target=self._flush_forever, name="heliostat", daemon=True).start()
        atexit.register(self.flush)
        os.register_at_fork(after_in_child=self._forked)

    def mark_driver(self, run, notice):
        self._is_driver, self._run, self.notice = True, run, notice

    def submitted(self, child, parent, kind, descriptor, name, at, gpus):
        """`child` and `parent` are the bytes of task ids. Turning them into text is left to the flush."""
        # Ray gives a thread that the user started an id of its own. Its work belongs to the task that runs here.
        if parent not in self._running and len(self._running) == 1:
            parent = next(iter(self._running))
        self._add((child, parent, kind, descriptor, name, at, gpus))

    def began(self, task, function, at):
        entry = [task, function, at, False]
        if not self._on:
            return entry
        self._running[task] = entry
        if not self._awake:
            self._wake_up()
        return entry

    def ended(self, entry, cpu_ms, error):
        if entry is not None:
            self._running.pop(entry[0], None)
            self._add((entry, time.time(), cpu_ms, error))

    def running(self):
        return list(self._running.values())

    def name_of(self, descriptor, task_name):
        """The function's full name; None for Ray's own servants."""
        key = (descriptor.module_name, descriptor.class_name, descriptor.function_name, task_name)
        if key not in self._names:
            self._names[key] = _full_name(*key)
        return self._names[key]

    def flush(self, bye=False):
        """Writes all there is. Also called at exit, so it waits only a little for a flush under way."""
        if not self._on or not self._flushing.acquire(timeout=1):
            return
        try:
            self._awake = False
            for job, lines in self._drain(bye).items():
                for line in lines:
                    self._write(job, line)
        except Exception:
            self.lost += 1
        finally:
            self._flushing.release()

    def _add(self, record):
        if self._on:
            self._records.append(record)
            if not self._awake:
                self._wake_up()

    def _wake_up(self):
        self._awake = True
        self._wake.set()

    def _flush_forever(self):
        while True:
            self._wake.wait()
            self._wake.clear()
            until, seen = time.monotonic() + FLUSH_S, -1
            while seen != len(self._records) and time.monotonic() < until:
                seen = len(self._records)
                time.sleep(QUIET_S)
            self.flush()

    def _drain(self, bye):
        """Empties the queue into lines, by job. A job's id ends each of its tasks' ids."""
        batches = {}
        for _ in range(len(self._records)):
            record = self._records.popleft()
            if len(record) == 7:
                child, parent, kind, descriptor, name, at, gpus = record
                function = self._submitted_name(descriptor, name)
                if function is not None:
                    row = [child.hex(), parent.hex(), kind, function, _ms(at), gpus or 0]
                    self._batch(batches, parent[-4:])[0].append(row)
            else:
                entry, at, cpu_ms, error = record
                row = [entry[0].hex(), entry[1], _ms(entry[2]), _ms(at), cpu_ms and round(cpu_ms, 3), error]
                self._batch(batches, entry[0][-4:])[2].append(row)
        for entry in self.running():
            if not entry[3]:
                entry[3] = True
                self._batch(batches, entry[0][-4:])[1].append([entry[0].hex(), entry[1], _ms(entry[2])])
        return {job: self._lines(job, batch, bye) for job, batch in batches.items()}

    def _submitted_name(self, descriptor, task_name):
        if descriptor not in self._submitted_names:
            self._submitted_names[descriptor] = (is_named_by_task(descriptor), self.name_of(descriptor, None))
        by_task, name = self._submitted_names[descriptor]
        return self.name_of(descriptor, task_name) if by_task else name

    def _batch(self, batches, job):
        if job not in batches:
            batches[job] = ([], [], [])
        return batches[job]

    def _lines(self, job, batch, bye):
        """One job's rows as lines of at most so many rows."""
        head = {"v": 1, "job": job.hex(), "node": self._node, "worker": self.worker, "pid": os.getpid()}
        if self._is_driver:
            head["driver"] = True
            if self._run:
                head["run"] = self._run
        lines = []
        for at in range(0, max(map(len, batch)), ROWS_PER_LINE):
            sub, start, end = (rows[at : at + ROWS_PER_LINE] for rows in batch)
            lines.append({**head, "sub": sub, "start": start, "end": end, "lost": 0})
        if bye:
            lines[-1]["bye"] = True
        return lines

    def _write(self, job, line):
        count = sum(len(line[key]) for key in ("sub", "start", "end"))
        line["lost"] = self.lost
        if self.notice is not None:
            line["notice"] = self.notice
        data = (json.dumps(line, separators=(",", ":")) + "\n").encode()
        if len(data) > MAX_LINE_BYTES and count > 1:
            for half in _halves(line):
                self._write(job, half)
            return
        if self._torn:
            data = b"\n" + data
        try:
            written = _append(os.path.join(self._directory, f"{job.hex()}.{self._node}.jsonl"), data)
        except OSError:
            self.lost += count
            return
        self._torn = written < len(data)
        if self._torn:
            self.lost += count
        else:
            self.lost -= line["lost"]
            self.notice = None

    def _forked(self):
        """A forked child has its parent's records but not its thread; they are the parent's to write."""
        self._on = False
        self._records.clear()
        self._running.clear()


def is_named_by_task(descriptor):
    """Ray Data runs all its operators by a few functions of its own, and tells them apart by the task's name."""
    return descriptor.module_name.startswith("ray.data.")


def _append(path, data):
    file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        return os.write(file, data)
    finally:
        os.close(file)


def _halves(line):
    """Two lines with half of each list."""
    for take in (lambda rows: rows[: len(rows) // 2], lambda rows: rows[len(rows) // 2 :]):
        yield {**line, **{key: take(line[key]) for key in ("sub", "start", "end")}}


def _full_name(module, class_name, function, task_name):
    owner = class_name.rpartition(".")[2] or function
    if module.startswith(INTERNAL_MODULES) or (module.startswith("ray.") and owner in INTERNAL_NAMES):
        return None
    if function.startswith("__ray_") and function != "__ray_call__":
        return None
    if module.startswith("ray.data."):
        # Where in Ray Data an operator is implemented says nothing to its user.
        module = "ray.data"
        if not class_name:
            function = task_name or function.rpartition(".")[2]
    return ".".join(part for part in (module, class_name, function) if part)[:MAX_NAME]


def _ms(seconds):
    return round(seconds * 1000, 3)
