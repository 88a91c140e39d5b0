"""API keys inside YAML texts: LIVEKIT_KEYS, key files, livekit.yaml, egress.yaml; each with its line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ..code import yaml
from ..core.errors import ConfigError
from ..core.secret import Secret
from . import key_pairs
from .configcheck import secrets
from .configcheck.tree import NotYamlError, parse


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value is written.

    Args:
        file: relative to the project; empty for what is in no file.
        origins: where it was put together from: ``.env:3``.
        name: what is in no file by name: ``LIVEKIT_API_KEY (shell)``.
    """

    file: str = ""
    line: int | None = None
    origins: tuple[str, ...] = ()
    name: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file or self.name
        return f"{where} (from {', '.join(self.origins)})" if self.origins else where


@dataclass(frozen=True, slots=True)
class Written:
    """A key, perhaps with its secret, and where each is written."""

    key: str
    secret: Secret | None
    key_at: Spot
    secret_at: Spot


@dataclass(frozen=True, slots=True)
class ServerText:
    """What a server configuration says about keys."""

    keys: tuple[Written, ...] = ()
    key_file: tuple[str, Spot] | None = None
    webhook: Written | None = None


def _spot(base: Spot, line: int) -> Spot:
    return Spot(base.file, base.line + line - 1 if base.line else None, base.origins, base.name)


def pairs(text: str, base: Spot, what: str) -> tuple[Written, ...]:
    """The pairs of LIVEKIT_KEYS or of a key file, as livekit-server 1.13.5 reads them.

    Args:
        base: where the text begins.
        what: how errors call it.

    Raises:
        ConfigError: it is no YAML mapping: the server refuses it.
    """
    remember(text)
    found = key_pairs.of_variable(text) if what == "LIVEKIT_KEYS" else key_pairs.of_file(text)
    if found.refusal == "not YAML":
        raise ConfigError(f"{base}: {what} is not YAML", code="keys.yaml", detail="the server refuses it")
    if found.refusal == "not `key: secret`":
        raise ConfigError(
            f"{base}: {what} is not `key: secret`",
            code="keys.spacing",
            detail="a space after the colon belongs to it: without one it is a plain text, no pair",
        )
    if found.refusal:
        said = f"{base}: {what}: {found.refusal} (its line {found.line})"
        raise ConfigError(said, code="keys.yaml", detail="the server refuses it")
    return tuple(
        Written(pair.key, Secret(pair.secret), _spot(base, pair.key_line), _spot(base, pair.secret_line))
        for pair in found.pairs
    )


def remember(text: str) -> None:
    """Whatever may be a secret in a text of pairs is masked from here on, in errors about it too."""
    for line in text.splitlines():
        _, _, value = line.partition(":")
        for each in (value.strip(), value.strip().strip("\"'")):
            if len(each) >= 16:
                Secret(each)
    with suppress(NotYamlError):
        secrets.remember_tree(parse(text).root, "pairs")


def _pairs_at(document: yaml.Document, path: str, base: Spot) -> tuple[Written, ...]:
    found: list[Written] = []
    top = document.find(path)
    if top is None or top.kind != "mapping":
        return ()
    for key, value in top.node.value:
        if yaml.kind_of(key) != "scalar" or yaml.kind_of(value) != "scalar":
            continue
        text = str(value.value)  # a number too: in a configuration the server takes it as it is written
        at = _spot(base, key.start_mark.line + 1)
        found.append(Written(key.value, Secret(text), at, _spot(base, value.start_mark.line + 1)))
    return tuple(found)


def server_text(document: yaml.Document, base: Spot) -> ServerText:
    """`keys:`, `key_file:` and `webhook.api_key` of a server configuration."""
    key_file = document.find("key_file")
    webhook = document.find("webhook.api_key")
    named = None
    if webhook is not None and isinstance(webhook.value, str) and webhook.value:
        at = _spot(base, webhook.line)
        named = Written(webhook.value, None, at, at)
    return ServerText(
        _pairs_at(document, "keys", base),
        (str(key_file.value), _spot(base, key_file.line)) if key_file and key_file.value else None,
        named,
    )


def service_text(document: yaml.Document, base: Spot) -> tuple[Written | None, str]:
    """`api_key` and `api_secret` of an egress, ingress or SIP configuration, and its `ws_url`."""
    key, secret, url = (document.find(name) for name in ("api_key", "api_secret", "ws_url"))
    where = str(url.value) if url and isinstance(url.value, str) else ""
    if key is None or not isinstance(key.value, str) or not key.value:
        return None, where
    value = secret.value if secret and isinstance(secret.value, str) and secret.value else None
    return (
        Written(
            key.value,
            Secret(value) if value else None,
            _spot(base, key.line),
            _spot(base, secret.line if secret else key.line),
        ),
        where,
    )
