"""A token's claims, decoded the way the server's Go types decode them.

What Go lets pass (null for most things, a date as text, names in another case) passes here; what it refuses
comes out as a ``Refusal`` with its words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import gojson
from .gojson import Lossy, Number, Object
from .rules import GRANTS, REGISTERED, SECTIONS, Claim, Rules

_GO_TYPES = {"text": "string", "flag": "bool", "maybe": "bool", "texts": "[]string"}
_GO_STRUCTS = {
    "video": "VideoGrant",
    "sip": "SIPGrant",
    "agent": "AgentGrant",
    "inference": "InferenceGrant",
    "observability": "ObservabilityGrant",
}
_WANTED = {
    "text": "text",
    "flag": "true or false",
    "maybe": "true or false",
    "texts": "a list of texts",
    "map": "names with texts",
    "date": "a number of seconds",
    "audience": "text, or a list of texts",
    "room": "a room configuration",
    "struct": "an object",
}
# Letters that Unicode folds onto an ASCII one, as encoding/json does when it compares names.
_FOLDS = str.maketrans({"\u017f": "s", "\u212a": "k"})


class Refusal(NamedTuple):
    """A claim that the server cannot decode.

    Args:
        path: where: ``video.roomJoin``.
        words: in the server's words, as far as they do not depend on how it was built.
        why: in ours.
        hard: decoding ends there, and this refusal goes before those that were only noted.
        registered: it is one of the JWT's own claims, which are decoded before the signature is looked at.
    """

    path: str
    words: str
    why: str
    hard: bool
    registered: bool


class Decoded(NamedTuple):
    """All claims by their Go names, sections as dicts, dates as whole seconds; and what did not decode."""

    values: dict[str, Any]
    refusals: tuple[Refusal, ...]

    def section(self, name: str) -> dict[str, Any] | None:
        found = self.values.get(name)
        return found if isinstance(found, dict) else None


def decode(payload: Any, rules: Rules) -> Decoded:
    """The claims of a payload that is JSON."""
    if payload is None:
        return Decoded({}, ())
    decoder = _Decoder(rules)
    if not isinstance(payload, Object):
        decoder.refuse("", "struct", payload, struct="", registered=True)
    else:
        into: dict[str, Any] = {}
        fields = rules.known(REGISTERED) | rules.known(GRANTS)
        decoder.struct(into, payload, fields, "tokenClaims", "")
        return Decoded(into, tuple(decoder.refusals))
    return Decoded({}, tuple(decoder.refusals))


def field_of(name: str, fields: Mapping[str, Claim], rules: Rules) -> str | None:
    """The claim that a name in the token means to this release: exactly, or since 1.13.0 in any case."""
    if name in fields:
        return name
    if rules.library == "golang-jwt":
        folded = name.translate(_FOLDS).lower()
        if folded.isascii():
            return next((field for field in fields if field.lower() == folded), None)
    return None


class _Decoder:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.strict = rules.library == "go-jose"
        self.refusals: list[Refusal] = []

    def struct(
        self, into: dict[str, Any], given: Object, fields: Mapping[str, Claim], struct: str, path: str
    ) -> None:
        seen: set[str] = set()
        for name, value in given:
            if self.strict and name in seen:
                words, why = f"json: duplicate key '{name}' in object", f"{path}{name} is there twice"
                self.refusals.append(Refusal(f"{path}{name}", words, why, True, registered=not path))
            seen.add(name)
            field = field_of(name, fields, self.rules)
            if field is not None:
                self._field(into, field, fields[field], value, struct, path)

    def _field(  # noqa: PLR0917 - a field, and where it stands
        self, into: dict[str, Any], name: str, claim: Claim, value: Any, struct: str, path: str
    ) -> None:
        kind, where, registered = claim.kind, f"{path}{name}", not path and name in REGISTERED
        wrong = False
        if kind == "date" and value is not None:
            self._date(into, name, value)
        elif kind == "audience":
            self._audience(into, name, value)
        elif value is None:
            if kind not in ("text", "flag"):  # null leaves those two as they were
                into[name] = None
        elif kind == "text":
            wrong = isinstance(value, Number) or not isinstance(value, str)
            into[name] = into.get(name) if wrong else value
        elif kind in ("flag", "maybe"):
            wrong = not isinstance(value, bool)
            into[name] = into.get(name) if wrong else value
        elif kind == "texts":
            into[name] = self._texts(value, struct, where)
        elif kind == "map":
            into[name] = self._map(into.get(name) or {}, value, struct, where)
        elif kind == "room":
            self._room(into, value)
        elif isinstance(value, Object):
            section = into.get(name)
            into[name] = section if isinstance(section, dict) else {}
            fields = self.rules.known(SECTIONS[claim.section])
            self.struct(into[name], value, fields, _GO_STRUCTS[claim.section], f"{where}.")
        else:
            wrong = True
        if wrong:
            self.refuse(where, kind, value, struct=struct, registered=registered)

    def refuse(self, path: str, kind: str, value: Any, *, struct: str, registered: bool = False) -> None:
        """Note a value of the wrong type, in the words of Go's UnmarshalTypeError."""
        go_type = _GO_TYPES.get(kind) or (f"auth.{_GO_STRUCTS.get(path.rpartition('.')[2], 'tokenClaims')}")
        self._note(
            path,
            value,
            go_type,
            struct,
            f"{path or 'the payload'} is {_shown(value)}, not {_WANTED[kind]}",
            registered,
        )

    def _note(  # noqa: PLR0917 - a value, and where it stands
        self, path: str, value: Any, go_type: str, struct: str, why: str, registered: bool
    ) -> None:
        what = go_word(value)
        if self.strict:
            words, hard = f"json: cannot unmarshal {what} into Go value of type {go_type}", what == "number"
        else:
            # As built with Go 1.26; older ones leave the embedded type's name out.
            embedded = "" if registered else "ClaimGrants."
            place = f"struct field {struct}.{embedded}{path}" if struct else "value"
            words, hard = f"json: cannot unmarshal {what} into Go {place} of type {go_type}", False
        self.refusals.append(Refusal(path, words, why, hard, registered))

    def _texts(self, value: Any, struct: str, where: str) -> list[str] | None:
        if not isinstance(value, list):
            self.refuse(where, "texts", value, struct=struct)
            return None
        for item in value:
            if item is not None and (isinstance(item, Number) or not isinstance(item, str)):
                why = f"{where} holds {_shown(item)}, not only texts"
                self._note(where, item, "string", struct, why, registered=False)
        return [item if isinstance(item, str) else "" for item in value]

    def _map(self, into: dict[str, str], value: Any, struct: str, where: str) -> dict[str, str]:
        if not isinstance(value, Object):
            why = f"{where} is {_shown(value)}, not names with texts"
            self._note(where, value, "map[string]string", struct, why, registered=False)
            return into
        seen: set[str] = set()
        for name, item in value:
            if self.strict and name in seen:
                words, why = f"json: duplicate key '{name}' in object", f"{where}.{name} is there twice"
                self.refusals.append(Refusal(f"{where}.{name}", words, why, True, registered=False))
            seen.add(name)
            if item is not None and (isinstance(item, Number) or not isinstance(item, str)):
                why = f"{where}.{name} is {_shown(item)}, not text"
                self._note(where, item, "string", struct, why, registered=False)
            else:
                into[name] = item or ""
        return into

    def _date(self, into: dict[str, Any], name: str, value: Any) -> None:
        number: str | None = None
        if isinstance(value, Number):
            number = value
        elif isinstance(value, str) and not self.strict and gojson.is_number(value):
            number = value  # encoding/json takes a text for a json.Number
        seconds = gojson.to_float(number) if number is not None else None
        if seconds is not None:
            into[name] = _unix(seconds, whole=math.floor if not self.strict else math.trunc)
            return
        why = f"{name} is {_shown(value)}, not a number of seconds"
        if self.strict:
            words = "go-jose/go-jose/jwt: expected number value to unmarshal NumericDate"
        else:
            words = "could not parse NumericData"
        self.refusals.append(Refusal(name, words, why, True, registered=True))

    def _audience(self, into: dict[str, Any], name: str, value: Any) -> None:
        listed = value if isinstance(value, list) else [value]
        texts = [item for item in listed if isinstance(item, str) and not isinstance(item, Number)]
        if len(texts) == len(listed) or (value is None and not self.strict):
            into[name] = texts
            return
        words = "invalid type for claim"
        if self.strict:
            words = "go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience"
        why = f"{name} is {_shown(value)}, not text or a list of texts"
        self.refusals.append(Refusal(name, words, why, True, registered=True))

    def _room(self, into: dict[str, Any], value: Any) -> None:
        from .roomconfig import fault

        into["roomConfig"] = value
        if (why := fault(value, self.rules)) is not None:
            self.refusals.append(Refusal("roomConfig", "proto: …", f"roomConfig: {why}", True, False))


_INT64 = 1 << 63
_TO_YEAR_ONE = 62135596800  # seconds from year 1, from which Go counts, to 1970


def _unix(seconds: float, *, whole: Any) -> int:
    """Seconds as Go's time.Unix holds them: beyond int64 they wrap into the far past."""
    number = int(whole(seconds))
    if not -_INT64 <= number < _INT64:
        number = -_INT64
    since_year_one = number + _TO_YEAR_ONE
    return number if since_year_one < _INT64 else since_year_one - 2 * _INT64 - _TO_YEAR_ONE


def go_word(value: Any) -> str:
    """A value's type as Go's errors name it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _shown(value: Any) -> str:
    """A value's type, and itself where it is short and tells nothing: ``the text "true"``."""
    if value is None:
        return "null"
    if isinstance(value, bool | Number):
        return str(value).lower()[:40]
    if isinstance(value, str):
        short = len(value) <= 24 and value.isprintable() and not isinstance(value, Lossy)
        return f'the text "{value}"' if short else "a text"
    return "a list" if isinstance(value, list) else "an object"
