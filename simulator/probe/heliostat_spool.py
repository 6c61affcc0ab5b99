"""Where the probe's records wait, and how they get into files. Knows nothing of Ray but its ids and descriptors."""
import atexit
import collections
import json
import os
import threading
import time

from heliostat_libraries import full_name, is_named_by_task
from heliostat_refs import line_of
from heliostat_submissions import as_text, in_ms, size_of, take

FLUSH_S = 0.3
# Records of a process that has gone quiet are written sooner: its worker may be stopped as soon as the driver has what
# it waited for.
QUIET_S = 0.03
ROWS_PER_LINE = 2000
MAX_LINE_BYTES = 1_000_000
# Of a task with more results, the sum alone is told.
MAX_SIZES = 100
MAX_SITES = 10_000
END, PUT, OUT, WAIT, REPORT = range(5)
LISTS = ("put", "start", "end", "out", "wait", "report")
SITE_AT = {"sub": 10, "wait": 4}

# A driver's task id without its job's.
DRIVER = b"\xff" * 20


class Entry:
    """One execution of a task in this process."""

    __slots__ = (
        "task function start is_started is_told is_generator fetch_s size_in sizes delays peak process_cpu_s".split()
    )

    def __init__(self, task, function, start):
        self.task, self.function, self.start = task, function, start
        # Whether a line told of its start, and of its end.
        self.is_started = self.is_told = self.is_generator = False
        self.fetch_s = self.size_in = self.delays = self.peak = self.process_cpu_s = None
        # Of its results so far.
        self.sizes = []


