"""Getting a server: the sources in their order, under one lock, into the cache."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import LkmError, NotReadyError, UsageError
from ...core.lock import Holder, held
from ...core.report import Reporter
from . import cache
from .binary import ServerBinary, UnusableError, checked_version, this_platform, version_of
from .sources import Job, Offer, Source, SourceError, all_sources

# Longer than the slowest build.
_WAIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Failure:
    source: str
    reason: str
    hint: str


def locate(version: str, *, source: str | None = None) -> ServerBinary | None:
    """The server that is here already: in the cache (no process started), else on PATH.

    Args:
        source: only one that came from this source; default: ``LKM_SERVER_SOURCE``, else any.
    """
    from .sources import path

    version = checked_version(version)
    source = _limited(source)
    found = cache.usable(version) if source != path.NAME else None
    if found and source in (None, found.origin):
        return found
    if source in (None, path.NAME):
        try:
            return path.find(version)
        except SourceError:
            return None
    return None


def ensure(
    version: str, reporter: Reporter, *, source: str | None = None, force: bool = False
) -> ServerBinary:
    """The server of this version (or a newer patch from PATH), got if it is not here yet.

    Args:
        source: limit it to one source; default: ``LKM_SERVER_SOURCE``, else all in their order.
        force: get it anew although it is here.

    Raises:
        UsageError: no such source, or no such form of a version.
        NotReadyError: it could not be got; each source is named with why, and the next command.
        LkmError: another lkm has been installing for an hour.
    """
    version = checked_version(version)
    source = _limited(source)
    if not force and (found := locate(version, source=source)):
        return found
    _prepare()

    def waiting(holder: Holder | None) -> None:
        reporter.note(f"waiting: another lkm is installing: {holder or 'holder unknown'}")

    lock = cache.servers_dir() / "install.lock"
    with held(lock, f"lkm server install --version {version}", timeout=_WAIT_SECONDS, on_wait=waiting):
        # Whoever held the lock may have brought it.
        if not force and (found := locate(version, source=source)):
            return found
        cache.sweep()
        chosen = [each for each in all_sources() if source in (None, each.NAME)]
        return _install(version, chosen, reporter)


def offers(version: str) -> list[tuple[str, Offer]]:
    """What each source could do here, without the network: name and offer, in the order tried."""
    return [(source.NAME, source.offer(version)) for source in all_sources()]


def _limited(source: str | None) -> str | None:
    source = source or os.environ.get("LKM_SERVER_SOURCE") or None
    names = [each.NAME for each in all_sources()]
    if source is not None and source not in names:
        raise UsageError(
            f"{source!r} is no source of servers", code="server.source", detail="sources: " + ", ".join(names)
        )
    return source


def _install(version: str, sources: Sequence[Source], reporter: Reporter) -> ServerBinary:
    failures: list[_Failure] = []
    for source in sources:
        with reporter.step(f"LiveKit server {version}: {source.TEXT}") as progress:
            work: Path | None = None
            try:
                work = cache.work_folder(version)
                log = cache.place(version).parent / f"{source.NAME}.log"
                program = source.get(Job(version, work, log, progress, reporter))
                progress.update("checking")
                says = version_of(program)
                if not source.CACHED:
                    progress.finish(f"{program} {says}")
                    return ServerBinary(program, says, source.NAME)
                if says != version:
                    raise SourceError(f"what came says it is {says}")
                return cache.keep(program, version, source.NAME)
            except SourceError as error:
                failures.append(_Failure(source.NAME, error.reason, error.hint))
                progress.finish(error.reason, "skip")
            except UnusableError as error:
                failures.append(_Failure(source.NAME, str(error), _noexec_hint(error)))
                progress.finish(str(error), "skip")
            except OSError as error:
                raise _disk(error) from error
            finally:
                if work is not None:
                    cache.remove(work)
    raise _nothing(version, failures)


def _prepare() -> None:
    """The cache folder, writable.

    Raises:
        NotReadyError: it is not.
    """
    folder = cache.servers_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        (folder / "install.lock").open("a").close()
    except OSError as error:
        raise _disk(error) from error


def _disk(error: OSError) -> NotReadyError:
    folder = cache.servers_dir()
    reason = (error.strerror or str(error)).lower()
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    look = f"free some space (df -h {folder})" if full else f"look at its owner and mode (ls -ld {folder})"
    return NotReadyError(
        f"{folder}: cannot keep a LiveKit server here: {reason}",
        code="disk.full" if full else "server.cache",
        detail=f"{error.filename}: {reason}" if error.filename else "nothing half-written was left",
        hint=f"{look}, or use another folder: LKM_CACHE_DIR=/somewhere lkm server install",
    )


def _noexec_hint(error: UnusableError) -> str:
    return "is that disk mounted noexec? LKM_CACHE_DIR=/another/disk" if "permission" in str(error) else ""


def _nothing(version: str, failures: Sequence[_Failure]) -> LkmError:
    width = max(len(failure.source) for failure in failures)
    lines = []
    for failure in failures:
        lines.append(f"{failure.source:<{width}}  {failure.reason}")
        if failure.hint:
            lines.append(f"{'':<{width}}  {failure.hint}")
    if this_platform().startswith("darwin"):
        hint = "brew install livekit"
    elif len(failures) == 1:
        hint = "try the other sources: lkm server list shows them; lkm server install without --from"
    else:
        hint = (
            "once the network is there (HTTPS_PROXY; LKM_RELEASE_URL names a mirror): lkm server install; "
            f"or put livekit-server {version} on PATH"
        )
    return NotReadyError(
        f"no LiveKit server {version} could be got for {this_platform()}",
        code="server.unavailable",
        detail="\n".join(lines),
        hint=hint,
    )
