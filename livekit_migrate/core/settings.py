"""lkm.toml and the project's root: what is set, and by whom.

Precedence: flag > shell environment (``LKM_…``) > lkm.toml > default.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from .errors import ConfigError, UsageError
from .files import BOM, read_text

FILE = "lkm.toml"

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of lkm.toml: the schema, the default and the sample in one place.

    Args:
        default: its type is the key's: text, number, or texts for an array. An empty text is "not set".
    """

    name: str
    default: Value
    text: str
    choices: tuple[str, ...] = ()
    env: str = ""

    @property
    def shown_default(self) -> str:
        """The default for a reader."""
        return "–" if self.default in ("", ()) else str(self.default)


KEYS: tuple[Key, ...] = (
    Key("runtime", "auto", "what `lkm up` starts", ("auto", "compose", "native"), "LKM_RUNTIME"),
    Key("server.version", "1.13.5", "version of livekit-server", (), "LKM_SERVER_VERSION"),
    Key(
        "rtc",
        "mux",
        "media over UDP: mux, one port for all, or range (Compose only)",
        ("mux", "range"),
        "LKM_RTC",
    ),
    Key("ports.signal", 7880, "LiveKit signalling and API (TCP)", (), "LKM_PORTS_SIGNAL"),
    Key("ports.rtc_tcp", 7881, "LiveKit media over TCP", (), "LKM_PORTS_RTC_TCP"),
    Key("ports.rtc_udp", 7882, "LiveKit media over UDP, all of it on this one port", (), "LKM_PORTS_RTC_UDP"),
    Key("ports.rtc_range_start", 50000, 'LiveKit media over UDP with rtc = "range": the first port'),
    Key("ports.rtc_range_end", 50200, 'LiveKit media over UDP with rtc = "range": the last port'),
    Key("ports.redis", 6379, "Redis on this machine"),
    Key("ports.postgres", 5434, "PostgreSQL on this machine"),
    Key("ports.backend", 1285, "the app's back end"),
    Key("ports.web", 3000, "the app's web front end"),
    Key("ports.mediasoup_signal", 4001, "Mediasoup's signalling"),
    Key("ports.mediasoup_rtc", 44444, "Mediasoup's media, UDP and TCP"),
    Key("compose.files", (), "Compose files; without it those that Compose finds, COMPOSE_FILE included"),
    Key("compose.roles.livekit", "", "the Compose service that is LiveKit, where the guess is wrong"),
    Key("compose.roles.redis", "", "the Compose service that is Redis"),
    Key("compose.roles.db", "", "the Compose service that is the database"),
    Key("compose.roles.backend", "", "the Compose service that is the back end"),
    Key("compose.roles.web", "", "the Compose service that is the web front end"),
    Key("compose.roles.mediasoup", "", "the Compose service that is the Mediasoup server"),
    Key("paths.env", ".env", "where the project's LIVEKIT_* variables are"),
    Key("paths.livekit", "livekit.yaml", "the server's configuration"),
)
_BY_NAME = {key.name: key for key in KEYS}
_TABLES = {
    ".".join(parts[:count])
    for parts in (key.name.split(".") for key in KEYS)
    for count in range(1, len(parts))
}

# What marks the top of a repository: a workspace file or version control beats a mere package.json.
_WORKSPACE_FILES = ("pnpm-workspace.yaml", "lerna.json", "turbo.json", "nx.json", "rush.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    Args:
        root: the project's folder, absolute.
        file: the lkm.toml that was read, or None.
        values: every key of ``KEYS``.
        origins: key → who set it: ``lkm.toml:3``, ``LKM_RUNTIME``, ``default``.
        root_reason: why ``root`` is the root, for `lkm status`.
    """

    root: Path
    file: Path | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    root_reason: str = ""

    def text(self, name: str) -> str:
        return str(self.values[name])

    def number(self, name: str) -> int:
        return int(cast("int", self.values[name]))

    def texts(self, name: str) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.values[name])

    def path(self, name: str) -> Path:
        """A ``paths.*`` key, absolute."""
        return self.root / self.text(name)

    @property
    def env_file(self) -> Path:
        return self.path("paths.env")

    def relative(self, path: Path) -> str:
        """How outputs name a file: relative to the project where it lies inside it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)


def load(start: Path | None = None, *, env: Mapping[str, str] | None = None) -> Settings:
    """The settings for a folder (default: the current one).

    Raises:
        UsageError: the folder does not exist.
        ConfigError: lkm.toml cannot be read, is not TOML, or has an unknown key or a wrong value.
    """
    env = os.environ if env is None else env
    start = (start or _current()).absolute()
    if ".." in start.parts:
        # `m1/../m2` lies in m2: the walk upwards must not come through m1.
        start = Path(os.path.realpath(start))
    if not os.path.isdir(start):  # noqa: PTH112 - Path's raises where a folder may not be looked into
        what = "is not a folder" if os.path.lexists(start) else "no such folder"
        raise UsageError(f"{start}: {what}", code="project.missing")
    root, reason = find_root(start)
    file = root / FILE
    values: dict[str, Value] = {key.name: key.default for key in KEYS}
    origins = {key.name: "default" for key in KEYS}
    found = os.path.lexists(file)
    if found:
        for name, value, line in _read(file):
            values[name] = value
            origins[name] = f"{FILE}:{line}" if line else FILE
    for key in KEYS:
        if key.env and (raw := env.get(key.env)):
            values[key.name] = _checked(key, _from_env(key, raw), f"environment variable {key.env}")
            origins[key.name] = key.env
    settings = Settings(root, file if found else None, values, origins, reason)
    _check_range(settings)
    return settings