class Spool:
    """
    Takes records from any thread (`submitted`, `began`, `ended`: microseconds, no I/O) and appends them in batches to
    `<prefix><job>.<node>.jsonl` from a thread of its own, one line and one write each. What cannot be written is
    counted in `lost` and told in the next line that can.
    """

    def __init__(self, prefix, node):
        self.lost = 0
        self.notice = None
        # Ray's id of this process, in hex; to be set before the first record.
        self.worker = ""
        self._prefix, self._node = prefix, node
        self._is_driver, self._run = False, None
        self._records, self._submissions = collections.deque(), collections.deque()
        # Takes a record as `heliostat_submissions.take` has them; `wake_up` follows. No method: it has no time for a frame.
        self.submitted = self._submissions.append
        # What runs in this process, by task.
        self.entries = {}
        self._sites = {}
        self._sizes = threading.Lock()
        self._names, self._submitted_names = {}, {}
        self._on = True
        self.is_awake = False
        self._torn = False
        self._wake = threading.Event()
        self._flushing = threading.Lock()
        thread = threading.Thread(target=self._flush_forever, name="heliostat", daemon=True)
        thread.start()
        # Of the operating system; its CPU time is what writing costs.
        self.thread_id = thread.native_id
        atexit.register(self.flush)
        os.register_at_fork(after_in_child=self._forked)

    def is_located(self):
        return self._prefix is not None

    def locate(self, prefix, node):
        """Until then nothing is written."""
        self._prefix, self._node = prefix, node
        self.wake_up()

    def mark_driver(self, run, notice):
        self._is_driver, self._run, self.notice = True, run, notice

    def put(self, ref, task, met):
        self._add((PUT, self._owner(task), ref, met))

    def waited(self, task, kind, start, end, site, producers):
        self._add((WAIT, self._owner(task), kind, start, end, site, producers))

    def reported(self, task, progress):
        self._add((REPORT, task, time.time(), progress))

    def began(self, task, function, at):
        entry = Entry(task, function, at)
        if not self._on:
            return entry
        self.entries[task] = entry
        if not self.is_awake:
            self.wake_up()
        return entry

    def ended(self, entry, cpu_ms, error):
        if entry is not None:
            self.entries.pop(entry.task, None)
            self._add((END, entry.task, entry, time.time(), cpu_ms, error))

    def stored(self, entry, size):
        """One more result of an execution. Most come just after its end; those after its flush get a row of their own."""
        with self._sizes:
            if not entry.is_told:
                entry.sizes.append(size)
                return
        self._add((OUT, entry.task, size))

    def _owner(self, task):
        """Ray gives a thread that the user started an id of its own. Its work belongs to the task that runs here."""
        if task not in self.entries and len(self.entries) == 1:
            return next(iter(self.entries))
        return task

    def submitter(self, task, job):
        """Whose submissions those of a thread are. What a library's own actors start, no task tells of: the driver's."""
        owner = self._owner(task)
        return owner if owner in self.entries else DRIVER + job

    def is_alone(self):
        """Whether one task at most runs in this process."""
        return len(self.entries) <= 1

    def running(self):
        return list(self.entries.values())

    def name_of(self, descriptor, task_name):
        """The function's full name; None for Ray's own servants."""
        key = (descriptor.module_name, descriptor.class_name, descriptor.function_name, task_name)
        if key not in self._names:
            self._names[key] = full_name(*key)
        return self._names[key]

    def flush(self, bye=False):
        """Writes all there is. Also called at exit, so it waits only a little for a flush under way."""
        if not self._on or self._prefix is None or not self._flushing.acquire(timeout=1):
            return
        try:
            self.is_awake = False
            for job, line in self._drain(bye):
                self._write(job, line)
        except Exception:
            self.lost += 1
        finally:
            self._flushing.release()

    def _add(self, record):
        if self._on:
            self._records.append(record)
            if not self.is_awake:
                self.wake_up()

    def wake_up(self):
        self.is_awake = True
        self._wake.set()

    def _flush_forever(self):
        while True:
            self._wake.wait()
            self._wake.clear()
            until, seen, pause = time.monotonic() + FLUSH_S, -1, QUIET_S
            while seen != len(self._records) + len(self._submissions) and time.monotonic() < until:
                seen = len(self._records) + len(self._submissions)
                time.sleep(pause)
                if self._is_driver:
                    # Nobody stops it before it has written the rest, and looking costs more than writing a few.
                    pause = min(2 * pause, max(QUIET_S, until - time.monotonic()))
            self.flush()

    def _drain(self, bye):
        """Empties the queues into lines, each with its job, which ends each of its tasks' ids."""
        # What a submission refers to was recorded before it. It is taken after it, and written before it.
        submissions = []
        while self._submissions:
            submissions += self._submission_lines()
        lines = self._record_lines() + submissions
        if bye:
            for line in dict(lines).values():
                line["bye"] = True
        return lines

    def _submission_lines(self):
        lines = {}
        for call in take(self._submissions, self._submitted_name, self._site):
            job = call.tail[12:]
            line = lines.get(job) or lines.setdefault(job, self._line(job, {"sub": []}))
            if call.function is None:
                line["servants"] = line.get("servants", 0) + len(call.ids)
            else:
                line["sub"].append(call.row())
        return [(job, _numbered(line)) for job, line in lines.items()]

    def _record_lines(self):
        batches = {}
        for _ in range(len(self._records)):
            record = self._records.popleft()
            job = record[1][-4:]
            batch = self._batch(batches, job)
            tag = record[0]
            if tag == END:
                batch["end"].append(self._end(record, job))
            elif tag == WAIT:
                _, task, kind, start, end, site, producers = record
                on = [as_text(one, job) for one in producers]
                batch["wait"].append([as_text(task, job), kind, in_ms(start), in_ms(end), site and self._site(*site), on])
            elif tag == REPORT:
                batch["report"].append([in_ms(record[2]), *record[3]])
            elif tag == PUT:
                batch["put"].append([as_text(record[2], job), as_text(record[1], job), size_of(record[3])])
            else:
                batch["out"].append([as_text(record[1], job), record[2]])
        for entry in self.running():
            if not entry.is_started:
                entry.is_started = True
                job = entry.task[-4:]
                self._batch(batches, job)["start"].append([as_text(entry.task, job), entry.function, in_ms(entry.start)])
        return [(job, line) for job, batch in batches.items() for line in self._lines(job, batch)]

    def _end(self, record, job):
        _, _, entry, at, cpu_ms, error = record
        with self._sizes:
            entry.is_told = True
            sizes = entry.sizes
        out = None
        if sizes:
            # A generator's own result comes first, and is none.
            out = [0, *sizes] if entry.is_generator else sizes
            out = out[0] if len(out) == 1 else out if len(out) <= MAX_SIZES else sum(out)
        row = [as_text(entry.task, job), entry.function, in_ms(entry.start), in_ms(at), cpu_ms and round(cpu_ms, 3), error]
        row += [_delay_ms(entry.delays), None if entry.fetch_s is None else in_ms(entry.fetch_s), entry.size_in, out]
        row += [entry.peak and entry.peak * 1024, entry.process_cpu_s and in_ms(entry.process_cpu_s)]
        while row[-1] is None and len(row) > 6:
            row.pop()
        return row

    def _site(self, code, instruction):
        """(file, line), or None. A line becomes a number when the line of the spool is made."""
        if code is None:
            return None
        key = (id(code), instruction)
        known = self._sites.get(key)
        if known is None:
            if len(self._sites) > MAX_SITES:
                self._sites.clear()
            # The code object is kept so that its id is not given to another.
            known = self._sites[key] = (code, line_of(code, instruction))
        return known[1]

    def _submitted_name(self, descriptor, task_name):
        if descriptor not in self._submitted_names:
            self._submitted_names[descriptor] = (is_named_by_task(descriptor), self.name_of(descriptor, None))
        by_task, name = self._submitted_names[descriptor]
        return self.name_of(descriptor, task_name) if by_task else name

    def _batch(self, batches, job):
        if job not in batches:
            batches[job] = {name: [] for name in LISTS}
        return batches[job]

    def _lines(self, job, batch):
        """One job's rows as lines of at most so many rows."""
        for at in range(0, max(len(rows) for rows in batch.values()), ROWS_PER_LINE):
            yield _numbered(self._line(job, {name: rows[at : at + ROWS_PER_LINE] for name, rows in batch.items()}))

    def _line(self, job, lists):
        line = {"v": 3, "job": job.hex(), "node": self._node, "worker": self.worker, "pid": os.getpid()}
        if self._is_driver:
            line["driver"] = True
            if self._run:
                line["run"] = self._run
        return {**line, **lists}

    def _write(self, job, line):
        rows = sum(len(line.get(name, ())) for name in ("sub", *LISTS))
        count = rows + sum(len(offsets) - 1 for _, _, offsets, *_ in line.get("sub", ()))
        line["lost"] = self.lost
        if self.notice is not None:
            line["notice"] = self.notice
        data = (json.dumps(line, separators=(",", ":")) + "\n").encode()
        if len(data) > MAX_LINE_BYTES and rows > 1:
            for half in _halves(line):
                self._write(job, half)
            return
        if self._torn:
            data = b"\n" + data
        try:
            written = _append(f"{self._prefix}{job.hex()}.{self._node}.jsonl", data)
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
        self.submitted = lambda record: None
        self._records.clear()
        self._submissions.clear()
        self.entries.clear()


def _append(path, data):
    file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        return os.write(file, data)
    finally:
        os.close(file)


def _halves(line):
    """Two lines with half of each list."""
    for take_half in (lambda rows: rows[: len(rows) // 2], lambda rows: rows[len(rows) // 2 :]):
        yield {**line, **{name: take_half(line[name]) for name in ("sub", *LISTS) if name in line}}
        line = {**line, "servants": 0}


def _numbered(line):
    """Puts numbers in the place of call sites, and tells what they stand for."""
    numbers = {}
    for name, at in SITE_AT.items():
        for row in line.get(name, ()):
            if len(row) > at and row[at] is not None:
                row[at] = numbers.setdefault(row[at], len(numbers))
    return {**line, "sites": list(numbers)}


def _delay_ms(delays):
    """Of two readings of a thread's schedstat: the time in between that it waited for a CPU."""
    if delays is None or delays[1] is None:
        return None
    try:
        before, after = (int(reading.split()[1]) for reading in delays)
        return round((after - before) / 1e6, 3)
    except (ValueError, IndexError):
        return None
