"""`lkm keys check`: does the app's key open the server? What the files say, and what the server says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.endpoint import Endpoint, parse_url
from ..core.errors import ConfigError, UsageError
from ..core.report import Reporter
from ..core.result import Finding, Fix, Location
from ..core.settings import Settings
from ..livekit.key_places import find, same_server
from ..livekit.key_search import Found, Place, Problem
from ..livekit.key_texts import Spot
from ..livekit.keys import KeyPair
from .key_ask import Verdict, ask

if TYPE_CHECKING:
    from ..core.result import Status

_TITLES = {
    "app": "app",
    "server": "server",
    "egress": "egress",
    "ingress": "ingress",
    "sip": "SIP",
    "webhook": "webhook",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what came of it.

    Args:
        verdicts: of the running server, for each pair that there is.
    """

    url: str
    url_origin: str
    found: Found
    findings: tuple[Finding, ...]
    verdicts: Mapping[KeyPair, Verdict]


def check(settings: Settings, reporter: Reporter, *, url: str | None = None, timeout: float = 4.0) -> Checked:
    """Compare every place with the server's, and ask the server.

    Args:
        url: ask this server; None: the project's own.
        timeout: seconds for each answer.

    Raises:
        ConfigError: there is no key anywhere (``keys.missing``), or LIVEKIT_URL is no URL.
        UsageError: ``url`` is no URL.
    """
    endpoint, origin = _endpoint(settings, url)
    local = endpoint.loopback
    with reporter.step("places") as step:
        found = _with_running(settings, find(settings), endpoint)
        step.finish(f"{len(found.places)} found")
    if not any(place.secret for place in found.places):
        raise ConfigError(
            "there is no key in any place where an app or a server takes one from",
            code="keys.missing",
            detail="\n".join(f"{problem.at}: {problem.title}" for problem in found.problems),
            hint="make one: lkm keys new",
        )
    verdicts: dict[KeyPair, Verdict] = {}
    asked = [p for p in found.places if _concerned(settings, p, url)]
    with reporter.step("server") as step:
        for pair in dict.fromkeys(place.pair for place in asked if place.pair):
            verdict = ask(endpoint, pair, local=local, timeout=timeout)
            verdicts[pair] = verdict
            if verdict.outcome == "unreachable":
                break  # it would say the same to the others
        opens = sum(verdict.opens for verdict in verdicts.values())
        unreachable = [v for v in verdicts.values() if v.outcome == "unreachable"]
        if unreachable:
            step.finish(f"{endpoint.ws}: {unreachable[0].text}", "skip")
        else:
            step.finish(f"{endpoint.ws} takes {opens} of {len(verdicts)} pairs")
    findings = (
        *_compare(settings, found, url),
        *_answers(endpoint, asked, verdicts),
        *(_problem(problem) for problem in found.problems),
        *_cut(found),
    )
    return Checked(endpoint.ws, origin, found, findings, verdicts)


def _endpoint(settings: Settings, url: str | None) -> tuple[Endpoint, str]:
    from ..livekit.keys import find_url

    if url is not None:
        return parse_url(url), "--url"
    text, origin = find_url(settings)
    try:
        return parse_url(text), origin
    except UsageError as error:
        raise ConfigError(
            f"{origin}: {error.message}", code=error.code, detail=error.detail, hint=error.hint
        ) from error


def _with_running(settings: Settings, found: Found, endpoint: Endpoint) -> Found:
    """What the running native server was started with is the truth about it."""
    from dataclasses import replace

    from .key_ask import running_pairs
    from .native import record

    if not endpoint.loopback or endpoint.port != settings.number("ports.signal"):
        return found
    folder = record.folder_of(settings)
    servers = record.living(folder, record.read(folder)).servers
    if not servers:
        return found
    who = f"running server (PID {servers[0].pid})"
    spot = Spot(name=f"its own environment (PID {servers[0].pid})")
    pairs = running_pairs(servers[0])
    if pairs is None:
        problem = Problem("keys.unreadable", "the environment of the running server cannot be read", at=spot)
        return replace(found, problems=(*found.problems, problem))
    running = tuple(Place("server", who, pair.key, pair.secret, spot, spot) for pair in pairs)
    return replace(found, places=(*found.places, *running))


def _concerned(settings: Settings, place: Place, url: str | None) -> bool:
    """Whether a place is about the server that is asked."""
    return url is not None or same_server(settings, place)


def _servers(found: Found) -> list[list[Place]]:
    """What each server of the project knows, those that know the same together.

    What another place wins over, or nobody reads, is left out.
    """
    servers: dict[str, list[Place]] = {}
    for place in found.of("server"):
        if not place.other:
            servers.setdefault(place.who, []).append(place)
    alike: dict[frozenset[KeyPair | None], list[Place]] = {}
    for known in servers.values():
        alike.setdefault(frozenset(place.pair for place in known), []).extend(known)
    return list(alike.values())


