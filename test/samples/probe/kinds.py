"""Every way to submit and to run that the probe must follow. What it must record stands in probe.test.ts."""
import asyncio
import threading

import ray

ray.init()


@ray.remote
def leaf(x):
    return x


@ray.remote
def parent():
    return ray.get([leaf.remote(i) for i in range(3)])


@ray.remote
def threads():
    """Ray gives user threads task ids that exist nowhere else."""
    thread = threading.Thread(target=lambda: ray.get(leaf.remote(0)))
    thread.start()
    thread.join()


@ray.remote
def fails():
    raise ValueError("no such row\nand more")


@ray.remote(max_retries=2, retry_exceptions=True)
def flaky(marks):
    if ray.get(marks.add.remote()) < 2:
        raise RuntimeError("try again")


@ray.remote
def items(n):
    for i in range(n):
        yield i


@ray.remote
def failing_items():
    yield 1
    raise KeyError("second")


@ray.remote(num_returns=2)
def pair():
    return 1, 2


@ray.remote(num_returns=0)
def silent():
    pass


@ray.remote(num_gpus=0.5)
def gpu(i):
    return ray.get_gpu_ids()


@ray.remote
class Plain:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1
        return self.count

    def items(self):
        yield 1
        yield 2

    def nested(self):
        return ray.get(leaf.remote(1))

    def fails(self):
        raise KeyError("k")

    @staticmethod
    def static():
        return 1

    def leave(self):
        ray.actor.exit_actor()


@ray.remote
class Async:
    async def nested(self, i):
        await asyncio.sleep(0.05)
        return await leaf.remote(i)

    def sync(self):
        return 1

    async def items(self):
        for i in range(2):
            yield i

    async def fails(self):
        raise RuntimeError("async")

    async def failing_items(self):
        yield 1
        raise RuntimeError("second")


@ray.remote(max_concurrency=3)
class Threaded:
    def work(self, i):
        return ray.get(leaf.remote(i))


@ray.remote(concurrency_groups={"io": 2})
class Grouped:
    @ray.method(concurrency_group="io")
    def read(self):
        return 1

    async def other(self):
        return 2


@ray.remote
class Broken:
    def __init__(self):
        raise ValueError("init")


def failing(ref):
    """The remote traceback, for the test to look at."""
    try:
        for one in ref if hasattr(ref, "__iter__") else [ref]:
            ray.get(one)
    except Exception as error:
        print(type(error).__name__, error)
    else:
        raise SystemExit("should have failed")


ray.get([leaf.remote(1), parent.remote(), threads.remote(), pair.remote()[1], *[gpu.remote(i) for i in range(4)]])
ray.get(leaf.options(name="own name").remote(2))
silent.remote()
assert [ray.get(ref) for ref in items.remote(3)] == [0, 1, 2]
failing(fails.remote())
failing(failing_items.remote())

plain = Plain.remote()
ray.get([plain.add.remote(), plain.nested.remote(), plain.static.remote()])
assert [ray.get(ref) for ref in plain.items.remote()] == [1, 2]
failing(plain.fails.remote())
marks = Plain.options(name="marks", get_if_exists=True).remote()
ray.get(flaky.remote(marks))
ray.get(Plain.options(name="marks", get_if_exists=True).remote().add.remote())
ray.get(plain.__ray_ready__.remote())
failing(plain.leave.remote())

one = Async.remote()
ray.get([one.nested.remote(i) for i in range(3)] + [one.sync.remote()])
assert [ray.get(ref) for ref in one.items.remote()] == [0, 1]
failing(one.fails.remote())
failing(one.failing_items.remote())

threaded, grouped = Threaded.remote(), Grouped.remote()
ray.get([threaded.work.remote(i) for i in range(3)] + [grouped.read.remote(), grouped.other.remote()])
failing(Broken.remote().__ray_ready__.remote())

thread = threading.Thread(target=lambda: ray.get(leaf.remote(3)))
thread.start()
thread.join()
print("done")
