"""Every way in which a result can come to a task. Which edges that makes is written by hand in edges.test.ts."""
import asyncio

import ray

ray.init()
SIZE = 100_000


# --- A chain, by position and by name --------------------------------------------------------------------------------
@ray.remote(num_cpus=0.5)
def load(n):
    return bytes(SIZE)


@ray.remote(resources={"disk": 1})
def clean(rows, limit=None):
    return rows[:10]


@ray.remote
def save(rows, source):
    return len(rows)


loaded = load.remote(1)
cleaned = clean.remote(loaded, limit=5)
ray.get(save.remote(cleaned, source=loaded))


# --- Fan-in: as they are, and in lists, dictionaries and tuples at any depth -------------------------------------------
@ray.remote
def part(n):
    return n


@ray.remote
def total(*parts):
    return sum(parts)


@ray.remote
def merge(listed, named):
    return sum(ray.get(listed)) + ray.get(named["deep"][0][0]["x"])


parts = [part.remote(n) for n in range(4)]
ray.get(total.remote(*parts))
ray.get(merge.remote(parts[:2], {"deep": [({"x": parts[2]}, parts[3])], "none": None}))


# --- Several results, and generators -----------------------------------------------------------------------------------
@ray.remote(num_returns=2)
def pair():
    return bytes(10), bytes(SIZE)


@ray.remote
def second(value):
    return len(value)


@ray.remote
def items():
    for n in range(3):
        yield bytes(SIZE * (n + 1))


@ray.remote
def each(item):
    return len(item)


ray.get(second.remote(pair.remote()[1]))
ray.get([each.remote(item) for item in items.remote()])


# --- Actors, with concurrency groups, async, and handed on -------------------------------------------------------------
@ray.remote(concurrency_groups={"io": 2}, num_cpus=0)
class Reader:
    def __init__(self, config):
        self.config = config

    @ray.method(concurrency_group="io")
    def read(self, rows):
        return len(rows)

    def close(self):
        return True


@ray.remote(num_cpus=0)
class Server:
    async def serve(self, rows):
        await asyncio.sleep(0.01)
        return await part.remote(1)


@ray.remote
def uses(reader):
    return ray.get(reader.close.remote())


reader = Reader.remote(cleaned)
ray.get([reader.read.remote(loaded), reader.read.remote(loaded), uses.remote(reader)])
server = Server.remote()
ray.get([server.serve.remote(loaded) for _ in range(2)])


# --- Tasks that submit tasks, and what they put ------------------------------------------------------------------------
@ray.remote
def inner(value):
    return value


@ray.remote
def outer(value):
    first = inner.remote(ray.put(bytes(SIZE)))
    return ray.get(inner.remote(first))


ray.get(outer.remote(cleaned))


# --- A task that is tried again ----------------------------------------------------------------------------------------
@ray.remote(num_cpus=0)
class Tries:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1
        return self.count


@ray.remote(max_retries=2, retry_exceptions=True)
def flaky(tries, rows):
    if ray.get(tries.add.remote()) < 2:
        raise RuntimeError("once more")


tries = Tries.remote()
ray.get(flaky.remote(tries, cleaned))


# --- ray.put, and 10,000 references to one object ----------------------------------------------------------------------
@ray.remote
def shared(table, n):
    return n


@ray.remote
def many(*rows):
    return len(rows)


@ray.remote
def listed(rows):
    return len(rows)


table = ray.put(bytes(SIZE))
ray.get([shared.remote(table, n) for n in range(3)])
one = part.remote(7)
ray.get(many.remote(*[one] * 10_000))
ray.get(listed.remote([one] * 10_000))


# --- A window of tasks kept full by ray.wait ---------------------------------------------------------------------------
@ray.remote
def job(n):
    return n


@ray.remote
def collect(value):
    return value


pending, collected = [job.remote(n) for n in range(3)], []
for n in range(3, 6):
    ready, pending = ray.wait(pending)
    collected.append(collect.remote(ready[0]))
    pending.append(job.remote(n))
ray.wait(pending, num_returns=3)


# --- References that a closure holds -----------------------------------------------------------------------------------
captured = part.remote(9)


@ray.remote
def closes():
    return ray.get(captured)


ray.get(closes.remote())
ray.get(collected)
print("done")