def _compare(settings: Settings, found: Found, url: str | None) -> Iterator[Finding]:
    """Each place that needs a key against each server that has keys."""
    servers = _servers(found)
    clients = found.of("app", "egress", "ingress", "sip", "webhook")
    first = next((place for place in clients if place.secret), None)
    for place in clients:
        if not _concerned(settings, place, url):
            yield _finding("keys.other-server", "info", f"{place.who} is for {place.url}", place)
            continue
        if not servers:
            if first is not None and place is not first and place.role != "webhook":
                yield _against(place, [first])
            continue
        for known in servers:
            yield _against(place, known)
    for place in found.of("server"):
        if place.other and first is not None and place.pair != first.pair:
            title = f"{place.who} has another pair than {first.who} ({first.where})"
            yield _finding("keys.unused", "warn", title, place, place.other)


def _against(place: Place, known: Sequence[Place]) -> Finding:
    """One place against all pairs of one server, or against the first app's where no server is known."""
    same_key = [one for one in known if one.key == place.key]
    severity: Status = "warn" if place.other else "fail"
    who = " and ".join(dict.fromkeys(one.who for one in known))
    evidence: dict[str, Any] = {"key": place.key, "other_keys": [one.key for one in known]}
    if any(place.secret is None or one.secret == place.secret for one in same_key):
        return _finding("keys.same", "ok", f"{place.who}: as {who} has it", place, evidence=evidence)
    if same_key:
        one = same_key[0]
        title = f"{place.who}: the secret differs from the one of {who}"
        detail = f"{place.secret_at}\n{one.secret_at}"
        found = "keys.secret-differs"
        at = place.secret_at
    else:
        one = known[0]
        others = "\n".join(f"{each.key} ({each.key_at})" for each in known)
        title = f"{place.who}: the key differs from the one of {who}"
        detail = f"{place.key} ({place.key_at})\n{others}"
        found = "keys.webhook" if place.role == "webhook" else "keys.key-differs"
        at = place.key_at
    return Finding(
        found,
        severity,
        title,
        detail + (f"\n{place.other}" if place.other else ""),
        _TITLES[place.role],
        Location(at.file, at.line) if at.file else None,
        evidence | {"places": [str(at), str(one.secret_at if same_key else one.key_at)]},
        Fix(f"write the same pair in both places: {at} and {one.secret_at if same_key else one.key_at}"),
    )


def _answers(
    endpoint: Endpoint, asked: Sequence[Place], verdicts: Mapping[KeyPair, Verdict]
) -> Iterator[Finding]:
    """What the running server said of each pair."""
    if verdict := next((v for v in verdicts.values() if v.outcome == "unreachable"), None):
        title = f"{endpoint.ws} could not be asked"
        fix = Fix("start it", "lkm up") if endpoint.loopback else Fix("see how far it answers", "lkm health")
        yield Finding("keys.opens", "skip", title, verdict.text, "server", fix=fix)
        return
    for pair, verdict in verdicts.items():
        places = [place for place in asked if place.pair == pair]
        users = [place for place in places if place.role != "server"]
        evidence = {"key": pair.key, "places": [place.where for place in places], "answer": verdict.outcome}
        where = ", ".join(dict.fromkeys(place.where for place in places))
        if verdict.opens:
            title = f"{pair.key} opens {endpoint.ws}"
            yield Finding("keys.opens", "ok", title, where, "server", evidence=evidence)
            continue
        # Only the server's files have it, or it may rightly differ: nobody is kept out now.
        severity: Status = "fail" if any(not place.other for place in users) else "warn"
        yield Finding(
            "keys.opens",
            severity,
            f"{pair.key} does not open {endpoint.ws}: {verdict.text}",
            where,
            "server",
            evidence=evidence,
            fix=Fix("a server reads its keys when it starts: after a change start it again", "lkm restart")
            if verdict.is_about_keys
            else None,
        )


_SEVERE = {"keys.spacing", "keys.yaml", "keys.key-file-mode"}


def _problem(problem: Problem) -> Finding:
    return Finding(
        problem.id,
        "fail" if problem.id in _SEVERE else "warn",
        problem.title if problem.at.file else f"{problem.at}: {problem.title}",
        problem.detail,
        "places",
        Location(problem.at.file, problem.at.line) if problem.at.file else None,
        fix=Fix(problem.hint) if problem.hint else None,
    )


def _cut(found: Found) -> Iterator[Finding]:
    if found.cut:
        title = "not every folder was looked into"
        yield Finding("keys.cut", "info", title, found.cut, "places")


def _finding(
    ident: str,
    status: Status,
    title: str,
    place: Place,
    detail: str = "",
    *,
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    at = place.key_at
    location = Location(at.file, at.line) if at.file else None
    return Finding(
        ident, status, title, detail, _TITLES[place.role], location, evidence or {"key": place.key}
    )
