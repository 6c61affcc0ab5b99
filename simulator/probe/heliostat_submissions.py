"""
Submissions on their way into a line of the spool. They come by the thousand from one line of the user's code: each adds
its id and its time to the row of its call, and what they have in common is told once.
"""
MAX_SUBMISSIONS = 2000
MAX_REFERENCES = 10_000
# Ends the id of a plain task, before its job's.
PLAIN = b"\xff" * 12
DRIVER = b"\xff" * 8

TASK, ACTOR_CREATION, ACTOR_TASK = 0, 1, 2


class Call:
    """What one task submits from one place."""

    __slots__ = "function facts tail ids times given kept texts".split()

    def __init__(self, function, facts, tail, kept):
        # `function` is None for Ray's own servants.
        self.function, self.facts, self.tail = function, facts, tail
        self.ids, self.times, self.given = [], [], []
        # Of ids that were given; many get the same.
        self.texts = {}
        # While these are here, `id` gives their ids to nothing else.
        self.kept = kept

    def give(self, given, met):
        """What the next submission gets: references themselves, and what was met in serializing the rest. Returns how many."""
        row = [len(self.ids), self._texts(given)]
        if met:
            row += [self._texts([one for one in met if type(one) is bytes]), size_of(met) or None]
        while row[-1] is None:
            row.pop()
        self.given.append(row)
        return sum([len(texts) for texts in row[1:3] if texts])

    def _texts(self, ids):
        if not ids:
            return None
        texts, found = self.texts, []
        for one in ids if len(ids) == 1 else dict.fromkeys(ids):
            text = texts.get(one)
            if text is None:
                text = texts[one] = as_text(one, self.tail[12:])
            found.append(text)
        return found

    def row(self):
        parent, kind, cpus, gpus, resources, site = self.facts
        first, job = self.times[0], self.tail[12:]
        offsets = [int((at - first) * 1e6) for at in self.times]
        row = [b"".join(self.ids).hex(), in_ms(first), offsets, as_text(parent, job), kind, self.function]
        row += ["" if self.tail[:12] == PLAIN else self.tail.hex(), gpus, cpus, resources and dict(resources), site]
        row.append(self.given or None)
        while row[-1] is None:
            row.pop()
        return row


def take(queue, function_of, site_of):
    """
    The calls of the first records of the queue, as many as make a line. A record is (id, time, ids of references given,
    what was met in serializing the rest, parent, kind, descriptor, options, code, instruction).
    """
    calls, references = {}, 0
    last = call = None
    for _ in range(min(len(queue), MAX_SUBMISSIONS)):
        child, at, given, met, parent, kind, descriptor, options, code, instruction = queue.popleft()
        tail = child[8:24]
        # Most come from where the one before came from. To compare is quicker than to hash.
        what = instruction, tail, parent, descriptor, code, options
        try:
            is_other = what != last
        except Exception:
            # Options may hold what cannot be compared, such as arrays.
            is_other = True
        if is_other:
            last = what
            cpus, gpus, others = wishes = WISHES[kind](options)
            name = options.get("name")
            # Descriptors and code are slow to hash.
            key = parent, tail, id(descriptor), name, wishes, id(code), instruction
            call = calls.get(key)
            if call is None:
                facts = parent, kind, cpus, gpus, others, site_of(code, instruction)
                call = calls[key] = Call(function_of(descriptor, name), facts, tail, (descriptor, code))
        if given or met:
            references += call.give(given, met)
        call.ids.append(child[:8])
        call.times.append(at)
        if references > MAX_REFERENCES:
            break
    return calls.values()


def _of_task(options):
    cpus = options.get("num_cpus")
    return 1 if cpus is None else cpus, options.get("num_gpus") or 0, _others(options)


def _of_actor(options):
    cpus, gpus, others = options.get("num_cpus"), options.get("num_gpus") or 0, _others(options)
    # An actor that asks for nothing runs without a CPU; one that asks for something else has one with it (ray/actor.py).
    if cpus is None:
        cpus = 1 if gpus or others or options.get("accelerator_type") else 0
    return cpus, gpus, others


def _of_method(options):
    return None, 0, None


# CPUs, GPUs and other resources that what is submitted holds while it runs.
WISHES = {TASK: _of_task, ACTOR_CREATION: _of_actor, ACTOR_TASK: _of_method}


def _others(options):
    """As pairs; None for nothing."""
    resources, memory = options.get("resources"), options.get("memory")
    if not (resources or memory):
        return None
    return tuple({**(resources or {}), **({"memory": memory} if memory else {})}.items())


def size_of(met):
    """Of the ids and sizes that were met in serializing values, the sizes."""
    return sum([one for one in met if type(one) is not bytes]) if met else 0


def as_text(id, job):
    """An id as text. The tail that all plain tasks of a job share is left out, and of the driver's everything."""
    text = id.hex()
    if not id.startswith(PLAIN + job, 8):
        return text
    return ("" if id.startswith(DRIVER) else text[:16]) + text[48:]


def in_ms(seconds):
    return round(seconds * 1000, 3)
