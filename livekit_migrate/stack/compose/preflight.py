"""Before anything is pulled or started: what would go wrong later is said now."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.errors import ConfigError, LkmError, NotReadyError
from ...core.report import Reporter
from .. import ports as port_checks
from ..ports import Port
from . import lint, reach
from .job import Job
from .model import Spec, host_ports

_LEAST_BYTES = 100_000_000
_TO_FETCH_BYTES = 2_000_000_000
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


def check(job: Job, reporter: Reporter, specs: Sequence[Spec], *, linted: bool) -> None:
    """Everything that can be known before the start, but for images.

    Args:
        specs: the services that will be started or made anew.
        linted: refuse a server configuration that cannot work.

    Raises:
        NotReadyError: a port or the disk.
        ConfigError: .env, livekit.yaml or the keys.
    """
    env_file(job, reporter)
    if linted:
        for spec in specs:
            if job.role(spec.name) == "livekit":
                lint.check(job, spec, reporter)
    keys(job)
    with reporter.step("ports") as step:
        wanted = tuple(needed_ports(job, specs))
        free(wanted)
        step.finish(f"{said(wanted)} free" if wanted else "none to open")
    disk(job, reporter)
    for note in reach.notes(job):
        reporter.note(note)


def needed_ports(job: Job, specs: Sequence[Spec]) -> Iterator[Port]:
    """The ports of these services that are not held by this project's own containers."""
    own = {(port.number, port.protocol) for row in job.rows if row.running for port in row.ports}
    for spec in specs:
        for port in host_ports(spec, job.role(spec.name)):
            if (port.number, port.protocol) not in own:
                yield port


def free(wanted: Sequence[Port]) -> None:
    """Bind and dial every port.

    Raises:
        NotReadyError: one cannot be had.
    """
    troubles = [trouble for port in wanted if (trouble := port_checks.examine(port))]
    if troubles:
        raise port_checks.refusal(troubles)


def said(wanted: Sequence[Port]) -> str:
    """Ports on one line, neighbours as a range: ``TCP 7880, UDP 50000–50200``."""
    parts: list[str] = []
    for protocol in ("tcp", "udp"):
        numbers = sorted({port.number for port in wanted if port.protocol == protocol})
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][-1] + 1 and protocol == "udp":
                runs[-1].append(number)
            else:
                runs.append([number])
        parts += [f"{protocol.upper()} {run[0]}" + (f"–{run[-1]}" if len(run) > 1 else "") for run in runs]
    return ", ".join(parts)


def env_file(job: Job, reporter: Reporter) -> None:
    """Lines of .env that Compose and the app's own reader read differently.

    Raises:
        ConfigError: a variable that the stack uses is among them.
    """
    from ...code import env as dotenv
    from ...livekit.keys import KEY, SECRET, URL

    settings = job.settings
    file = dotenv.read(settings.env_file)
    name = settings.relative(settings.env_file)
    used = {KEY, SECRET, URL} | {v for spec in job.stack.services.values() for v in spec.environment}
    for problem in file.problems:
        if problem.name in used and problem.name not in os.environ:
            raise ConfigError(
                f"{name}:{problem.line}: Compose and the app read {problem.name} differently",
                code="env.differs",
                detail=problem.why,
                hint=f"write it plainly: {problem.name}=…, without quotes, spaces and $",
            )
        reporter.note(f"{name}:{problem.line}: not every program reads this line alike: {problem.why}")


def keys(job: Job) -> None:
    """The pair of the app opens the server of this stack.

    Raises:
        ConfigError: the server is given no such pair.
    """
    from ...core.secret import Secret
    from ...livekit.keys import KEY, SECRET, KeyPair, find_pair, pairs_in

    spec = job.livekit
    text = spec.environment.get("LIVEKIT_KEYS", "") if spec else ""
    if spec is None or not text:
        return  # keys of a file or of `--keys`: `lkm keys check` looks there
    served = pairs_in(text)
    found = find_pair(job.settings)
    clients = [(f"{found.key_origin}", found.pair)]
    for other in job.stack.services.values():
        key, secret = other.environment.get(KEY), other.environment.get(SECRET)
        if other.name != spec.name and key and secret:
            clients.append((f"service {other.name}", KeyPair(key, Secret(secret))))
    for who, pair in clients:
        if pair in served:
            continue
        known = next((one for one in served if one.key == pair.key), None)
        what = "has another secret there" if known else "is not among its keys"
        given = ", ".join(one.key for one in served) or "nothing that can be read as `key: secret`"
        raise ConfigError(
            f"the app and the server do not have the same key: {pair.key} ({who}) {what}",
            code="keys.mismatch",
            detail=f"LIVEKIT_KEYS of {spec.name} holds: {given}",
            hint="lkm keys check shows every place",
        )


def disk(job: Job, reporter: Reporter) -> None:
    """Room where the engine keeps images and volumes.

    Raises:
        NotReadyError: there is none left.
    """
    folder = str(job.info.get("DockerRootDir") or "")
    try:
        room = shutil.disk_usage(folder).free
    except OSError:  # in a virtual machine, or not for this user to see
        return
    if room < _LEAST_BYTES:
        raise NotReadyError(
            f"the disk of the Docker engine is full: {room / 1e6:.0f} MB left in {folder}",
            code="docker.disk",
            hint="docker system df shows what takes the room; docker system prune removes what nothing uses",
        )
    if room < _TO_FETCH_BYTES:
        reporter.note(f"little room for images: {room / 1e9:.1f} GB left in {folder} (docker system df)")


def platform(job: Job, spec: Spec, image: dict[str, Any]) -> str:
    """What to say of an image that is made for another kind of machine; empty when it is not."""
    engine = _MACHINES.get(str(job.info.get("Architecture", "")), str(job.info.get("Architecture", "")))
    made_for = str(image.get("Architecture") or "")
    if not made_for or not engine or made_for == engine or spec.platform:
        return ""
    return (
        f"{spec.name}: {spec.image} is made for {made_for}, this engine is {engine}: it runs slowly or "
        f"not at all. Get the other one: docker pull --platform linux/{engine} {spec.image}"
    )


def no_room(said_: str) -> LkmError | None:
    """The error for a program that found the disk full; None when it said something else."""
    if not re.search(r"no space left on device|ENOSPC|not enough space", said_, re.IGNORECASE):
        return None
    return NotReadyError(
        "the disk of the Docker engine is full",
        code="docker.disk",
        detail=said_.strip().splitlines()[-1],
        hint="docker system df shows what takes the room; docker system prune removes what nothing uses",
    )
