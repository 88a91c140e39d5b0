"""Would a LiveKit server of a given release let this token join? Its answer, in its words and in ours.

What livekit-server decides on `access_token`, read in its `pkg/service/auth.go` and `utils.go`
(ValidateConnectRequest), livekit/protocol `auth/verifier.go`, and below them golang-jwt 5.3.1 (since 1.13.0)
or go-jose 3.0.5.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .claims import Decoded, Refusal, decode, go_word
from .gojson import Number, Object
from .joining import Problem, allowed, no_grants
from .parsing import Parsed, UnreadableError, UnsureError, parse_go_jose, parse_golang_jwt
from .rules import LARGEST_TOKEN, LEEWAY, Rules
from .words import safe, span


class Verdict(NamedTuple):
    """What one release says.

    Args:
        problems: in the server's order; it answers with the first and never gets to the others.
        unsure: why no verdict is possible, empty where there is one.
        decoded: the claims as that release reads them.
    """

    rules: Rules
    problems: tuple[Problem, ...]
    decoded: Decoded
    unsure: str = ""

    @property
    def accepted(self) -> bool:
        return not self.problems and not self.unsure

    @property
    def validated(self) -> bool:
        """What /rtc/validate answers: it does not look at what only joining finds."""
        return not self.unsure and all(problem.joining for problem in self.problems)

    @property
    def identity(self) -> str:
        return self.decoded.values.get("sub") or self.decoded.values.get("jti") or ""

    @property
    def room(self) -> str:
        return (self.decoded.section("video") or {}).get("room") or ""

    @property
    def key(self) -> str:
        return self.decoded.values.get("iss") or ""


def judge(token: str, secrets: Mapping[str, str] | None, by: Rules, *, now: float) -> Verdict:
    """The verdict on a token, exactly as it is, with every space and sign.

    Args:
        secrets: API key → secret, as the server has them. None: they are not known, and neither the key nor
            the signature is looked at.
        now: Unix time in seconds.
    """
    nothing = Decoded({}, ())
    if len(token) > LARGEST_TOKEN:
        title = f"the token has {len(token):,} bytes; no server reads more than {LARGEST_TOKEN:,}"
        too_large = Problem(
            "token.too-large", 431, "431 Request Header Fields Too Large", title, "put less into it"
        )
        return Verdict(by, (too_large,), nothing)
    if not token:
        return Verdict(by, (no_grants("there is no token"),), nothing)
    try:
        parsed = parse_go_jose(token) if by.library == "go-jose" else parse_golang_jwt(token)
    except UnreadableError as error:
        malformed = Problem(
            "token.malformed", 401, _INVALID, str(error), "make a new one: lkm token --room NAME"
        )
        return Verdict(by, (malformed,), nothing)
    except UnsureError as error:
        return Verdict(by, (), nothing, str(error))
    decoded = decode(parsed.payload, by)
    problems = [*_own_claims(decoded), *_signed(parsed, decoded, secrets, by, now), *allowed(decoded, by)]
    return Verdict(by, tuple(problems), decoded)


_INVALID = "invalid authorization token"


def _own_claims(decoded: Decoded) -> Iterator[Problem]:
    """Claims of the JWT itself, decoded before anything is verified."""
    for refusal in decoded.refusals:
        if refusal.registered:
            yield _claim_type(refusal, _INVALID)
            return  # a second one would be as hidden as the first


def _claim_type(refusal: Refusal, said: str) -> Problem:
    return Problem(
        "token.claim-type",
        401,
        said,
        f"a claim has the wrong type: {safe(refusal.why)}",
        "mend what makes the tokens; lkm token shows how one should look",
    )


def _signed(
    parsed: Parsed, decoded: Decoded, secrets: Mapping[str, str] | None, by: Rules, now: float
) -> Iterator[Problem]:
    """The key, the signature, the claims' types, the times: in the order of the library."""
    key = decoded.values.get("iss") or ""
    if secrets is not None and not secrets.get(key):
        named = f"the token was made with the key {safe(key)!r}" if key else "the token names no key (iss)"
        yield Problem(
            "token.key-unknown",
            401,
            f"invalid API key: {key}",
            f"{named}; the one here is {' and '.join(map(safe, secrets))}",
            "make tokens with the key that the server was started with",
        )
        signature = []
    else:
        signature = list(_signature(parsed, (secrets or {}).get(key), by, whole=secrets is not None))
    types = _types(decoded, by)
    # go-jose verifies before it decodes; golang-jwt decodes first.
    yield from [*signature, *types] if by.library == "go-jose" else [*types, *signature]
    yield from _times(decoded, by, now)


