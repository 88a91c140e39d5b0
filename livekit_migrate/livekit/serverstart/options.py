"""A livekit-server's command line and environment, as its own parser (urfave/cli) takes them apart.

Run with 1.13.5: an option beats its variable, a variable beats the configuration; the last of a repeated
option counts; what is no option is ignored; an empty variable is a value (0, false, or an empty text).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...core.result import Status
from ...core.secret import MASK
from ..configcheck import gonumbers
from ..configcheck.schema import Flag, Schema, Type
from .values import parsed, port_range
from .words import Word

# Read by the server's own program, or by what starts it; no options.
_OTHERS = frozenset({"LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"})
_VERSION_3 = (1, 9, 0)
"""From here on the parser is urfave/cli v3."""


class Given(NamedTuple):
    """An option that was given.

    Args:
        flag: which one.
        text: as it was written.
        value: as the server takes it; None where it is refused, ignored, or not known here.
        at: where it is written.
        spelled: ``--port``, ``LIVEKIT_PORT``.
    """

    flag: Flag
    text: str
    value: Any
    at: Word
    spelled: str

    def __repr__(self) -> str:
        return f"Given({self.spelled}, {len(self.text)} characters)"  # it may be a secret

    @property
    def counts(self) -> bool:
        """Whether its value replaces what the configuration says."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with an option or a variable. ``id`` is that of the finding."""

    id: str
    status: Status
    title: str
    at: Word
    detail: str = ""
    fix: str = ""
    key: str = ""


@dataclass
class Options:
    """A command line and an environment taken apart.

    Args:
        kinds: key of the configuration → its type.
        given: main name of the option → what counts.
        beaten: variables that an option of the command line beats.
        subcommand: such as ``ports``: then no server starts.
    """

    kinds: Mapping[str, Type] = field(default_factory=dict, repr=False)
    given: dict[str, Given] = field(default_factory=dict)
    beaten: list[Given] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    subcommand: str = ""

    def text(self, name: str) -> str | None:
        """The text of an option that was given."""
        found = self.given.get(name)
        return None if found is None else found.text

    def setters(self) -> dict[str, Given]:
        """Key of the configuration → the option that sets it."""
        given = (one for one in self.given.values() if one.counts)
        # --dev brings keys only where there are none.
        return {
            key: one for one in given for key in one.flag.sets if (key, one.flag.type) != ("keys", "bool")
        }


_SUBCOMMANDS = frozenset(
    {"generate-keys", "ports", "create-join-token", "list-nodes", "help-verbose", "help", "h"}
)


def read(
    words: tuple[Word, ...],
    environment: Mapping[str, Word],
    schema: Schema,
    others: Sequence[Schema] = (),
) -> Options:
    """Take both apart.

    Args:
        words: what follows the program's name.
        schema: of the server's version, or of the nearest one that is known.
        others: where it is not known exactly: what any of these versions has is not called unknown.
    """
    options = Options(dict(schema.leaves()))
    by_name = {name: flag for each in (*others, schema) for flag in each.flags for name in flag.names}
    _command_line(options, words, by_name, ends=schema.release < _VERSION_3)
    _environment(options, environment, schema, others)
    return options


def _command_line(
    options: Options, words: tuple[Word, ...], by_name: Mapping[str, Flag], *, ends: bool
) -> None:
    """Take the words apart. ``ends``: a word that is no option ends the options."""
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word.text == "--":
            return
        match = re.fullmatch(r"-{1,2}(?P<name>[^-=][^=]*)(?P<equals>=?)(?P<text>.*)", word.text, re.DOTALL)
        if match is None:
            if word.text.startswith("--"):
                options.troubles.append(_unknown(word, word.text.partition("=")[0], by_name))
            elif word.text in _SUBCOMMANDS and not options.subcommand:
                options.subcommand = word.text
                return
            elif word.text not in ("-", ""):
                _stray(options, word, words, ends=ends and bool(waiting))
            if ends:
                return
            continue
        name, flag = match["name"], by_name.get(match["name"])
        if flag is None:
            if name in ("help", "h", "version", "v"):
                options.subcommand = name
                return
            options.troubles.append(_unknown(word, f"--{name}", by_name))
            if not match["equals"] and waiting and not waiting[0].text.startswith("-"):
                waiting.pop(0)  # its value
            continue
        if match["equals"]:
            value = word.having(match["text"])
        elif flag.type == "bool":
            value = word.having("true")
        elif not waiting:
            text = f"{word.text}: its value is missing"
            options.troubles.append(Trouble("config.option-argument", "fail", text, word, _REFUSES, key=name))
            continue
        else:
            value = waiting.pop(0)
        _take(options, flag, value, f"--{flag.names[0]}")


_REFUSES = "the server refuses the whole command line"


def _unknown(word: Word, name: str, by_name: Mapping[str, Flag]) -> Trouble:
    near = difflib.get_close_matches(
        name.lstrip("-"), [each for each in by_name if len(each) > 1], n=1, cutoff=0.6
    )
    fix = f"did you mean --{near[0]}?" if near else ""
    return Trouble(
        "config.option-unknown", "fail", f"{name}: no option of livekit-server", word, _REFUSES, fix
    )


_SECRETS = re.compile(r"-{1,2}(?!key-?_?file)[^=]*(?:key|secret|password)", re.IGNORECASE)


