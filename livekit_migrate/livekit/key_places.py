"""Every place of a project where a program takes the API key and the secret from, each with file and line."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..code import env as dotenv
from ..code import yaml
from ..code.walk import DOCS, Walk
from ..core.errors import ConfigError
from ..core.secret import Secret
from ..core.settings import Settings
from .key_search import Found, Place, Problem, Search, add_pairs, add_server, add_service, role_of
from .key_services import in_compose
from .key_texts import Spot
from .keys import KEY, SECRET, URL


def find(settings: Settings, env: Mapping[str, str] = os.environ) -> Found:
    """Look through the shell and the project's folders.

    .env files of every package, Compose files, livekit.yaml and its key file, egress, ingress and SIP
    configurations. What cannot be read is a problem, not an error.

    Args:
        env: the shell's environment.
    """
    search = Search(settings, env)
    _shell(search)
    walk = Walk(settings.root)
    configs: list[Path] = []
    main = settings.env_file
    if os.path.lexists(main):
        _env_files(search, main.parent, [main.name])
    for folder, names in walk:
        _env_files(search, folder, [name for name in names if name.startswith(".env")])
        if DOCS & set(folder.relative_to(settings.root).parts):
            continue
        in_compose(search, folder)
        if not _in_chart(folder, settings.root):
            configs += [folder / name for name in names if _CONFIG.match(name)]
    configs.append(settings.path("paths.livekit"))
    for path in configs:
        if os.path.lexists(path) and path not in search.seen:
            search.seen.add(path)
            _config(search, path)
    cut = f"more than {walk.folders} folders, or deeper than {walk.depth}" if walk.cut else ""
    return Found(tuple(search.places), tuple(search.problems), cut)


def _in_chart(folder: Path, root: Path) -> bool:
    """Whether files there are a Helm chart's templates: no YAML before Helm has filled them."""
    return any(
        each.name == "templates" and (each.parent / "Chart.yaml").is_file()
        for each in (folder, *folder.parents)
        if each.is_relative_to(root)
    )


_CONFIG = re.compile(r"(?:livekit|egress|ingress|sip)(?:[-_.][\w.-]*)?\.ya?ml$")
_DEVELOPMENT = frozenset({"local", "development", "dev"})
_PUBLIC = re.compile(
    r"(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC|PUBLIC|EXPO_PUBLIC|GATSBY|VUE_APP)_.*(?:LIVEKIT|LK)_.*SECRET"
)


def _shell(search: Search) -> None:
    key, secret = search.shell.get(KEY), search.shell.get(SECRET)
    if secret:
        Secret(secret)
    if keys := search.shell.get("LIVEKIT_KEYS"):
        spot = Spot(name="LIVEKIT_KEYS (shell)")
        add_pairs(search, "server", "a server started from this shell", keys, spot, other=_SHELL_SERVER)
    if not key and not secret:
        return
    at, secret_at = Spot(name=f"{KEY} (shell)"), Spot(name=f"{SECRET} (shell)")
    main = dotenv.EnvFile(search.settings.env_file, "", exists=False)
    with contextlib.suppress(ConfigError):  # said where the file's turn comes
        main = dotenv.read(search.settings.env_file)
    # One half in the shell goes with the other half of the file, as for every lkm command.
    if not key and (value := main.get(KEY)):
        key, at = value.value, search.spot(main.path, value.line)
    if not secret and (value := main.get(SECRET)):
        secret, secret_at = value.value, search.spot(main.path, value.line)
    if key and secret:
        url = search.shell.get(URL, "")
        search.places.append(Place("app", "app, by the shell", key, Secret(secret), at, secret_at, url))
    else:
        have, lack = (KEY, SECRET) if key else (SECRET, KEY)
        half = Problem(
            "keys.half", f"{have} is set in the shell, {lack} nowhere", at=at if key else secret_at
        )
        search.problems.append(half)


_SHELL_SERVER = "only a server that is started from this shell reads it"


def _env_files(search: Search, folder: Path, names: Iterable[str]) -> None:
    # The plain .env first: the others may complete themselves from it.
    plain = search.settings.env_file.name
    for name in sorted(names, key=lambda one: (one != plain, one != ".env", one)):
        path = folder / name
        if path in search.seen:
            continue
        search.seen.add(path)
        if dotenv.is_example(name):
            continue
        words = set(name.lower().removeprefix(".env").strip(".-_").split("."))
        try:
            file = dotenv.read(path)
        except ConfigError as error:
            search.unreadable(error)
            continue
        main = path == search.settings.env_file
        modes = words - _DEVELOPMENT - {""}
        other = f"{name} is for {', '.join(sorted(modes))}" if modes and not main and name != ".envrc" else ""
        _env_file(search, file, other)


