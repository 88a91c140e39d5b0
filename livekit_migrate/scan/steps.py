"""The steps of the plan, each with the places in this repository that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..core.counting import count
from ..core.document import Block, Heading, Item, Items, Paragraph, code
from .artefacts import DEPLOYMENT, Artefact, of_kind
from .facts import Call
from .inventory import Scan
from .places import is_test
from .rows import row, rows
from .signalling import Exchange
from .words import by_file, place, some, span, unique


def steps(scan: Scan) -> list[Block]:
    """What to do, in this order; only what this repository has."""
    parts = (
        ("Run LiveKit beside what is there", _run(scan)),
        ("Hand out tokens, and keep what the server still does", _server(scan)),
        ("Rewrite the client", _client(scan)),
        ("Prove it", _prove(scan)),
        ("Cut over", _cut_over(scan)),
        ("Remove Mediasoup", _remove(scan)),
    )
    blocks: list[Block] = [
        Heading("Do, in this order"),
        Paragraph("Both systems stay runnable until the cut-over, behind a switch that can be turned back."),
    ]
    number = 0
    for title, items in parts:
        listed = list(items)
        if listed:
            number += 1
            blocks += [Heading(f"Step {number}: {title}", 3), Items(listed, "todo")]
    return blocks


def _run(scan: Scan) -> Iterator[Item]:
    if scan.livekit.services or scan.livekit.configs:
        where = [place(file, line) for _, file, line in scan.livekit.services]
        where += [code(path) for path in scan.livekit.configs]
        yield Item(
            f"A LiveKit server is described already, in {some(where)}: bring it up and check that media "
            "flows."
        )
    else:
        yield Item("A LiveKit server on this machine: `lkm up`, then `lkm health` until media flows.")
    ports = _with(scan, "ports")
    said = some([f"{code(hit)} in {place(each.file, line)}" for each, line, hit in ports])
    beside = f" Mediasoup's own range stays open until the cut-over: {said}." if said else ""
    yield Item(
        "Ports to open for LiveKit: 7880/tcp (signalling, behind TLS), 7881/tcp, and 7882/udp or a range of "
        f"its own.{beside}"
    )
    for number, places in _configured(scan):
        known = rows()[number]
        rest = [f"and {len(places) - 8} more"] if len(places) > 8 else []
        yield Item(f"{known.topic}: {known.livekit}", (*places[:8], *rest))
    yield from _variables(scan)
    yield from _deployment(scan)


def _variables(scan: Scan) -> Iterator[Item]:
    where: dict[str, list[str]] = {}
    for each in scan.artefacts:
        for hit in each.hits:
            if hit.why == "variable" and not _TURN.search(hit.word):
                where.setdefault(hit.word, []).append(place(each.file, hit.line))
    if where:
        yield Item(
            "Variables: add `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET` (`lkm keys new`). These "
            "go "
            "with Mediasoup, unless something else reads them:",
            tuple(f"{code(name)}: {some(unique(places))}" for name, places in sorted(where.items())),
        )


def _deployment(scan: Scan) -> Iterator[Item]:
    files = of_kind(scan.artefacts, "docker", "compose", "k8s", "terraform", "script")
    media = [each for each in files if not _only_turn(each)]
    if media:
        yield Item(
            "Deployment: LiveKit's image (livekit/livekit-server, or the chart livekit-helm) joins these, "
            "and "
            "what they have for Mediasoup goes at the end:",
            tuple(_said(each) for each in media),
        )
    pipelines = of_kind(scan.artefacts, "ci")
    if pipelines:
        yield Item(
            "Pipelines that install, build or test Mediasoup:", tuple(_said(each) for each in pipelines)
        )
    proxies = of_kind(scan.artefacts, "proxy")
    if proxies:
        yield Item(
            "The proxy: `wss` and `https` to port 7880, with the WebSocket upgrade on `/rtc`; media goes "
            "past it.",
            tuple(_said(each) for each in proxies),
        )
    policies = _with(scan, "csp")
    if policies:
        yield Item(
            "The content security policy: `connect-src` needs both `wss://` and `https://` of LiveKit.",
            tuple(place(each.file, line) for each, line, _ in policies),
        )
    turn = [*of_kind(scan.artefacts, "turn"), *(each for each in files if _only_turn(each))]
    turn += [
        each for each in of_kind(scan.artefacts, "env", "config") if any(map(_TURN.search, each.variables))
    ]
    if turn:
        yield Item("The TURN server, if it goes or LiveKit takes it over:", tuple(map(_turn_of, turn)))


# What belongs to a TURN server and stays with it.
_TURN = re.compile(r"(^|_)(CO)?TURN(_|$)|(^|_)STUN(_|$)")


def _only_turn(each: Artefact) -> bool:
    """Whether a file is about the TURN server alone."""
    turn = [hit for hit in each.hits if hit.why == "coturn" or _TURN.search(hit.word)]
    return bool(turn) and all(hit in turn or hit.why in ("host-network", "ports") for hit in each.hits)


def _turn_of(each: Artefact) -> str:
    hits = [hit for hit in each.hits if hit.why == "coturn" or _TURN.search(hit.word)] or list(each.hits)
    lines = unique(str(hit.line) for hit in hits)
    words = some([code(word) for word in unique(hit.word for hit in hits)], 5)
    return f"{code(each.file)} (line {', '.join(lines[:6])}{' …' if len(lines) > 6 else ''}): {words}"


def _said(each: Artefact) -> str:
    words = some([code(word) for word in unique(hit.word for hit in each.hits)], 5)
    lines = ", ".join(str(line) for line in each.lines[:6]) + (" …" if len(each.lines) > 6 else "")
    return f"{code(each.file)} (line {lines}): {words}"


def _with(scan: Scan, why: str) -> list[tuple[Artefact, int, str]]:
    return [
        (each, hit.line, hit.word)
        for each in scan.artefacts
        for hit in each.hits
        if hit.why == why and each.kind in (*DEPLOYMENT, "other")
    ]


def _server(scan: Scan) -> Iterator[Item]:
    joins = [each for each in scan.messages if each.row == 65 and each.direction != "server-to-client"]
    below = (*(_handler(e) for e in joins if e.answered), *(_unfound(e) for e in joins if not e.answered))
    yield Item(
        "A route that answers with a token (`livekit-server-sdk`): it makes the check that joining makes "
        "today, for "
        "this user and this room, and awaits `toJwt()`."
        + (" Joining is checked here today:" if any(each.answered for each in joins) else ""),
        below,
    )
    told = [each for each in scan.messages if each.direction != "server-to-client" and not each.answer_to]
    for (number, livekit), found in _by_row(told):
        known = rows()[number]
        if number != 65 and known.action in ("scaffold", "ask", "none"):
            topic = _TOPICS.get(number, known.topic)
            yield Item(f"{topic}: {livekit}", tuple(_handler(each) for each in found))
    for number, calls in _calls_by_row(call for call in scan.calls if call.side == "server"):
        known = rows()[number]
        if known.work == "server" or (not known.work and known.action in ("ask", "none")):
            yield Item(
                f"{known.topic} ({count(len(calls), 'call')}): {known.livekit}",
                tuple(by_file((call.file, call.line) for call in calls)),
            )
    kept = sum(each.row is None for each in scan.messages)
    if kept:
        yield Item(f"Leave {count(kept, 'message')} on the socket: by their names they are not about media.")


def _handler(each: Exchange) -> str:
    """A message with the places where it is answered, or may be, or else is sent."""
    if each.answered:
        return f"{code(each.name)}: {some([span(m) for m in each.answered], 3)}"
    if each.named:
        return f"{code(each.name)}: named in {some([place(*where) for where in each.named], 3)}"
    return f"{code(each.name)}: sent from {some([span(m) for m in each.sent], 3)}"


def _unfound(each: Exchange) -> str:
    return f"where the server answers {code(each.name)} was not found; {_handler(each).partition(': ')[2]}"


# What a row is about when a client asks for it.
_TOPICS = {16: "Muting somebody else", 36: "Roles and names"}


def _by_row(messages: Iterable[Exchange]) -> list[tuple[tuple[int, str], list[Exchange]]]:
    found: dict[tuple[int, str], list[Exchange]] = {}
    for each in messages:
        if each.row is not None:
            found.setdefault((each.row, each.livekit), []).append(each)
    return sorted(found.items())


def _calls_by_row(calls: Iterable[Call]) -> list[tuple[int, list[Call]]]:
    found: dict[int, list[Call]] = {}
    for call in calls:
        if call.row is not None:
            found.setdefault(call.row, []).append(call)
    return sorted(found.items())


def _client(scan: Scan) -> Iterator[Item]:
    calls = [call for call in scan.calls if call.side in ("client", "unknown")]
    if not calls and not any(site.side == "client" for site in scan.sites):
        return
    yield Item(
        "One module that joins, publishes and leaves by `livekit-client`, with the actions that the "
        "interface calls "
        "today. Button states must not wait for `connected` before somebody joins."
    )
    for number, found in _calls_by_row(calls):
        client = rows()[number]
        if client.work == "delete":
            continue
        yield Item(
            f"{client.topic} ({count(len(found), 'call')}): {client.livekit}",
            tuple(by_file((c.file, c.line) for c in found)),
        )
    moved = [c for c in scan.calls if c.side == "server" and (r := row(c.row)) and r.work == "client"]
    for number, found in _calls_by_row(moved):
        client = rows()[number]
        yield Item(
            f"{client.topic}, until now on the server ({count(len(found), 'call')}): {client.livekit}",
            tuple(by_file((call.file, call.line) for call in found)),
        )
    gone = [c for c in calls if (known := row(c.row)) is not None and known.work == "delete"]
    if gone:
        topics = some(unique(rows()[c.row].topic for c in gone if c.row is not None), 6)
        yield Item(
            f"Nothing takes the place of {count(len(gone), 'call')}: {topics}.",
            tuple(by_file((c.file, c.line) for c in gone)),
        )
    told = [
        each
        for each in scan.messages
        if each.direction == "server-to-client" and each.row is not None and not each.answer_to
    ]
    if told:
        yield Item(
            "Messages from the server that become events of the room:",
            tuple(f"{_handler(each)}: {each.livekit}" for each in told),
        )


def _prove(scan: Scan) -> Iterator[Item]:
    yield Item(
        "Two browsers on different networks: picture and sound both ways, reload, a lost network, a second "
        "tab."
    )
    yield Item(
        "The token route refuses a room that the user may not enter, and the secret is in no bundle: look "
        "for "
        "`LIVEKIT_API_SECRET` in what the client builds."
    )
    tests = [path for path in scan.files if is_test(path)]
    if tests:
        yield Item(
            f"{count(len(tests), 'test file')} use or mock Mediasoup: mock `livekit-client`, or drop what "
            "only tested "
            "the old path.",
            tuple(code(path) for path in tests),
        )


def _cut_over(scan: Scan) -> Iterator[Item]:
    flags = [f"{code(name)} in {place(file, line)}" for name, file, line in scan.livekit.flags]
    if flags:
        built = any(
            name.startswith(("NEXT_PUBLIC_", "VITE_", "REACT_APP_")) for name, _, _ in scan.livekit.flags
        )
        yield Item(
            f"A switch seems to exist: {some(flags)}."
            + (
                " It is read when the client is built, so it turns for everybody at once, and back "
                "only by another build: let the server decide, per room."
                if built
                else " Turn it for some rooms first, then for all."
            )
        )
    else:
        yield Item(
            "A switch that the server decides per room, for some rooms first; turning it back must work."
        )
    yield Item("A call lives in one of the two systems: nobody on Mediasoup sees anybody on LiveKit.")


def _remove(scan: Scan) -> Iterator[Item]:
    gone = [
        c for c in scan.calls if c.side == "server" and (r := row(c.row)) is not None and r.work == "delete"
    ]
    if gone:
        topics = some(unique(rows()[c.row].topic for c in gone if c.row is not None), 8)
        yield Item(
            f"On the server nothing takes the place of {count(len(gone), 'call')}: {topics}.",
            tuple(by_file((c.file, c.line) for c in gone)),
        )
    yield Item(
        f"The imports, {len(scan.sites)} in {count(len({s.file for s in scan.sites}), 'file')}:",
        tuple(by_file((site.file, site.line) for site in scan.sites)),
    )
    packages = [f"{code(each.name)} in {place(each.file, each.line)}" for each in scan.version.packages]
    if packages:
        yield Item(
            "The dependencies, then the lockfile by the project's own package manager.", tuple(packages)
        )
    tools = _with(scan, "build-tools")
    if tools:
        yield Item(
            "The compiler and Python in these images, if only Mediasoup's worker needed them.",
            tuple(place(each.file, line) for each, line, _ in tools),
        )
    docs = of_kind(scan.artefacts, "docs")
    if docs:
        yield Item(
            f"{count(len(docs), 'document')} that still explain Mediasoup.",
            tuple(f"{code(each.file)} ({count(len(each.lines) + each.more, 'line')})" for each in docs),
        )


def _configured(scan: Scan) -> list[tuple[int, list[str]]]:
    """What goes to livekit.yaml: row → where it is set today."""
    found: dict[int, list[str]] = {}
    for call in scan.calls:
        if (known := row(call.row)) is not None and known.work == "configuration":
            found.setdefault(known.number, []).append(f"{place(call.file, call.line)} {code(call.method)}")
    for each in scan.sources:
        for mention in each.mentions:
            known = row(mention.row)
            # Such words elsewhere are somebody else's options; capabilities are negotiated, not set.
            if (
                known is not None
                and known.work == "configuration"
                and each.path in scan.near
                and not is_test(each.path)
                and not mention.word.lower().endswith("rtpcapabilities")
            ):
                said = f"{place(each.path, mention.line)} {code(mention.word)}"
                found.setdefault(known.number, []).append(said)
    return [(number, unique(places)) for number, places in sorted(found.items())]
