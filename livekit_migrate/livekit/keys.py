"""API keys: make a pair, find the one that counts, plan the .env that holds it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..code import env as dotenv
from ..core.errors import ConfigError
from ..core.secret import PLACEHOLDERS, Secret
from ..core.settings import Settings

if TYPE_CHECKING:
    from ..core.changes import ChangeSet

KEY = "LIVEKIT_API_KEY"
SECRET = "LIVEKIT_API_SECRET"  # noqa: S105 - the variable's name
URL = "LIVEKIT_URL"

SHORTEST_SECRET = 32
"""Characters; below it livekit-server 1.13.5 logs an error, and serves all the same."""


class KeyPair(NamedTuple):
    """An API key and its secret."""

    key: str
    secret: Secret


class FoundPair(NamedTuple):
    """The pair that counts, and where each half came from: ``LIVEKIT_API_KEY (shell)``, ``.env:3``.

    Args:
        shadowed: what is set as well and does not count, each with the reason.
        notes: what is allowed and unwise about it.
    """

    pair: KeyPair
    key_origin: str
    secret_origin: str
    shadowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def new_pair() -> KeyPair:
    """A random pair: ``API`` and 12 letters or digits; 43 URL-safe characters (256 bits)."""
    import secrets
    import string

    key = "API" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))
    # It must begin with a letter: a leading `-` looks like an option, and what YAML (LIVEKIT_KEYS) takes
    # for a number the server drops.
    while not (secret := secrets.token_urlsafe(32))[0].isalpha():
        pass
    return KeyPair(key, Secret(secret))


def find_pair(settings: Settings, env: Mapping[str, str] = os.environ) -> FoundPair:
    """The pair that counts: each variable from the shell's environment, else from the project's .env.

    Raises:
        ConfigError: there is none, or half of one, or a value that Docker Compose would read differently;
            with file and line, and the next command.
    """
    file = dotenv.read(settings.env_file)
    name = settings.relative(settings.env_file)
    key, key_origin = _one(KEY, file, name, env)
    secret, secret_origin = _one(SECRET, file, name, env)
    if key is None or secret is None:
        raise _missing(key_origin, secret_origin, file, name)
    pair = KeyPair(key, Secret(secret))
    shadowed = (*_shadowed(KEY, file, name, env), *_shadowed(SECRET, file, name, env))
    return FoundPair(pair, key_origin, secret_origin, shadowed, _notes(pair, file, name, env))


def find_url(settings: Settings, env: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The server's address and where it came from; without one the local server's.

    Raises:
        ConfigError: the .env cannot be read, or Docker Compose would read another address.
    """
    file = dotenv.read(settings.env_file)
    value, origin = _one(URL, file, settings.relative(settings.env_file), env)
    return (value, origin) if value is not None else (default_url(settings), "default")


def default_url(settings: Settings) -> str:
    """Where `lkm up` serves."""
    return f"ws://localhost:{settings.number('ports.signal')}"


def ensure_pair(
    settings: Settings, env: Mapping[str, str] = os.environ
) -> tuple[FoundPair, ChangeSet | None]:
    """The pair that counts; where there is none at all, a new one and the plan that writes it.

    Raises:
        ConfigError: as ``find_pair``, but for the case that both halves are missing.
    """
    try:
        return find_pair(settings, env), None
    except ConfigError as error:
        if error.code != "keys.missing":
            raise
    pair = new_pair()
    plan = plan_pair(settings, pair, title="lkm up")
    name = settings.relative(settings.env_file)
    written = dotenv.parse(plan.changes[0].after or b"", settings.env_file)
    origins = [f"{name}:{value.line}" for value in (written.get(KEY), written.get(SECRET)) if value]
    return FoundPair(pair, origins[0], origins[1]), plan


def plan_pair(settings: Settings, pair: KeyPair, *, title: str, force: bool = False) -> ChangeSet:
    """The change of .env that holds the pair, and LIVEKIT_URL where there is none.

    A new file is 0600; an old one keeps its mode, except that nobody else may read it.

    Raises:
        ConfigError: it holds a pair already and ``force`` is False; or it cannot be read or edited.
    """
    from ..core.changes import ChangeSet, change

    path = settings.env_file
    name = settings.relative(path)
    file = dotenv.read(path)
    taken = [v for v in (file.get(KEY), file.get(SECRET)) if v is not None and v.value]
    if taken and not force:
        raise ConfigError(
            f"{name}:{taken[0].line}: {taken[0].name} is set already",
            code="keys.exist",
            detail="a new pair makes every token of the old one invalid, and the server must start again",
            hint="replace it: lkm keys new --force; or print a pair and write nothing: lkm keys new --stdout",
        )
    for value in taken:
        if value.name == SECRET:
            Secret(value.value)  # masked from here on, the diff included
    if not file.text:
        file = file.with_text("# Secrets of this project: not for version control.\n")
    file = file.set(KEY, pair.key).set(SECRET, pair.secret.reveal())
    if not (url := file.get(URL)) or not url.value:
        file = file.set(URL, default_url(settings))
    mode = 0o600
    if path.exists() and os.name == "posix":  # elsewhere these bits say nothing about who may read
        mode = stat.S_IMODE(path.stat().st_mode)
        mode = 0o600 if mode & 0o077 else mode
    return ChangeSet(title, settings.root, (change(path, file.to_bytes(), mode=mode, secret=True),))


