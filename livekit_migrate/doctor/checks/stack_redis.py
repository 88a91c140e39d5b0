"""Whether Redis lets LiveKit do what it does: PING, and a message published and received, with its own "
"login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files, try_job
from ._redis import Address, RedisError, round_trip
from ._server import at, configs, service_of

if TYPE_CHECKING:
    from ...livekit.configcheck.model import Config
    from ...livekit.serverstart.lint import Judged


def _run(context: Context) -> Iterator[Finding]:
    asked: set[tuple[str, int, str, int]] = set()
    any_redis = False
    for judged, config in configs(context):
        if not config.get("redis.address"):
            continue
        any_redis = True
        named = str(config.get("redis.address"))
        address, why = reached(context, judged, config, named)
        if address is None:
            yield CHECK.skip(why)
            continue
        mark = (address.host, address.port, address.user, address.db)
        if mark in asked:
            continue
        asked.add(mark)
        if not service_of(judged) and nothing_runs(address, int(config.get("port") or 7880)):
            yield CHECK.skip(f"neither Redis ({named}) nor a server of {judged.text.name} runs here")
            continue
        yield look(context, judged, address, named, why)
    if not any_redis:
        yield CHECK.skip("no server here uses Redis")


def nothing_runs(address: Address, port: int) -> bool:
    """Whether neither Redis nor the server that would use it is started on this machine.

    Args:
        port: of the server's signalling.
    """
    if address.host not in ("localhost", "127.0.0.1", "::1"):
        return False
    from ...stack.ports import answers

    return not any(answers(each, address.host, 0.5) for each in (address.port, port))


def reached(context: Context, judged: Judged, config: Config, named: str) -> tuple[Address | None, str]:
    """How this machine reaches the Redis that a server is given; None with the reason where it cannot.

    Args:
        named: ``redis.address`` as the server sees it, from inside its container.
    """
    from ...core.secret import remember

    host, _, text = named.rpartition(":")
    if host.endswith((".docker.internal", ".containers.internal")):
        return None, f"{host} is a name that containers alone know"
    port = int(text) if text.isdigit() else 6379
    user, password = str(config.get("redis.username") or ""), str(config.get("redis.password") or "")
    remember(password)
    db = config.get("redis.db")
    tls = bool(config.get("redis.use_tls"))
    job = try_job(context)
    spec = job.stack.services.get(host) if job and service_of(judged) else None
    if job and spec:
        rows = [row for row in job.rows_of(host) if row.running]
        if not rows:
            others = any(row.running for row in job.rows)
            return (None, f"{host} does not run") if not others else (Address(host, port), "stopped")
        seen = next((p for p in rows[0].ports if p.target == port and p.number), None)
        if seen:
            return Address(seen.dial, seen.number or port, user, password, db, tls), rows[0].name
        inside = _inside(job.client, rows[0].id)
        if inside:
            return Address(inside, port, user, password, db, tls), rows[0].name
        return None, f"{host} is not published, and its network cannot be reached from here"
    if service_of(judged) and host in ("localhost", "127.0.0.1"):
        return None, f"{named} is inside of the container"
    if service_of(judged) and compose_files(context) and "." not in host:
        return None, f"{host} is a name of the containers' network, and no engine answers"
    if context.asked.offline and host not in ("localhost", "127.0.0.1", "::1"):
        return None, f"--offline: {host} is not asked"
    return Address(host.strip("[]"), port, user, password, db, tls), ""


def _inside(client: object, container: str) -> str:
    """A container's address in its own network, which a Linux engine's machine reaches."""
    try:
        raw = client.inspect_container(container)  # type: ignore[attr-defined]
    except Exception:  # it went away: whoever asks later says so
        return ""
    networks = (raw.get("NetworkSettings") or {}).get("Networks") or {}
    return next((str(net["IPAddress"]) for net in networks.values() if net.get("IPAddress")), "")


def look(context: Context, judged: Judged, address: Address, named: str, container: str) -> Finding:
    """Ask it."""
    place = at(judged, "redis.address", "redis.username", "redis")
    who = f"Redis ({named})"
    if container == "stopped":
        return CHECK.found(
            "fail",
            f"{who} does not run, and the rest of the stack does",
            "the server answers 406 Not Ready, and no room can be joined",
            at=place,
            fix=Fix("start it", "lkm up"),
            address=named,
        )
    done: list[str] = []
    try:
        done.extend(round_trip(address, context.seconds(1.0)))
    except RedisError as error:
        said = str(error)
        return CHECK.found(
            "fail",
            f"{who} {_what(said, done)}: {said}",
            _means(said, done),
            at=place,
            fix=_mend(said, address, container),
            address=named,
            asked_at=repr(address),
            worked=done,
            said=said,
            user=address.user or "default",
        )
    return CHECK.ok(
        f"{who} answers, and passes messages on", address=named, asked_at=repr(address), worked=done
    )


def _what(said: str, done: list[str]) -> str:
    if "NOPERM" in said:
        return "does not let this user pass messages" if "PING" in done else "does not let this user in"
    if "WRONGPASS" in said or "NOAUTH" in said or "ERR AUTH" in said:
        return "refuses the login"
    return "passes no messages on" if "PING" in done else "does not answer"


def _means(said: str, done: list[str]) -> str:
    if "NOPERM" in said:
        return (
            "LiveKit sends every request between signalling and rooms through PUBLISH and SUBSCRIBE: with an "
            "ACL that lacks them PING works, and joins end in `no response from servers`"
        )
    if done:
        return "LiveKit's requests go through PUBLISH and SUBSCRIBE"
    return "without Redis a server that is told of one does not start, and one that lost it answers 406"


def _mend(said: str, address: Address, container: str) -> Fix:
    user = address.user or "default"
    cli = (
        f"docker exec {container} redis-cli"
        if container
        else f"redis-cli -h {address.host} -p {address.port}"
    )
    if "NOPERM" in said:
        return Fix(
            "give its user all channels, keys and commands", f"{cli} ACL SETUSER {user} on '~*' '&*' '+@all'"
        )
    if "WRONGPASS" in said or "NOAUTH" in said or "ERR AUTH" in said:
        return Fix("write Redis' own user and password into livekit.yaml: redis.username, redis.password")
    return Fix("start it, or correct redis.address", "lkm up" if container else f"{cli} ping")


CHECK = Check(
    id="stack.redis",
    title="Redis passes LiveKit's messages on",
    category="stack",
    order=70,
    needs=("project.files",),
    after=("project.compose", "docker.engine"),
    seconds=6.0,
    run=_run,
    why="LiveKit keeps its rooms in Redis and sends its requests through it; PING alone proves neither.",
    source="livekit/livekit #1901, #2502, #4663",
    evidence="`redis-cli ping`, then `redis-cli subscribe x` in one shell and `redis-cli publish x 1` in "
    "another, "
    "as LiveKit's user.",
    remedy="Start Redis; give LiveKit's user `~* &* +@all`; correct redis.address, username and password.",
    faults=(
        Fault(
            "Redis is stopped",
            "Redis (…) does not run, and the rest of the stack does",
            "curl http://…:7880/: 406 Not Ready",
        ),
        Fault(
            "Redis' ACL has no channels for LiveKit's user",
            "Redis (…) does not let this user pass messages: NOPERM …",
            "`redis-cli ping`: PONG; browser: could not establish signal connection; docker logs: no "
            "response from servers",
        ),
        Fault(
            "another password than Redis has",
            "Redis (…) refuses the login: WRONGPASS …",
            "docker logs: WRONGPASS invalid username-password pair; the container exits with 0",
        ),
    ),
)
