"""The Compose CLI: is it there and new enough, and what does it make of the project's files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...code.compose import NAMES, OVERRIDES
from ...core.errors import ConfigError, LkmError, NotReadyError, UsageError
from ...core.process import TIMED_OUT, Completed, run
from ...core.secret import redact, remember
from . import argv
from .argv import Call
from .model import parse, secrets_of

OLDEST = (2, 30)
INSTALL = "sudo apt-get install docker-compose-plugin"
_ELSEWHERE = "or: https://docs.docker.com/compose/install/linux/ (Docker Desktop brings it along)"
_SECONDS = 60
_WARNING = re.compile(r'^(?:time="[^"]*" )?level=warning msg="(?P<text>(?:[^"\\]|\\.)*)"')


def environment() -> dict[str, str]:
    """What the CLI gets: this process's own, without its advertisements."""
    return {**os.environ, "DOCKER_CLI_HINTS": "false", "COMPOSE_MENU": "false"}


def call_compose(
    words: Sequence[str],
    call: Call,
    *,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Completed:
    """Run it in the project's folder."""
    return run(words, cwd=call.root, env=environment(), timeout=timeout, on_line=on_line, on_tick=on_tick)


def version() -> str:
    """Compose's version: ``5.5.1``.

    Raises:
        NotReadyError: there is none, or it is too old; with the command that gets one.
    """
    if not shutil.which("docker"):
        raise NotReadyError(
            "there is no docker command",
            code="docker.missing",
            hint="install Docker: https://docs.docker.com/get-docker/; "
            "or run without Docker: lkm up --runtime native",
        )
    done = run(argv.version(), env=environment(), timeout=_SECONDS)
    found = re.match(r"v?(\d+)\.(\d+)\S*", done.stdout.strip())
    if not done.ok or not found:
        raise _missing(done)
    if (int(found[1]), int(found[2])) < OLDEST:
        raise NotReadyError(
            f"Compose {found[0]} is too old: lkm needs {OLDEST[0]}.{OLDEST[1]} or newer",
            code="compose.old",
            hint=f"{INSTALL} gets a newer one from Docker's own repository\n{_ELSEWHERE}",
        )
    return found[0].removeprefix("v")


def _missing(done: Completed) -> NotReadyError:
    old = ""
    if shutil.which("docker-compose"):
        with contextlib.suppress(LkmError):
            said = run(["docker-compose", "version", "--short"], timeout=_SECONDS).stdout.strip()
            old = said if re.match(r"v?1\.", said) else ""
    if old:
        return NotReadyError(
            f"docker-compose {old} is Compose v1, which has ended; lkm needs Compose {OLDEST[0]}.{OLDEST[1]} "
            "or newer, as `docker compose`",
            code="compose.v1",
            hint=f"{INSTALL}\n{_ELSEWHERE}",
        )
    return NotReadyError(
        "there is no Compose: `docker compose` is not a command here",
        code="compose.missing",
        detail=done.tail,
        hint=f"{INSTALL}\n{_ELSEWHERE}",
    )


def config(call: Call, services: Sequence[str] = ()) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The files as Compose reads them, as JSON values, and what it warns of.

    Raises:
        UsageError: there is no service of such a name.
        ConfigError: a file is wrong, or a variable is missing; with its place.
    """
    done = call_compose(argv.config(call, services), call, timeout=_SECONDS)
    if not done.ok:
        raise refusal(done, call)
    # It prints a file that Compose could read again: every `$` is doubled.
    document: dict[str, Any] = json.loads(done.stdout.replace("$$", "$"))
    for spec in parse(document).services.values():
        for value in secrets_of(spec.environment):
            remember(value)
        for value in secrets_of(spec.build.args if spec.build else {}):
            remember(value)
    return document, warnings(done.stderr)


def hashes(call: Call) -> dict[str, str]:
    """Service → its configuration's hash; empty where Compose refuses the files."""
    done = call_compose(argv.hashes(call), call, timeout=_SECONDS)
    pairs = (line.split() for line in done.stdout.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2} if done.ok else {}


def warnings(said: str) -> tuple[str, ...]:
    """What Compose warns of, each once, as plain text."""
    found = (match for line in said.splitlines() if (match := _WARNING.match(line)))
    texts = (match["text"].replace('\\"', '"').replace("\\\\", "\\") for match in found)
    return tuple(dict.fromkeys(redact(text) for text in texts))


def words_of(done: Completed) -> str:
    """What it said, without its warnings."""
    lines = (done.stderr or done.stdout).strip().splitlines()
    kept = [line for line in lines if not _WARNING.match(line)]
    return redact("\n".join(kept))


def refusal(done: Completed, call: Call) -> LkmError:
    """The error for files that Compose does not take."""
    if done.code == TIMED_OUT:
        return LkmError(
            f"docker compose did not answer within {_SECONDS} s", code="compose.hangs", detail=str(done)
        )
    said = words_of(done)
    last = said.splitlines()[-1] if said else f"docker compose ended with {done.code}"
    if match := re.search(r"no such service: (\S+)", said):
        return UsageError(
            f"there is no service {match[1]} in the Compose files",
            code="compose.no-service",
            hint="docker compose config --services lists them",
        )
    if re.search(r"unknown command: docker compose|is not a docker command", said):
        return _missing(done)
    if match := re.search(r"required variable (\w+) is missing a value(?:: (.*))?", said):
        where = _place_of(call, rf"\$\{{{match[1]}\b")
        return ConfigError(
            f"{where}{match[1]} is not set: {match[2] or 'the Compose file requires it'}",
            code="compose.variable",
            hint=f"set {match[1]} in {_env_name(call)}",
        )
    where = ""
    if match := re.search(r"(?:services|volumes|networks)(?:\.[\w.-]+)+", said):
        where = _place_of_path(call, match[0])
    return ConfigError(
        f"{where}Compose refuses the project's files: {last}",
        code="compose.refused",
        detail=said if said != last else "",
        hint="docker compose config shows what it makes of them",
    )


def _env_name(call: Call) -> str:
    return call.env_files[-1].name if call.env_files else ".env"


def _place_of(call: Call, pattern: str) -> str:
    """``file:line: `` of the first match in the project's Compose files; empty when there is none."""
    for file in _files(call):
        with contextlib.suppress(OSError, ValueError):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(pattern, line) and not line.lstrip().startswith("#"):
                    return f"{_name(call, file)}:{number}: "
    return ""


def _place_of_path(call: Call, path: str) -> str:
    """The place of the longest part of a path that a file has."""
    from ...code import yaml

    parts = path.rstrip(".").split(".")
    for count in range(len(parts), 1, -1):
        for file in _files(call):
            with contextlib.suppress(LkmError):
                place = yaml.load(file).find(".".join(parts[:count]))
                if place is not None:
                    return f"{_name(call, file)}:{place.line}: "
    return ""


def _files(call: Call) -> Sequence[Path]:
    return call.files or tuple(file for name in (*NAMES, *OVERRIDES) if (file := call.root / name).exists())


def _name(call: Call, file: Path) -> str:
    try:
        return file.relative_to(call.root).as_posix()
    except ValueError:
        return str(file)
