"""`lkm support`: one archive with what somebody needs who is to help, and no secret in it."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ConfigError, LkmError
from ..core.secret import MASK, redact, remember
from ..core.settings import Settings

LINES = 2000
"""Of the log, the newest."""
_LARGEST = 512 * 1024
_NAME = r"(?:secret|pass|pwd|token|credential|private|signature|salt|dsn|api_?key|access_?key|auth|webhook)"
_ASSIGNED = re.compile(
    rf"(?P<head>[\w.-]*{_NAME}[\w.-]*[\"']?[ \t]*[:=][ \t]*)(?P<value>[^\s#].*)", re.IGNORECASE
)
# Whatever it is called: nobody writes such a word by hand.
_RANDOM = re.compile(r"(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{28,}")
_KEYS = re.compile(r"^(?P<indent>\s*)(?:keys|[A-Z]*_?KEYS)\s*:\s*(?:[|>][-+]?)?\s*$")
_PAIR = re.compile(r"^(?P<head>\s*[\"']?[\w.-]+[\"']?\s*:\s*)\S.*$")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, secrets masked already."""

    name: str
    text: str

    @property
    def size(self) -> int:
        return len(self.text.encode())


def members(settings: Settings, report: str, document: str, versions: Mapping[str, str]) -> list[Member]:
    """Everything that belongs into the archive.

    Args:
        report: what `lkm doctor --report` prints.
        document: its JSON.
        versions: name → version.
    """
    learn(settings)
    found = [
        Member("report.md", redact(report)),
        Member("doctor.json", redact(document)),
        Member("versions.json", redact(json.dumps(dict(versions), indent=1)) + "\n"),
    ]
    found += [Member(f"config/{name}", masked(text)) for name, text in _configuration(settings)]
    found += _logs(settings)
    listing = "\n".join(f"{one.size:>8}  {one.name}" for one in found)
    about = f"Made by lkm support. Values of .env are left out, secrets elsewhere are masked.\n\n{listing}\n"
    return [Member("README.txt", about), *found]


def learn(settings: Settings) -> None:
    """Teach the mask what the project's files hold as secrets, before a line of them is taken."""
    from ..code import env
    from ..livekit.serverstart.project import look

    for path in _env_files(settings):
        try:
            values = env.read(path).values
        except LkmError:
            continue
        for value in values:
            if _looks_secret(value.name, value.value):
                remember(value.value)
    try:
        look(settings)  # judging a configuration remembers the secrets in it
    except LkmError:
        return


def _looks_secret(name: str, value: str) -> bool:
    if re.search(_NAME, name, re.IGNORECASE):
        return True
    plain = "://" in value or "/" in value or " " in value
    return len(value) >= 12 and not plain and any(c.isdigit() for c in value)


def _env_files(settings: Settings) -> list[Path]:
    return sorted({settings.env_file, *settings.root.glob(".env*")})


def masked(text: str) -> str:
    """A configuration without the values that are secrets by their name or their place."""
    out: list[str] = []
    inside: int | None = None
    for line in text.splitlines():
        if inside is not None and line.strip() and len(line) - len(line.lstrip()) <= inside:
            inside = None
        if inside is not None and (pair := _PAIR.match(line)) and "$" not in line:
            out.append(pair["head"] + MASK)
        elif begins := _KEYS.match(line):
            inside = len(begins["indent"])
            out.append(line)
        else:
            out.append(_RANDOM.sub(MASK, _ASSIGNED.sub(_hidden, line)))
    return redact("\n".join(out) + "\n")


def _hidden(match: re.Match[str]) -> str:
    # `${LIVEKIT_API_SECRET}` is where it comes from, and a default in it is one all the same.
    reference = re.fullmatch(r"[\"']?\$\{?\w+(?::?\?[^}]*)?\}?[\"']?,?", match["value"].strip())
    return match[0] if reference else match["head"] + MASK


def _configuration(settings: Settings) -> Iterator[tuple[str, str]]:
    from ..stack.compose.files import found

    paths = [*found(settings), settings.path("paths.livekit"), settings.root / "lkm.toml"]
    paths += [*sorted(settings.root.glob("*.Dockerfile")), settings.root / "Dockerfile"]
    for path in dict.fromkeys(paths):
        text = _read(path)
        if text is not None:
            yield _inside(settings, path), text
    for path in _env_files(settings):
        if (text := _read(path)) is not None:
            yield _inside(settings, path), _names_only(path, text)


def _inside(settings: Settings, path: Path) -> str:
    """Its name in the archive, which no file outside of the project leaves."""
    name = settings.relative(path)
    return Path(name).name if Path(name).is_absolute() or ".." in name else name


def _read(path: Path) -> str | None:
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        pass
    return None


def _names_only(path: Path, text: str) -> str:
    """Which variables a .env sets, without what to."""
    from ..code import env

    values = env.parse(text.encode(), path).values
    return "".join(f"{value.name}={MASK if value.value else ''}\n" for value in values)


def _logs(settings: Settings) -> Iterator[Member]:
    """What each service said last."""
    from ..stack.logs import Query
    from ..stack.runtime import pick

    by_service: dict[str, list[str]] = {}
    try:
        for line in pick(settings).logs(settings, Query(LINES)):
            by_service.setdefault(line.service or "livekit", []).append(line.raw)
    except LkmError as error:
        yield Member("logs/none.txt", redact(f"{error.message}\n{error.detail}\n"))
        return
    for service, lines in sorted(by_service.items()):
        yield Member(f"logs/{service}.log", redact("\n".join(lines) + "\n"))


def write(path: Path, found: list[Member]) -> None:
    """The archive, for its owner alone.

    Raises:
        ConfigError: there is such a file, or it cannot be written.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in found:
            archive.writestr(one.name, one.text)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data.getvalue())
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"{path}: cannot be written: {why}", code="support.write", hint="lkm support --output FILE"
        ) from error