def _check_range(settings: Settings) -> None:
    start, end = settings.number("ports.rtc_range_start"), settings.number("ports.rtc_range_end")
    if start > end:
        origins = {settings.origins[f"ports.rtc_range_{side}"] for side in ("start", "end")} - {"default"}
        raise ConfigError(
            f"{', '.join(sorted(origins))}: ports.rtc_range_start {start} is above ports.rtc_range_end {end}",
            code="settings.value",
        )


def _current() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder was deleted", code="project.missing", hint="cd to it") from error


def _is_file(path: Path) -> bool:
    """False too where this user may not look; ``Path.is_file`` raises there."""
    return os.path.isfile(path)  # noqa: PTH113


def find_root(start: Path) -> tuple[Path, str]:
    """The project's folder for a command run in ``start``, and why that one.

    The nearest lkm.toml upwards; else the outermost workspace root, up to and including the folder
    under version control; else the nearest folder with a package.json or a compose file; else ``start``.
    """
    home: Path | None = None
    with contextlib.suppress(RuntimeError):  # a container's made-up user, without HOME
        home = Path.home()
    chain: list[Path] = []
    for folder in (start, *start.parents):
        if folder == home and folder != start:
            break  # a home folder under version control is no project
        chain.append(folder)
        # Whatever it is: a directory of that name or a dangling link gets its own error message.
        if os.path.lexists(folder / FILE):
            return folder, FILE
        if os.path.lexists(folder / ".git"):
            break
    for folder in reversed(chain):
        for name in _WORKSPACE_FILES:
            if _is_file(folder / name):
                return folder, name
        if _has_workspaces(folder / "package.json"):
            return folder, "package.json workspaces"
    if os.path.lexists(chain[-1] / ".git"):
        return chain[-1], ".git"
    for folder in chain:
        for name in (
            "package.json",
            "docker-compose.yml",
            "docker-compose.yaml",
            "compose.yaml",
            "compose.yml",
        ):
            if _is_file(folder / name):
                return folder, name
    return start, "current folder"


def _has_workspaces(manifest: Path) -> bool:
    if not _is_file(manifest):
        return False
    try:
        return "workspaces" in json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _read(file: Path) -> list[tuple[str, Value, int | None]]:
    text = read_text(file, what="project file").removeprefix(BOM)
    if not text.strip():
        return []
    import tomllib  # a third of an empty Python start

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f":{match[1]}:{match[2]}" if match else f":{text.count(chr(10)) + 1}"  # at the end
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise ConfigError(f"{FILE}{where}: not TOML: {reason}", code="settings.syntax") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, brackets in brackets
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error).split(":")[0].lower()
        raise ConfigError(f"{FILE}: not TOML: {reason}", code="settings.syntax") from error
    found: list[tuple[str, Value, int | None]] = []
    for name, value in _flatten(document):
        line = _line_of(text, name)
        where = f"{FILE}:{line}" if line else FILE
        key = _BY_NAME.get(name)
        if name in _TABLES:
            raise ConfigError(f"{where}: {name!r} is a table: [{name}]", code="settings.value")
        if key is None:
            raise _unknown(name, where)
        found.append((name, _checked(key, value, f"{where}: {name}"), line))
    return found


def _flatten(document: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in document.items():
        full = f"{above}{name}"
        if isinstance(value, dict) and full in _TABLES:
            pairs += _flatten(value, f"{full}.")
        else:
            pairs.append((full, value))
    return pairs


def _line_of(text: str, name: str) -> int | None:
    """tomllib gives no positions: find the line that assigns the key, in its table or dotted."""
    table, _, leaf = name.rpartition(".")
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            current = header[1].strip("\"'")
            if current == name:
                return number
            continue
        assigned = re.match(r"\s*([A-Za-z0-9_.\-\"' ]+?)\s*=", line)
        if assigned:
            full = ".".join(part.strip(" \"'") for part in assigned[1].split("."))
            whole = f"{current}.{full}" if current else full
            # `name.x = 1` assigns the table `name`, too: an unknown one is named at that line.
            if whole == name or whole.startswith(f"{name}.") or (current == table and full == leaf):
                return number
    return None


def _unknown(name: str, where: str) -> ConfigError:
    import difflib

    near = difflib.get_close_matches(name, [*_BY_NAME, *_TABLES], n=1, cutoff=0.5)
    return ConfigError(
        f"{where}: unknown key {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        code="settings.unknown-key",
        detail="known keys: " + ", ".join(_BY_NAME),
    )


def _from_env(key: Key, raw: str) -> Value:
    if isinstance(key.default, int) and re.fullmatch(r"[0-9]{1,9}", raw):
        return int(raw)
    return raw


def _checked(key: Key, value: Any, where: str) -> Value:
    if isinstance(key.default, int):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
            raise ConfigError(f"{where}: {value!r} is not a port (1–65535)", code="settings.value")
        return value
    if isinstance(key.default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise ConfigError(f'{where}: {value!r} is no array of texts: ["…"]', code="settings.value")
        return tuple(value)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}: {value!r} is not a text", code="settings.value")
    if key.choices and value not in key.choices:
        raise ConfigError(f"{where}: {value!r} is none of {', '.join(key.choices)}", code="settings.value")
    if key.name == "server.version" and not re.fullmatch(r"v?\d+\.\d+\.\d+", value):
        raise ConfigError(f"{where}: {value!r} is not a version such as 1.13.5", code="settings.value")
    return value.removeprefix("v") if key.name == "server.version" else value
