"""Which API keys a start gives its server: a key file, --keys or LIVEKIT_KEYS, the configuration's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.errors import ConfigError
from ...core.files import read_text
from ...core.secret import Secret
from ...core.settings import Settings
from .. import key_pairs
from ..key_search import taken_apart
from ..key_texts import Spot, remember
from ..keys import SHORTEST_SECRET
from .options import Given, Options, Trouble
from .starts import Start
from .words import Word

_LIMIT = 1024 * 1024
_FORM = "one pair a line: key, colon, space, secret"
_SPACE = "a space after the colon belongs to it: without one it is a plain text, no pair"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a server gets.

    Args:
        pairs: key → secret; None where they are not known, or the configuration's own count.
        judged: whether it has keys was looked at here.
        file: they come from a key file.
    """

    pairs: Mapping[str, str] | None
    troubles: tuple[Trouble, ...] = ()
    judged: bool = True
    file: bool = False


def of_start(
    start: Start, options: Options, settings: Settings, written: Mapping[str, Any], at: Spot
) -> Keys:
    """Which keys count, and what is wrong with them.

    A key file wins over --keys, that over LIVEKIT_KEYS, and each of them replaces the configuration's
    `keys` as a whole, an empty LIVEKIT_KEYS too (run with 1.13.5).

    Args:
        written: keys of the configuration's text with their values.
        at: where that text stands.
    """
    given = options.given.get("keys")
    named = options.given.get("key-file") or options.given.get("key_file")
    path = named.at.having(named.text) if named is not None and named.text else None
    if path is None and isinstance(text := written.get("key_file"), str) and text:
        path = Word(text, at)
    if path is not None:
        # It wins, but LIVEKIT_KEYS must be readable all the same.
        refused = given is not None and key_pairs.of_variable(given.text).refusal and not given.at.unknown
        beside = _variable(given, options, written).troubles if given is not None and refused else ()
        found = _key_file(start, path, settings)
        return replace(found, troubles=(*beside, *found.troubles), file=True)
    if given is not None:
        return _variable(given, options, written)
    if written.get("keys") or not start.complete or _development(options, written):
        return Keys(None, judged=start.complete)
    title = "no API key: nothing sets keys, a key file, LIVEKIT_KEYS or --keys"
    fix = "make one: lkm keys new; give it as LIVEKIT_KEYS"
    return Keys(
        {}, (Trouble("config.keys-missing", "fail", title, Word("", start.at), _REFUSES, fix, "keys"),)
    )


_REFUSES = "the server does not start without one"


def _development(options: Options, written: Mapping[str, Any]) -> bool:
    dev = options.given.get("dev") or options.given.get("development")
    return bool(dev.value) if dev is not None else written.get("development") is True


def _variable(given: Given, options: Options, written: Mapping[str, Any]) -> Keys:
    if given.at.unknown:
        title = f"API keys in {given.spelled}"
        reason = f"not judged: {given.at.unknown}"
        return Keys(None, (Trouble("config.keys-elsewhere", "skip", title, given.at, reason),))
    remember(given.text)
    found = key_pairs.of_variable(given.text)
    if found.refusal:
        title = f"{given.spelled} is no text of `key: secret` pairs"
        detail = f"{found.refusal}; {_SPACE}"
        return Keys({}, (Trouble("config.keys-form", "fail", title, given.at, detail, _FORM, "keys"),))
    told = []
    for one in found.dropped:
        title = (
            f"{given.spelled}: the secret of {one.key} is {one.read_as} to YAML: the server drops the pair"
        )
        fix, detail = "put the secret in quotes", "it says nothing of it"
        told.append(Trouble("config.key-dropped", "warn", title, given.at, detail, fix, "keys"))
    told += _short(found.pairs, given.at, given.spelled)
    if not found.pairs and not _development(options, written):
        beaten = " and it replaces the configuration's own keys" if written.get("keys") else ""
        title = f"{given.spelled} gives no key{beaten}"
        fix = "give it a pair, or take it out"
        told.append(Trouble("config.keys-missing", "fail", title, given.at, _REFUSES, fix, "keys"))
    return Keys({pair.key: pair.secret for pair in found.pairs}, tuple(told))


def _short(pairs: tuple[key_pairs.Line, ...], at: Word, where: str) -> Iterator[Trouble]:
    for pair in pairs:
        Secret(pair.secret)
        if (length := len(pair.secret.encode())) < SHORTEST_SECRET:
            title = f"{where} gives {pair.key} a secret of {length} characters"
            detail = f"the server asks for {SHORTEST_SECRET}, logs an error and starts"
            yield Trouble("config.short-secret", "warn", title, at, detail, "lkm keys rotate", "keys")


def _key_file(start: Start, word: Word, settings: Settings) -> Keys:
    path = None if word.unknown else start.file(word.text)
    if path is None:
        why = f"cannot be looked at: {word.unknown or 'nothing of this machine is mounted there'}"
        return Keys(None, (Trouble("config.keys-elsewhere", "skip", f"key file {word.text}", word, why),))
    name = settings.relative(path)
    if not os.path.lexists(path):
        title = f"key file {name}: no such file"
        return Keys({}, (Trouble("config.key-file", "fail", title, word, _REFUSED, key="key_file"),))
    here = Word("", Spot(name, 1))
    told = []
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007:
            title = f"others may use the key file (mode {mode:04o})"
            fix = f"chmod o= {name}"
            told.append(Trouble("config.key-file-mode", "fail", title, here, _REFUSED, fix, "key_file"))
        text = read_text(path, what="key file", limit=_LIMIT)
    except (OSError, ConfigError) as error:
        why = taken_apart(error)[2] if isinstance(error, ConfigError) else str(error.strerror).lower()
        return Keys(None, (*told, Trouble("config.unreadable", "skip", f"key file {name}", word, why)))
    remember(text)
    found = key_pairs.of_file(text)
    if found.refusal:
        title, at = "the key file is no text of `key: secret` pairs", Word("", Spot(name, found.line))
        detail = f"{found.refusal}; {_SPACE}"
        told.append(Trouble("config.keys-form", "fail", title, at, detail, _FORM, "key_file"))
    elif not found.pairs:
        title = "the key file has no pair"
        told.append(Trouble("config.keys-missing", "fail", title, here, _REFUSES, key="key_file"))
    for pair in found.pairs:
        told += _short((pair,), Word("", Spot(name, pair.secret_line)), "the key file")
    return Keys({pair.key: pair.secret for pair in found.pairs}, tuple(told))


_REFUSED = "the server does not start with it"
