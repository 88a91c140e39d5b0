"""Whether the ports that the stack will open can be had, and who has them where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...core.errors import LkmError
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files, composed, engine, installed, job, wanted
from ._server import servers
from ._stack import livekit_runs, running

if TYPE_CHECKING:
    from ...core.result import Status
    from ...stack import ports


def _run(context: Context) -> Iterator[Finding]:
    from ...stack import ports

    opens = tuple(_native(context) if wanted(context) else _compose(context))
    if not opens:
        yield CHECK.skip("the stack runs already, and opens no other port")
        return
    troubles = [trouble for port in opens if (trouble := ports.examine(port))]
    yield from judge(troubles, "fail" if _has_stack(context) else "info")
    if not troubles:
        from ...stack.compose.preflight import said

        yield CHECK.ok(f"{said(opens)} can be had", count=len(opens))


def _compose(context: Context) -> Iterator[ports.Port]:
    from ...stack.compose.model import host_ports
    from ...stack.compose.preflight import needed_ports

    it = composed(context)
    specs = [spec for spec in it.stack.services.values() if spec.replicas]
    if livekit_runs(context) and not wanted(context) and _as_process(context):
        return  # `lkm up` as a process has these ports itself
    try:
        yield from needed_ports(job(context), specs)
        return
    except LkmError:
        if installed() and engine(context).server:
            raise  # it has containers of this project, maybe, which must not be taken for strangers
    for spec in specs:
        yield from host_ports(spec, it.roles.get(spec.name, ""))


def _as_process(context: Context) -> bool:
    seen = running(context)
    return seen is not None and seen.runtime == "native"


def _native(context: Context) -> Iterator[ports.Port]:
    """What `lkm up` opens as a process."""
    from ...core.endpoint import parse_url
    from ...livekit.keys import find_url
    from ...stack.ports import Port

    settings = context.settings
    url, _ = find_url(settings, context.env)
    if livekit_runs(context) or not parse_url(url).loopback:
        return
    yield Port(settings.number("ports.signal"), "tcp", "signalling and API", setting="ports.signal")
    yield Port(settings.number("ports.rtc_tcp"), "tcp", "media over TCP", setting="ports.rtc_tcp")
    yield Port(settings.number("ports.rtc_udp"), "udp", "media over UDP", setting="ports.rtc_udp")


def _has_stack(context: Context) -> bool:
    """Whether the project starts a server here: one whose server is elsewhere minds no stranger's ports."""
    toml = context.root / "lkm.toml"
    return bool(compose_files(context) or servers(context) or toml.is_file())


def judge(troubles: Sequence[ports.Trouble], status: Status = "fail") -> Iterator[Finding]:
    """One finding for each holder: what they hold, and the command that frees it."""
    from ...stack.ports import refusal

    by_holder: dict[str, list[ports.Trouble]] = {}
    for trouble in troubles:
        by_holder.setdefault(", ".join(map(str, trouble.holders)) or trouble.reason, []).append(trouble)
    for who, theirs in by_holder.items():
        error = refusal(theirs)
        first = next(iter(error.hint.splitlines()), "")
        numbers = ", ".join(str(trouble.port) for trouble in theirs)
        taken = theirs[0].reason in ("busy", "answers")
        yield CHECK.found(
            status,
            f"{numbers} {'is' if len(theirs) == 1 else 'are'} taken by {who}" if taken else error.message,
            error.detail,
            fix=Fix(_remedy(theirs), first or None),
            ports=[str(trouble.port) for trouble in theirs],
            reason=theirs[0].reason,
            holder=who,
        )


def _remedy(troubles: Sequence[ports.Trouble]) -> str:
    """What the command does, and the other way out."""
    one = len(troubles) == 1
    settings = [trouble.port.setting for trouble in troubles if trouble.port.setting]
    ways = [f"free {'it' if one else 'them'}"] if troubles[0].reason in ("busy", "answers") else []
    if settings:
        ways.append(f"choose {'another one' if one else 'others'}: {', '.join(settings)} in lkm.toml")
    return ", or ".join(ways) or "open another one"


CHECK = Check(
    id="stack.ports",
    title="The ports of the stack can be had",
    category="stack",
    order=0,
    needs=("project.files",),
    after=("project.compose", "docker.engine"),
    seconds=6.0,
    run=_run,
    why="A port that somebody else holds ends the start in the middle, after the images were pulled.",
    source="docs/stack.md",
    evidence="`ss -lntup` (Linux), `lsof -nP -iTCP:7880 -sTCP:LISTEN` (macOS).",
    remedy="Stop who holds it, or take another port: `ports.*` in lkm.toml, `lkm up --port-offset 100`.",
    faults=(
        Fault(
            "another program has the port",
            "TCP 7880 is taken by … (PID …, user …): …",
            "`docker compose up`: bind: address already in use",
        ),
    ),
)