def _stray(options: Options, word: Word, words: tuple[Word, ...], *, ends: bool) -> None:
    before = words[words.index(word) - 1].text if word in words and words.index(word) else ""
    if word.text.lower() in ("true", "false") and before.startswith("-"):
        # `--dev false` turns it on.
        title = f"{before} {word.text}: the word after the option is ignored, the option is on"
        fix = f"{before}={word.text.lower()}"
    else:
        more = " and all that follows" if ends else ""
        # `--keys API…: secret` without quotes: the secret is a word of its own.
        at = next((number for number, one in enumerate(words) if one is word), 0)
        shown = MASK if any(_SECRETS.match(one.text) for one in words[:at]) else word.shown
        title, fix = f"{shown}: no option; the server ignores it{more}", "take it out"
    options.troubles.append(Trouble("config.option-stray", "warn", title, word, fix=fix))


def _environment(
    options: Options, environment: Mapping[str, Word], schema: Schema, others: Sequence[Schema]
) -> None:
    read_by: dict[str, Flag] = {}
    for flag in schema.flags:
        for number, name in enumerate(flag.env):
            read_by[name] = flag
            if name not in environment or any(earlier in environment for earlier in flag.env[:number]):
                continue
            _variable(options, flag, environment[name], name, schema)
    known = {name for each in others for flag in each.flags for name in flag.env} | set(read_by) | _OTHERS
    for name, word in environment.items():
        if name.startswith("LIVEKIT_") and name not in known:
            options.troubles.append(_unread(name, word, schema, read_by))


def _variable(options: Options, flag: Flag, word: Word, name: str, schema: Schema) -> None:
    main = flag.names[0]
    if main in options.given:
        options.beaten.append(Given(flag, word.text, None, word, name))
        # It is parsed all the same only where it counts (run).
        return
    if word.text == "" and flag.type not in ("string", "bool"):
        if schema.release < _VERSION_3:
            return
        key = flag.sets[0] if flag.sets else main
        title = f"{name} is empty: the server takes it as {'nothing' if flag.type == '[]string' else '0'}"
        fix = f"take {name} out where it has no value"
        options.troubles.append(
            Trouble("config.variable-empty", "warn", title, word, f"it sets {key}", fix, key)
        )
    _take(options, flag, word, name)


def _unread(name: str, word: Word, schema: Schema, read_by: Mapping[str, Flag]) -> Trouble:
    path = next(
        (key for key, _ in schema.leaves() if f"LIVEKIT_{key.upper().replace('.', '_')}" == name), None
    )
    by_key = next((flag for flag in schema.flags if path and path in flag.sets), None)
    if by_key is not None:
        other = by_key.env[0] if by_key.env else f"the option --{by_key.names[0]}"
        fix = f"{path} is set by {other}, or in the configuration"
    elif path is not None:
        fix = f"set {path} in the configuration: it has no variable"
    else:
        near = difflib.get_close_matches(name, list(read_by), n=1, cutoff=0.8)
        fix = f"did you mean {near[0]}?" if near else ""
    title = f"{name}: livekit-server {schema.version} reads no variable of that name"
    return Trouble("config.variable-unknown", "warn", title, word, "it is ignored without a word", fix, name)


def _take(options: Options, flag: Flag, word: Word, spelled: str) -> None:
    """Parse one value and enter it."""
    main = flag.names[0]
    if word.unknown:
        options.given[main] = Given(flag, word.text, None, word, spelled)
        return
    value, why = parsed(flag.type, word.text)
    if why:
        said = f"{spelled}: {word.shown!r} is {why}"
        fix = _SECONDS if flag.type == "int64" and gonumbers.duration(word.text) is not None else ""
        if fix and (nanoseconds := gonumbers.duration(word.text)) is not None:
            fix = f"{fix}: {nanoseconds}"
        options.troubles.append(Trouble("config.option-value", "fail", said, word, _REFUSED, fix, main))
    if flag.type == "[]string" and main in options.given and not spelled.isupper():
        earlier = options.given[main].value
        value = [*(earlier if isinstance(earlier, list) else []), *(value or [])]
    elif main == "udp-port" or (main == "node-ip" and options.kinds["rtc.node_ip"].kind != "string"):
        value = _ignored(options, main, word, spelled)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = _fitted(options, flag, value, word, spelled)
    options.given[main] = Given(flag, word.text, value, word, spelled)


def _fitted(options: Options, flag: Flag, value: int, word: Word, spelled: str) -> int:
    """The number as the key holds it: what is too large for it goes round (run)."""
    kind = options.kinds.get(flag.sets[0]) if flag.sets else None
    if kind is not None and kind.kind == "duration" and 0 < value < _MILLISECOND:
        title = f"{spelled}: {value} nanoseconds"
        detail = "a number without a unit is nanoseconds here"
        fix = f"{value} s are {value * 1000 * _MILLISECOND}"
        trouble = Trouble("config.option-nanoseconds", "warn", title, word, detail, fix, flag.sets[0])
        options.troubles.append(trouble)
    if kind is None or not kind.bits:
        return value
    value %= 1 << kind.bits
    return value - (1 << kind.bits) if kind.kind == "int" and value >> (kind.bits - 1) else value


_MILLISECOND = 10**6
"""Nanoseconds."""


_REFUSED = "the server does not start with it"
_SECONDS = "durations are written in nanoseconds here"


def _ignored(options: Options, main: str, word: Word, spelled: str) -> Any:
    """The value of the two options that the server drops without a word where they are wrong (run)."""
    if main == "udp-port":
        value: Any = port_range(word.text)
        what = "a port or a range such as 7882 or 7882-7892"
    else:
        parts = [gonumbers.ip(part.strip(" ")) for part in word.text.split(",")]
        versions = [part.version for part in parts if part is not None]
        value = tuple(map(str, parts)) if len(versions) == len(parts) == len(set(versions)) else None
        what = "an IP address"
    if value is None and word.text:
        title = f"{spelled}: {word.shown!r} is not {what}: the server ignores it without a word"
        options.troubles.append(Trouble("config.option-ignored", "warn", title, word, key=main))
    return value
