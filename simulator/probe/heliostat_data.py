"""What reads a Ray Data set waits for: the batches or blocks that it takes, and the tasks that made them.

Ray Data hands blocks out from loops and threads of its own, so that no `ray.get` of the reader's tells of them. Its
modules are wrapped when something imports them, and never imported from here: most processes do without them.
"""
import sys
import threading
import time
from collections import deque
from importlib.abc import MetaPathFinder

from heliostat_refs import SHORT_WAIT_S, user_frame

# What a reader takes, and the first of what it takes from a stream.
DATA, FIRST_DATA = 2, 3

now = time.time


class Reading(threading.local):
    """Whether this thread takes blocks for a reader that tells of them itself."""

    for_batches = False


reading = Reading()


def wrap(spool, hide):
    """Wraps Ray Data's ways to hand out what it made, now or when they are imported."""
    wrappers = {
        "ray.data._internal.block_batching.iter_batches": _wrap_batches,
        "ray.data._internal.execution.streaming_executor": _wrap_outputs,
        "ray.data._internal.iterator.stream_split_iterator": _wrap_splits,
    }
    later = {}
    for name, wrapper in wrappers.items():
        module = sys.modules.get(name)
        if module is None:
            later[name] = _quiet(wrapper, spool, hide)
        else:
            _quiet(wrapper, spool, hide)(module)
    if later:
        sys.meta_path.insert(0, AfterImport(later))


def _quiet(wrapper, spool, hide):
    """A Ray whose insides are others is left alone: what its readers wait for is then not recorded."""

    def wrap_module(module):
        try:
            wrapper(module, spool, hide)
        except Exception:
            pass

    return wrap_module


class AfterImport(MetaPathFinder):
    """Has functions look at modules as soon as these are imported, by whom it may be."""

    def __init__(self, waiting):
        self._waiting = waiting

    def find_spec(self, name, path=None, target=None):
        wrap_module = self._waiting.pop(name, None)
        if wrap_module is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(name, path, target)
            if spec is not None:
                self._then(spec.loader, wrap_module)
                return spec
        return None

    def _then(self, loader, wrap_module):
        execute = getattr(loader, "exec_module", None)

        def exec_module(module):
            execute(module)
            wrap_module(module)

        try:
            if execute is not None:
                loader.exec_module = exec_module
        except AttributeError:
            pass


def _wrap_batches(module, spool, hide):
    batch_iterator = module.BatchIterator
    begin, iterate = batch_iterator.__init__, batch_iterator.__iter__

    def __init__(self, *args, **options):
        reader = _reader_of(self, spool)
        if args:
            args = (_ForBatches(args[0], reader, hide), *args[1:])
        elif "ref_bundles" in options:
            options["ref_bundles"] = _ForBatches(options["ref_bundles"], reader, hide)
        begin(self, *args, **options)

    def __iter__(self):
        return _Taken(iterate(self), _reader_of(self, spool), hide)

    batch_iterator.__init__, batch_iterator.__iter__ = __init__, __iter__


def _wrap_outputs(module, spool, hide):
    iterator = module._ClosingIterator
    get_next = iterator.get_next

    def get(self, *args, **options):
        # The shares of a split go through an actor of Ray's, which reads for others.
        if args or options or reading.for_batches:
            return get_next(self, *args, **options)
        reader = _reader_of(self, spool)
        at = now()
        try:
            bundle = get_next(self)
            reader.came(bundle)
            return bundle
        except BaseException as error:
            hide(error)
            raise
        finally:
            reader.took(at, user_frame(1))

    iterator.get_next = get


def _wrap_splits(module, spool, hide):
    iterator = module.StreamSplitDataIterator
    to_bundles = iterator._to_ref_bundle_iterator

    def to_ref_bundle_iterator(self, *args, **options):
        found = to_bundles(self, *args, **options)
        if not isinstance(found, tuple) or not found:
            return found
        return (_Share(found[0], Reader(spool), hide), *found[1:])

    iterator._to_ref_bundle_iterator = to_ref_bundle_iterator


def _reader_of(iterator, spool):
    """The one of the iterator; where it cannot keep one, each is its first."""
    reader = getattr(iterator, "_heliostat_reader", None) or Reader(spool)
    try:
        iterator._heliostat_reader = reader
    except AttributeError:
        pass
    return reader


class Reader:
    """Tells of one reading of a stream."""

    def __init__(self, spool):
        self._spool = spool
        self._makers = deque()
        self._is_first = True

    def came(self, bundle):
        """Blocks are there, maybe before the reader asks for them."""
        try:
            self._makers.extend(ref.binary()[:24] for ref in bundle.block_refs)
        except Exception:
            self._spool.lost += 1

    def took(self, at, site):
        """The reader has got what it has asked for at that time, or knows that there is no more."""
        try:
            until, makers = now(), set()
            while self._makers:
                makers.add(self._makers.popleft())
            # Ray's own loops read as well; they are no part of the user's program.
            if site is not None and (makers or self._is_first or until - at > SHORT_WAIT_S):
                from ray._private.worker import global_worker

                kind = FIRST_DATA if self._is_first else DATA
                self._spool.waited(global_worker.current_task_id.binary(), kind, at, until, site, makers)
            self._is_first = False
        except Exception:
            self._spool.lost += 1


class _Taken:
    """What a reader takes, one after another. Nothing of it is held here: the reader may want its memory back."""

    def __init__(self, items, reader, hide):
        self._items, self._reader, self._hide = items, reader, hide

    def __iter__(self):
        return self

    def __next__(self):
        at = now()
        try:
            return next(self._items)
        except BaseException as error:
            self._hide(error)
            raise
        finally:
            self._reader.took(at, user_frame(1))

    def close(self):
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


class _ForBatches:
    """Bundles of blocks from which batches are made, by a thread of Ray's and ahead of their reader."""

    def __init__(self, bundles, reader, hide):
        self._bundles, self._reader, self._hide = iter(bundles), reader, hide

    def __iter__(self):
        return self

    def __next__(self):
        reading.for_batches = True
        try:
            bundle = next(self._bundles)
        except BaseException as error:
            self._hide(error)
            raise
        finally:
            reading.for_batches = False
        self._reader.came(bundle)
        return bundle


class _Share(_Taken):
    """A reader's share of a split stream: read by itself, or for batches, of which another tells."""

    def __next__(self):
        if reading.for_batches:
            return next(self._items)
        at = now()
        try:
            bundle = next(self._items)
            self._reader.came(bundle)
            return bundle
        except BaseException as error:
            self._hide(error)
            raise
        finally:
            self._reader.took(at, user_frame(1))
