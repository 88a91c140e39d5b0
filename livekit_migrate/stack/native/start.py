"""Starting: the supervisor, and the wait for the first 200."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import HealthTimeoutError, LkmError
from ...core.files import open_own, write_atomic
from ...core.report import Progress, Reporter
from ...core.result import Finding
from ...core.secret import redact
from ...core.settings import Settings
from ...livekit.config import server_env as clean_env
from .. import ports as port_checks
from .. import supervise
from ..probe import SECONDS as _PROBE_SECONDS
from ..probe import probe
from ..runtime import DownOptions, Outcome, UpOptions
from . import record as records
from .failure import ended, last_lines, log_name
from .plan import Plan, with_binary
from .record import CONFIG, SUPERVISOR_LOG, Living, Record, folder_of

if TYPE_CHECKING:
    from ..server import ServerBinary

_POLL_SECONDS = 0.03
_SUPERVISOR_SECONDS = 60
TIMEOUT = 30.0
"""Seconds from the start of the server to its first 200."""


def start(settings: Settings, reporter: Reporter, options: UpOptions, plan: Plan) -> Outcome:
    """Start what does not run yet. The caller holds the lock."""
    from .look import look

    timeout = TIMEOUT if options.timeout is None else options.timeout
    folder = folder_of(settings, create=True)
    record = records.read(folder)
    living = records.living(folder, record)
    if living.server and living.supervisor and not living.strays and not records.stopping(folder) and record:
        with reporter.step("livekit") as step:
            _wait(settings, record, plan, step, timeout=timeout, fresh=False)
            step.finish(f"runs already (PID {record.server.pid})")
        return look(settings, quick=True)
    if living.any:
        _clear_away(settings, reporter, living, stopping=records.stopping(folder))
    with reporter.step("ports") as step:
        port_checks.preflight(plan.ports)
        step.finish(", ".join(str(port) for port in plan.ports) + " are free")
    plan = with_binary(plan, reporter)
    assert plan.binary is not None  # noqa: S101 - with_binary just saw to it
    ready = ""
    try:
        with reporter.step("livekit") as step:
            began = time.monotonic()
            record = _launch(settings, folder, plan, plan.binary, step, timeout=timeout)
            ready = f"PID {record.server.pid}"
            step.finish(f"ready in {time.monotonic() - began:.1f} s ({ready}, {plan.binary.version})")
        findings = _health(plan, reporter) if options.media else ()
    except KeyboardInterrupt:
        if ready:
            reporter.note(f"livekit keeps running ({ready}): lkm down")
        raise
    overrides = [str(override) for override in plan.config.overrides]
    return replace(
        look(settings, quick=True), changed=True, findings=tuple(findings), facts={"overrides": overrides}
    )


def _launch(
    settings: Settings, folder: Path, plan: Plan, binary: ServerBinary, step: Progress, *, timeout: float
) -> Record:
    """Start the server and wait until it is ready. Not ready means not up: only its log stays behind."""
    try:
        record = _spawn(settings, folder, plan, binary)
        _wait(settings, record, plan, step, timeout=timeout, fresh=True)
    except (HealthTimeoutError, KeyboardInterrupt):
        from .stop import end

        end(folder)
        raise
    return record


def _clear_away(settings: Settings, reporter: Reporter, living: Living, *, stopping: bool) -> None:
    from .stop import stop

    pids = ", ".join(str(process.pid) for process in (*living.servers, *living.supervisors))
    why = "was asked to stop and still drains" if stopping else "was left over by an lkm that was killed"
    reporter.note(f"PID {pids} {why}: stopping it first")
    stop(settings, reporter, DownOptions())


def _spawn(settings: Settings, folder: Path, plan: Plan, binary: ServerBinary) -> Record:
    """Start the supervisor, which starts the server and survives this process and its terminal."""
    from ...livekit.keys import server_env

    (folder / supervise.STOPPING).unlink(missing_ok=True)
    write_atomic(folder / CONFIG, plan.config.text.encode(), mode=0o600, follow=False)
    run = secrets.token_hex(8)
    env = clean_env(os.environ)
    spec = {
        "cwd": str(settings.root),
        "argv": [str(binary.path), "--config", str(folder / CONFIG)],
        "env": {**env, **server_env(*plan.pairs)},
        "mask": [pair.secret.reveal() for pair in plan.pairs],
        "facts": plan.facts(settings, folder, binary),
    }
    with open_own(folder / SUPERVISOR_LOG) as said:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", supervise.__file__, str(folder), run],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=env,
            start_new_session=True,
        )
        with process:
            try:
                answer, _ = process.communicate(json.dumps(spec).encode(), timeout=_SUPERVISOR_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                answer = b""
    record = records.read(folder)
    if answer.strip() == b"started" and record is not None and record.run == run:
        return record
    reason = (
        answer.decode(errors="replace").strip() or _last_line(folder / SUPERVISOR_LOG) or "it said nothing"
    )
    raise LkmError(
        f"the supervisor of livekit-server did not start: {redact(reason)}",
        code="native.supervisor",
        hint="lkm down clears away what is left; then lkm up",
    )


def _last_line(path: Path) -> str:
    try:
        return (path.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [""])[-1]
    except OSError:
        return ""


def _wait(
    settings: Settings, record: Record, plan: Plan, step: Progress, *, timeout: float, fresh: bool
) -> None:
    """Until the server answers 200, or has ended, or the time is up."""
    folder = folder_of(settings)
    began = time.monotonic()
    deadline = began + timeout
    port = next((p["number"] for p in record.facts.get("ports", ())), plan.signal)
    while True:
        now = records.read(folder)
        if now is not None and now.run == record.run and now.phase == "ended":
            raise ended(settings, folder, now, plan)
        if not record.supervisor.alive and not record.server.alive:
            raise ended(settings, folder, now or record, plan)
        status, said = probe(port, max(0.05, min(_PROBE_SECONDS, deadline - time.monotonic())))
        if status == 200 and record.server.alive:
            # Somebody may have been faster at this port: then ours is about to end, with the reason.
            if port_checks.listens(record.server.pid, port) is not False:
                return
            said = f"another program answers at port {port}"
        elapsed = time.monotonic() - began
        if time.monotonic() >= deadline:
            stays = "it was stopped" if fresh else f"it still runs (PID {record.server.pid})"
            raise HealthTimeoutError(
                f"livekit was not ready after {timeout:g} s: {said}",
                code="native.timeout",
                detail="\n".join(
                    [*last_lines(folder, record), f"{stays}; its log: {log_name(settings, folder)}"]
                ),
                hint="give it longer: --timeout 60" if fresh else "start it anew: lkm restart --now",
            )
        step.update(f"{elapsed:.1f} s: {said}")
        time.sleep(_POLL_SECONDS)


def _health(plan: Plan, reporter: Reporter) -> list[Finding]:
    from ..health import Options, Target, check

    # Without the settings: that its process runs was just seen.
    target = Target(plan.url, plan.pair, local=True, origin="lkm up")
    return check(target, Options(until="ice"), reporter)
