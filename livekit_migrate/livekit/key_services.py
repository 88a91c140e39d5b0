"""API keys that Compose hands to its services: servers, egress, ingress, SIP, and apps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..code import compose, yaml
from ..code.compose import Service
from ..code.compose_values import Value
from ..core.errors import ConfigError
from ..core.secret import Secret
from .key_search import (
    Place,
    Problem,
    Search,
    add_pairs,
    add_server,
    add_service,
    in_container,
    key_file,
    role_of,
)
from .key_texts import Spot
from .keys import KEY, SECRET, URL

_SERVER = re.compile(r"(?:^|/)livekit-server(?::|@|$)")
_SIDE = re.compile(r"(?:^|/)(egress|ingress|sip)(?::|@|$)")
_BODY = {"EGRESS_CONFIG_BODY": "egress", "INGRESS_CONFIG_BODY": "ingress", "SIP_CONFIG_BODY": "sip"}
_FILE = {"EGRESS_CONFIG_FILE": "egress", "INGRESS_CONFIG_FILE": "ingress", "SIP_CONFIG_FILE": "sip"}


def in_compose(search: Search, folder: Path) -> None:
    """Add the places of the Compose files in a folder, if there are any."""
    stack = compose.read(folder, search.shell, root=search.settings.root)
    for problem in stack.problems:
        if "/.env:" not in f"/{problem.message}":  # said where the .env's own turn comes
            search.unreadable(problem)
    for service in stack.services:
        if _is_server(service):
            _server(search, service)
        else:
            _client(search, service)


def _is_server(service: Service) -> bool:
    words = [Path(word.text).name for word in service.command[:2]]
    return bool(
        _SERVER.search(service.image)
        or "livekit-server" in words
        or {"LIVEKIT_KEYS", "LIVEKIT_CONFIG"} & set(service.environment)
    )


def _who(service: Service) -> str:
    return f"compose service {service.name}"


def _spot(search: Search, value: Value) -> Spot:
    return search.spot(value.file, value.line, tuple(dict.fromkeys(value.origins)))


def _refused(search: Search, value: Value) -> bool:
    if value.refusal:
        # Not `NAME: …`: what follows LIVEKIT_KEYS and a colon is masked as a secret.
        title = f"Compose refuses the file: {value.refusal}"
        search.problems.append(Problem("keys.unresolved", title, at=search.spot(value.file, value.line)))
    return bool(value.refusal)


def _server(search: Search, service: Service) -> None:
    """What wins in livekit-server 1.13.5: a key file, then --keys or LIVEKIT_KEYS, then the file's `keys`."""
    who, options = _who(service), dict(_options(service.command))
    text = options.get("--keys") or service.environment.get("LIVEKIT_KEYS")
    named = options.get("--key-file")
    from_config = tuple(_from_config(search, service, who, options))
    configured_file = any(place.who.endswith("key_file") for place in from_config)
    if named is not None:
        if path := in_container(named.text, service.mounts):
            search.places += key_file(search, who, path)
        else:
            title = f"key file {named.text} is not on this machine"
            search.problems.append(Problem("keys.key-file", title, at=_spot(search, named)))
        return
    if configured_file or text is None:
        search.places += from_config
        if not from_config and "--dev" in options:
            at = _spot(search, options["--dev"])
            search.places.append(Place("server", f"{who}, --dev", "devkey", Secret("secret"), at, at))
        return
    search.places += [_hidden(place) for place in from_config]
    if not _refused(search, text):
        add_pairs(search, "server", who, text.text, _spot(search, text))


def _hidden(place: Place) -> Place:
    from dataclasses import replace

    return replace(place, other="LIVEKIT_KEYS of its service wins over it")


def _options(words: tuple[Value, ...]) -> Iterator[tuple[str, Value]]:
    """`--name value` and `--name=value`; one dash does as well."""
    from dataclasses import replace

    for index, word in enumerate(words):
        name, equals, text = word.text.partition("=")
        if name.startswith("-"):
            name = "--" + name.lstrip("-")
            if equals:
                yield name, replace(word, text=text)
            else:
                yield name, words[index + 1] if index + 1 < len(words) and name != "--dev" else word


def _from_config(search: Search, service: Service, who: str, options: Mapping[str, Value]) -> Iterator[Place]:
    """The pairs of the configuration that the service gets as text or as a mounted file."""
    body = options.get("--config-body") or service.environment.get("LIVEKIT_CONFIG")
    if body is not None and not _refused(search, body):
        spot = _spot(search, body)
        document = _document(search, body.text, spot, "LIVEKIT_CONFIG")
        if document is not None:
            yield from add_server(
                search, f"{who}, LIVEKIT_CONFIG", document, spot, body.file.parent, mounts=service.mounts
            )
        return
    file = options.get("--config")
    path = in_container(file.text, service.mounts) if file is not None else None
    if path is None or not path.is_file():
        return
    search.seen.add(path)
    name = search.settings.relative(path)
    try:
        document = yaml.load(path, name=name)
    except ConfigError as error:
        search.unreadable(error)
        return
    whose = f"{who}, {name}"
    yield from add_server(search, whose, document, Spot(name, 1), path.parent, mounts=service.mounts)


def _document(search: Search, text: str, spot: Spot, what: str) -> yaml.Document | None:
    try:
        return yaml.parse(text, str(spot))
    except ConfigError:
        search.problems.append(Problem("keys.yaml", f"{what} is not YAML", "nobody can read it", spot))
        return None


def _client(search: Search, service: Service) -> None:
    """A service that talks to the server: an app, or one of LiveKit's own."""
    who = _who(service)
    for name, role in _BODY.items():
        if (body := service.environment.get(name)) and not _refused(search, body):
            spot = _spot(search, body)
            document = _document(search, body.text, spot, name)
            if document is not None:
                add_service(search, role_of(role), f"{who}, {name}", document, spot)
    for name, role in _FILE.items():
        if file := service.environment.get(name):
            path = in_container(file.text, service.mounts)
            if path is not None and path.is_file() and path not in search.seen:
                search.seen.add(path)
                shown = search.settings.relative(path)
                try:
                    add_service(
                        search, role_of(role), f"{who}, {shown}", yaml.load(path, name=shown), Spot(shown, 1)
                    )
                except ConfigError as error:
                    search.unreadable(error)
    key, secret = service.environment.get(KEY), service.environment.get(SECRET)
    if secret is not None and secret.text:
        Secret(secret.text)
    if not key or not secret or _refused(search, key) or _refused(search, secret):
        return
    if not key.text and not secret.text:
        return
    if not key.text or not secret.text:
        have, lack = (KEY, SECRET) if key.text else (SECRET, KEY)
        at = _spot(search, secret if key.text else key)
        search.problems.append(Problem("keys.half", f"{who} gets {have}, its {lack} is empty", at=at))
        return
    side = _SIDE.search(service.image)
    url = service.environment.get(URL)
    search.places.append(
        Place(
            role_of(side[1]) if side else "app",
            who,
            key.text,
            Secret(secret.text),
            _spot(search, key),
            _spot(search, secret),
            url.text if url else "",
        )
    )
