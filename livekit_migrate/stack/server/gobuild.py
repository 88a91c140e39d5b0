"""Building livekit-server with a Go toolchain: the same for the machine's Go and for a fetched one.

The module is built inside its own folder of the module cache, not by ``go install MODULE@VERSION``:
that refuses a go.mod with ``replace`` lines, which later servers have (1.13.11 replaces three modules).
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from ...core.errors import NotReadyError
from ...core.process import TIMED_OUT, Completed, run
from .binary import NAME, numbers
from .sources import Job, SourceError

MODULE = "github.com/livekit/livekit-server"
# What the go.mod of the server asks for (1.13.5: go 1.26); the build itself reads it again.
KNOWN_GO = {"1.13": "1.26"}
_DOWNLOAD_SECONDS = 600
_BUILD_SECONDS = 1800


def go_version(go: Path, env: Mapping[str, str] | None = None) -> str:
    """``1.26.8`` of ``go version go1.26.8 linux/amd64``.

    Raises:
        SourceError: it does not run.
    """
    try:
        done = run([str(go), "version"], timeout=20, env=env)
    except (OSError, NotReadyError) as error:
        raise SourceError(f"{go} cannot be run: {error}") from error
    match = re.search(r"go version \S*?go(\d+\.\d+(?:\.\d+)?)", done.stdout)
    if not done.ok or not match:
        raise SourceError(f"{go} version fails: {done.tail or done.stdout[:80]}")
    return match[1]


def fetches_go_itself(go: Path, has: str, env: Mapping[str, str] | None = None) -> bool:
    """Whether this Go replaces itself by the newer one that a go.mod asks for (since 1.21)."""
    if numbers(has) < (1, 21):
        return False
    try:
        setting = run([str(go), "env", "GOTOOLCHAIN"], timeout=20, env=env).stdout.strip()
    except (OSError, NotReadyError):
        return False
    return setting == "auto" or setting.endswith("+auto")


def environment(base: Mapping[str, str], **more: str) -> dict[str, str]:
    """The user's environment (GOPROXY, proxies, certificates), without what would bend the build."""
    bends = {"GOOS", "GOARCH", "GOARM", "GOARM64", "GOAMD64", "GOEXPERIMENT", "GOBIN", "GOROOT"}
    kept = {key: value for key, value in base.items() if key not in bends}
    # Not empty: Go takes an empty variable as unset and reads what `go env -w` has stored.
    return (
        kept | {"GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"} | more
    )


def build(go: Path, job: Job, env: Mapping[str, str]) -> Path:
    """Build the server of ``job.version``.

    Raises:
        SourceError: the module cannot be fetched, this Go is too old, or it does not compile.
    """
    has = go_version(go, env)
    job.progress.update(f"fetching {MODULE} v{job.version}")
    folder, wants = _module(go, job, env)
    if numbers(has) < numbers(wants) and not fetches_go_itself(go, has, env):
        raise SourceError(f"{go} is Go {has}; livekit-server {job.version} needs Go {wants}")
    program = job.work / NAME
    done = _streamed(
        [str(go), "build", "-v", "-trimpath", "-ldflags=-s -w", "-o", str(program), "./cmd/server"],
        folder,
        job,
        env,
    )
    if not done.ok:
        raise _failure(done, job, "go build")
    job.log.unlink(missing_ok=True)
    job.progress.finish(f"built with Go {has}")
    return program


def _module(go: Path, job: Job, env: Mapping[str, str]) -> tuple[Path, str]:
    """The unpacked module, and the Go version that its go.mod wants."""
    done = run(
        [str(go), "mod", "download", "-json", f"{MODULE}@v{job.version}"],
        cwd=job.work,
        env=env,
        timeout=_DOWNLOAD_SECONDS,
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        found = {}
    if not done.ok or "Dir" not in found:
        reason = str(found.get("Error") or done.tail or "no answer")
        if done.code == TIMED_OUT:
            reason = f"nothing within {_DOWNLOAD_SECONDS} s"
        _raise_if_full(reason)
        raise SourceError(f"{MODULE}@v{job.version}: {_last_line(reason)}", _proxy_hint(reason))
    text = Path(found["GoMod"]).read_text(encoding="utf-8", errors="replace")
    match = re.search(r"^go (\d+\.\d+(?:\.\d+)?)", text, re.MULTILINE)
    return Path(found["Dir"]), match[1] if match else "1.21"


def _streamed(argv: list[str], folder: Path, job: Job, env: Mapping[str, str]) -> Completed:
    start = time.monotonic()
    counts = {"modules": 0, "packages": 0}
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("w", encoding="utf-8", buffering=1) as log:
        log.write(f"$ cd {folder} && {' '.join(argv)}\n")

        def on_line(line: str) -> None:
            log.write(line + "\n")
            if line.startswith("go: downloading "):
                counts["modules"] += 1
                doing = f"downloading modules: {counts['modules']}"
            else:
                counts["packages"] += 1
                doing = f"compiling packages: {counts['packages']}"
            job.progress.update(f"{doing}, {time.monotonic() - start:.0f} s")

        job.progress.update("compiling")
        return run(argv, cwd=folder, env=env, timeout=_BUILD_SECONDS, on_line=on_line)


def _failure(done: Completed, job: Job, what: str) -> SourceError:
    _raise_if_full(done.stdout)
    if done.code == TIMED_OUT:
        reason = f"{what} did not end within {_BUILD_SECONDS} s"
    elif done.code < 0:
        reason = f"{what} was killed by signal {-done.code} (out of memory?)"
    else:
        reason = f"{what} failed: {_last_line(done.stdout)}"
    return SourceError(f"{reason}; all of its output: {job.log}", _proxy_hint(done.stdout))


def _raise_if_full(text: str) -> None:
    if "no space left on device" in text:
        raise OSError(28, os.strerror(28))  # ENOSPC, as if the write had been our own


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def _proxy_hint(text: str) -> str:
    signs = ("dial tcp", "no such host", "timeout", "connection refused", "proxyconnect")
    return "modules come from GOPROXY (go env GOPROXY)" if any(sign in text for sign in signs) else ""