def _signature(parsed: Parsed, secret: str | None, by: Rules, *, whole: bool) -> Iterator[Problem]:
    algorithm = parsed.header.last("alg") if parsed.header is not None else None
    algorithm = "" if algorithm is None else str(algorithm)
    jose = by.library == "go-jose"
    crypto = "go-jose/go-jose: error in cryptographic primitive"
    if algorithm not in by.algorithms:
        name = f"the algorithm {safe(algorithm)!r}" if algorithm else "no algorithm"
        said = crypto if jose else f"token signature is invalid: signing method {algorithm} is invalid"
        yield Problem(
            "token.algorithm",
            401,
            said,
            f"its header names {name}; the server takes {', '.join(by.algorithms)} only",
            "sign with HS256 and the API secret",
        )
        return
    if jose and (why := _critical(parsed.header)):
        yield Problem("token.header", 401, why[0], why[1], "leave crit out of the header")
        return
    if secret is None or not whole:
        return
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    expected = hmac.new(secret.encode("utf-8", "surrogateescape"), parsed.signed, digest).digest()
    if not hmac.compare_digest(expected, parsed.signature):
        short = len(parsed.signature) < len(expected)
        yield Problem(
            "token.signature",
            401,
            crypto if jose else "token signature is invalid: signature is invalid",
            "the signature was cut" if short else "it was signed with another secret, or changed since",
            "compare LIVEKIT_API_SECRET where tokens are made and where the server was started",
        )


def _critical(header: Object) -> tuple[str, str] | None:
    """What go-jose has against the header's ``crit``."""
    listed = header.last("crit")
    if listed is None:
        return None
    texts = isinstance(listed, list) and all(
        item is None or (isinstance(item, str) and not isinstance(item, Number)) for item in listed
    )
    if not texts:
        kind = f"{go_word(listed)} into Go value of type []string"
        if isinstance(listed, list):
            wrong = next(i for i in listed if i is not None and go_word(i) != "string")
            kind = f"{go_word(wrong)} into Go value of type string"
        return f"json: cannot unmarshal {kind}", "the header's crit is no list of texts"
    unknown = [item for item in listed if item != "b64"]
    if unknown:
        return (
            "go-jose/go-jose: error in cryptographic primitive",
            f"the header demands what the server does not know: crit {safe(str(unknown[0]))!r}",
        )
    return None


def _types(decoded: Decoded, by: Rules) -> list[Problem]:
    found = [refusal for refusal in decoded.refusals if not refusal.registered]
    found.sort(key=lambda refusal: not refusal.hard)  # the first hard one, else the first
    prefix = "" if by.library == "go-jose" else "token is malformed: could not JSON decode claim: "
    return [_claim_type(refusal, prefix + refusal.words) for refusal in found]


def _times(decoded: Decoded, by: Rules, now: float) -> Iterator[Problem]:
    values = decoded.values
    start, end, issued = values.get("nbf"), values.get("exp"), values.get("iat")
    jose = by.library == "go-jose"
    # Exactly at its end a token is still good to go-jose and no longer to golang-jwt.
    over = end is not None and (now - LEEWAY > end if jose else now >= end + LEEWAY)
    early = start is not None and now < start - LEEWAY
    clock = "is this machine's clock right, and that of the one that made it?"
    expired = Problem(
        "token.expired",
        401,
        "go-jose/go-jose/jwt: validation failed, token is expired (exp)"
        if jose
        else "token has invalid claims: token is expired",
        f"it expired {span(now - end)} ago" if end is not None else "",
        "make a new one: lkm token --room NAME",
    )
    not_yet = Problem(
        "token.not-yet",
        401,
        "go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)"
        if jose
        else "token has invalid claims: token is not valid yet",
        f"it is not valid before {span(start - now)} from now" if start is not None else "",
        clock,
    )
    if jose:
        if early:
            yield not_yet
        if over:
            yield expired
        if issued is not None and now < issued - LEEWAY:
            yield Problem(
                "token.issued-later",
                401,
                "go-jose/go-jose/jwt: validation field, token issued in the future (iat)",
                f"it says that it was issued {span(issued - now)} from now (iat)",
                clock,
            )
        return
    if by.needs_exp and end is None:
        said = "token has invalid claims: token is missing required claim: exp claim is required"
        if early:
            said += ", token is not valid yet"
        yield Problem(
            "token.no-exp", 401, said, "it has no expiry (exp)", "give it a lifetime: lkm token --ttl 6h"
        )
    if over:
        yield expired._replace(said=expired.said + ", token is not valid yet") if early else expired
    if early:
        yield not_yet