def server_env(*pairs: KeyPair) -> dict[str, str]:
    """Pairs as livekit-server's environment takes them: YAML, one `key: secret` a line, quoted if need be."""
    from ..code.scalar import scalar

    lines = (f"{scalar(pair.key)}: {scalar(pair.secret.reveal())}" for pair in pairs)
    return {"LIVEKIT_KEYS": "\n".join(lines)}


def pairs_in(text: str) -> tuple[KeyPair, ...]:
    """The pairs of a LIVEKIT_KEYS, in its order; none where it holds none that can be read."""
    import yaml

    try:
        # BaseLoader gives strings only, no objects.
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
        return tuple(KeyPair(str(key), Secret(str(secret))) for key, secret in found.items())
    except (yaml.YAMLError, AttributeError):
        return ()


def _one(variable: str, file: dotenv.EnvFile, name: str, env: Mapping[str, str]) -> tuple[str | None, str]:
    """A variable's value and origin; None when nobody sets it."""
    if variable in env:
        origin = f"{variable} (shell)"
        value, where = env[variable], f"{variable} in the shell's environment"
        if not _is_text(value):
            raise ConfigError(
                f"{where} holds bytes that are not UTF-8",
                code="keys.unportable",
                detail="no program that reads it later would read the same",
                hint=f"set it anew, or: unset {variable}",
            )
        if not value:
            raise ConfigError(
                f"{where} is empty",
                code="keys.empty",
                detail=f"an empty variable hides the one in {name}, for Docker Compose as well",
                hint=f"unset {variable}",
            )
    else:
        found = file.get(variable)
        if found is None or not found.value:
            if found is None and (broken := file.mentions(variable)):
                raise ConfigError(
                    f"{name}:{broken.line}: {variable} is there, but gives no value",
                    code="keys.unportable",
                    detail=broken.why,
                    hint=f"mend that line ({variable}=…, without quotes), or {_mend(variable)}",
                )
            return None, ""
        origin = where = f"{name}:{found.line}"
        value = found.value
        if variable == SECRET:
            Secret(value)  # masked, also in what is raised below
        if found.differs:
            raise ConfigError(
                f"{where}: {variable} means different things to different programs",
                code="keys.unportable",
                detail=found.differs,
                hint=_mend(variable),
            )
    if value != value.strip() or re.search(r"[\x00-\x1f\x7f]", value):
        if variable == SECRET:
            Secret(value)
        raise ConfigError(
            f"{where}: {variable} holds a line break, a tab, or spaces at its end"
            if variable not in where
            else f"{where} holds a line break, a tab, or spaces at its end",
            code="keys.unportable",
            detail="no program that reads it later would read the same",
            hint=_mend(variable),
        )
    return value, origin


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # how Python carries bytes of the environment that are no text
        return False
    return True


def _mend(variable: str) -> str:
    if variable == URL:
        return f"write it plainly: {URL}=ws://localhost:7880"
    return "make a pair that every program reads alike: lkm keys new --force"


def _missing(key_origin: str, secret_origin: str, file: dotenv.EnvFile, name: str) -> ConfigError:
    if not key_origin and not secret_origin:
        there = f"{name} does not set it" if file.exists else f"{name} does not exist"
        return ConfigError(
            f"no {KEY}: it is not in the shell's environment, and {there}",
            code="keys.missing",
            hint="make one: lkm keys new",
        )
    have, origin, lack = (KEY, key_origin, SECRET) if key_origin else (SECRET, secret_origin, KEY)
    return ConfigError(
        f"{lack} is missing: {have} is set ({origin}), its other half is not",
        code="keys.half",
        detail=f"looked in the shell's environment and in {name}",
        hint=f"set {lack} too, or make a new pair: lkm keys new --force",
    )


def _shadowed(variable: str, file: dotenv.EnvFile, name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    values = file.all(variable)
    if variable in env:
        return tuple(f"{name}:{v.line} is ignored: the shell's {variable} wins" for v in values)
    return tuple(
        f"{name}:{v.line} is ignored: {variable} comes again in line {values[-1].line}" for v in values[:-1]
    )


def _notes(pair: KeyPair, file: dotenv.EnvFile, name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    secret = pair.secret.reveal()
    notes: list[str] = []
    if secret.lower() in PLACEHOLDERS:
        notes.append(f"{SECRET} is a placeholder that anybody can guess: lkm keys new --force")
    elif len(secret) < SHORTEST_SECRET:
        notes.append(
            f"{SECRET} has {len(secret)} characters; the server asks for {SHORTEST_SECRET} "
            "and logs an error: lkm keys new --force"
        )
    if not _plain(pair.key) or not _plain(secret):
        notes.append(
            "a LIVEKIT_KEYS that Docker Compose puts together from this pair is read differently by YAML: "
            "lkm keys new --force"
        )
    mine = file.get(KEY)
    if KEY in env and SECRET not in env and mine and mine.value != pair.key:
        notes.append(
            f"{KEY} comes from the shell, {SECRET} from {name}, which has another key in line {mine.line}: "
            f"set both in the shell, or unset {KEY}"
        )
    return tuple(notes)


def _plain(value: str) -> bool:
    """Whether YAML reads the unquoted value as that very string."""
    if len(value) > 5 and value[0].isalpha() and value.replace("-", "").replace("_", "").isalnum():
        return True
    from ..code.scalar import is_plain

    return is_plain(value)