def _env_file(search: Search, file: dotenv.EnvFile, other: str) -> None:
    relative = search.settings.relative(file.path)
    for value in file.values:
        if _PUBLIC.match(value.name) and value.value:
            Secret(value.value)
            search.problems.append(
                Problem(
                    "keys.public-secret",
                    f"{value.name} is built into what every browser gets",
                    "whoever has the secret makes tokens for any room",
                    Spot(relative, value.line),
                    "take it out and make a new pair: lkm keys rotate",
                )
            )
    if (keys := file.get("LIVEKIT_KEYS")) and keys.value:
        who = f"a server that gets {relative}"
        add_pairs(search, "server", who, keys.value, Spot(relative, keys.line), other=other)
    key, secret = _plain(search, file, KEY), _plain(search, file, SECRET)
    if key is None and secret is None:
        return
    at = Spot(relative, key.line) if key else None
    secret_at = Spot(relative, secret.line) if secret else None
    if key is None or secret is None:
        # Next.js and Vite read .env below .env.local: the other half may stand there.
        for place in search.places:
            if place.secret and place.env_file and place.env_file.parent == file.path.parent:
                if key is None and secret is not None:
                    search.places.append(
                        Place("app", f"app ({relative})", place.key, Secret(secret.value), place.key_at,
                              secret_at or Spot(), other=other, env_file=file.path)
                    )  # fmt: skip
                elif key is not None:
                    search.places.append(
                        Place("app", f"app ({relative})", key.value, place.secret, at or Spot(),
                              place.secret_at, other=other, env_file=file.path)
                    )  # fmt: skip
                return
        have, lack = (KEY, SECRET) if key else (SECRET, KEY)
        spot = at or secret_at or Spot(relative)
        search.problems.append(Problem("keys.half", f"{have} is set here, {lack} is not", at=spot))
        return
    url = file.get(URL)
    search.places.append(
        Place(
            "app",
            f"app ({relative})",
            key.value,
            Secret(secret.value),
            at or Spot(),
            secret_at or Spot(),
            url.value if url else "",
            other,
            file.path,
        )
    )


def _plain(search: Search, file: dotenv.EnvFile, name: str) -> dotenv.EnvValue | None:
    """A value that every reader reads alike."""
    value = file.get(name)
    if value is None or not value.value:
        return None
    if name == SECRET:
        Secret(value.value)
    if value.differs:
        spot = search.spot(file.path, value.line)
        title = f"{name} means different things to different programs"
        search.problems.append(Problem("keys.unportable", title, value.differs, spot))
        return None
    return value


def _config(search: Search, path: Path) -> None:
    """A configuration file that no Compose service was seen to mount."""
    name = search.settings.relative(path)
    try:
        document = yaml.load(path, name=name)
    except ConfigError as error:
        search.unreadable(error)
        return
    kind = re.match(r"egress|ingress|sip", path.name)
    if kind and path != search.settings.path("paths.livekit"):
        add_service(search, role_of(kind[0]), name, document, Spot(name, 1))
        return
    other = ""
    if path == search.settings.path("paths.livekit"):
        other = "`lkm up` leaves it out and takes the keys from .env"
    search.places += add_server(search, name, document, Spot(name, 1), path.parent, other=other)


def literal(settings: Settings, spot: Spot, key: str) -> bool:
    """Whether the key itself stands there, and not a variable that is filled in from elsewhere."""
    from ..core.files import read_text

    if not spot.file or spot.line is None:
        return True
    try:
        lines = read_text(settings.root / spot.file).splitlines()
    except ConfigError:
        return True
    return spot.line > len(lines) or key in lines[spot.line - 1]


def naming(found: Found, settings: Settings, key: str) -> Iterator[Place]:
    """Every place that has this key written in it, each place once; what is filled in from it is not one."""
    seen: set[str] = set()
    for place in found.places:
        at = Spot(place.key_at.file, place.key_at.line, name=place.key_at.name)
        if place.key == key and str(at) not in seen and literal(settings, at, key):
            seen.add(str(at))
            yield place


def same_server(settings: Settings, place: Place) -> bool:
    """Whether a place is about the project's own server: no LIVEKIT_URL beside it that names another."""
    from ..core.endpoint import parse_url
    from ..core.errors import UsageError
    from .keys import find_url

    if not place.url:
        return True
    try:
        own, other = parse_url(find_url(settings)[0]), parse_url(place.url)
    except (UsageError, ConfigError):
        return True
    # Inside Compose's network the same server has another name: `ws://livekit:7880`.
    inside = "." not in other.host and ":" not in other.host
    return inside or (own.loopback and other.loopback) or (own.host, own.port) == (other.host, other.port)
