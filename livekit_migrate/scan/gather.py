"""Reading all files of an app: what is known from before by its content, the rest on all cores."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import LkmError
from .facts import FileFacts
from .kinds import is_source, limit_of, worth_reading
from .store import Store, head_of, key_of
from .texts import TextFacts, read_text

Facts = FileFacts | TextFacts

# Below so many bytes of source a pool costs more than it saves: its start is about 0.4 s.
_WORTH_A_POOL = 1_500_000
_BATCH = 400_000  # bytes of source that a worker reads in one go


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the files say, by kind, each sorted by path; ``known`` of them came from the cache.

    ``digest`` stands for all names and contents together: where it is the same, so is what follows from them.
    """

    sources: tuple[FileFacts, ...]
    texts: tuple[TextFacts, ...]
    known: int = 0
    digest: str = ""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gather(
    root: Path,
    files: Iterable[str],
    *,
    store: Store | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Gathered:
    """Read files; one that cannot be read is among the results, with its problem.

    Args:
        files: relative to the root.
        store: what earlier runs read; None reads everything anew.
        jobs: processes at most; default: the cores there are.
        progress: called with how many files are done, and of how many.

    Raises:
        LkmError: a worker process ended before its time, for lack of memory most likely.
    """
    files = list(files)
    wanted = [path for path in files if worth_reading(path)]
    digest = hashlib.blake2b("\0".join(files).encode("utf-8", "surrogateescape"), digest_size=20)
    keys: dict[str, str] = {}
    found: list[Facts] = []
    missing: list[tuple[str, int]] = []
    for path in wanted:
        key, size = _known(root, path) if store else ("", _size(root / path))
        facts = store.get(key) if store and key else None
        if facts is None:
            missing.append((path, size))
        else:
            found.append(facts)
            keys[path] = key
    known = len(found)
    done = known
    progress(done, len(wanted))
    for batch in _read_all(root, missing, jobs or cores()):
        for key, facts in batch:
            found.append(facts)
            keys[facts.path] = key
            if store and key:
                store.put(key, facts)
        done += len(batch)
        progress(done, len(wanted))
    digest.update("\0".join(keys[path] for path in wanted).encode())
    sources = [each for each in found if isinstance(each, FileFacts)]
    texts = [each for each in found if isinstance(each, TextFacts)]
    return Gathered(
        tuple(sorted(sources, key=lambda each: each.path)),
        tuple(sorted(texts, key=lambda each: each.path)),
        known,
        digest.hexdigest(),
    )


def read_files(root: Path, paths: Sequence[str]) -> list[tuple[str, Facts]]:
    """What some files say, each under the key of its content (``""`` where it could not be read)."""
    return [_read(root, path) for path in paths]


def _read(root: Path, path: str) -> tuple[str, Facts]:
    try:
        size, data = head_of(root / path, limit_of(path))
    except OSError as error:
        return "", TextFacts(path, "other", problem=(error.strerror or str(error)).lower())
    key = key_of(path, size, data)
    if is_source(path):
        from .read import read_source, too_large  # the parsers: a run that knows all files needs none of them

        return key, too_large(path, size) if data is None else read_source(path, data)
    if data is None:
        return key, TextFacts(path, "other", problem=f"larger than {limit_of(path) // 1_048_576} MiB")
    return key, read_text(path, data)


def _known(root: Path, path: str) -> tuple[str, int]:
    """The key of a file's content and its size; an empty key where it cannot be read."""
    try:
        size, data = head_of(root / path, limit_of(path))
    except OSError:
        return "", 0
    return key_of(path, size, data), size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_all(root: Path, missing: list[tuple[str, int]], jobs: int) -> Iterator[list[tuple[str, Facts]]]:
    batches = list(_batches(missing))
    source = sum(size for path, size in missing if is_source(path))
    if jobs < 2 or len(batches) < 2 or source < _WORTH_A_POOL:
        for batch in batches:
            yield read_files(root, batch)
        return
    yield from _in_pool(root, batches, min(jobs, len(batches)))


def _batches(files: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Files in the order of their folders, so many to a batch that a worker is busy for a while."""
    batch: list[str] = []
    size = 0
    for path, length in files:
        batch.append(path)
        size += length if is_source(path) else length // 20
        if size >= _BATCH or len(batch) >= 500:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _in_pool(root: Path, batches: Sequence[list[str]], jobs: int) -> Iterator[list[tuple[str, Facts]]]:
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    # Not fork: the terminal's spinner is a thread, and a fork of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_quiet)
    waiting: set[Future[list[tuple[str, Facts]]]] = set()
    try:
        with _uninterrupted():  # a worker that is starting would answer Ctrl-C with a traceback
            waiting = {pool.submit(read_files, root, batch) for batch in batches}
        for future in as_completed(waiting):
            yield future.result()
    except BrokenProcessPool as error:
        raise LkmError(
            "a process that reads files ended before its time",
            code="scan.worker-lost",
            detail="the system ends one when memory runs out",
            hint="read with one process, which needs less: lkm scan --jobs 1",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Programs started in here ignore Ctrl-C from their first moment."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: whoever embeds lkm has its own ways
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _quiet() -> None:
    """A worker leaves Ctrl-C to its parent, which ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
