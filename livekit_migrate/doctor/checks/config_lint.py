"""What the LiveKit server would say of its configuration, for every way in which the project starts one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...core.changes import ChangeSet
from ...core.errors import ConfigError
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ._server import looked


def _run(context: Context) -> Iterator[Finding]:
    try:
        it = looked(context)
    except ConfigError as error:
        if error.code != "config.none":
            raise
        yield CHECK.skip("the project has no configuration of a LiveKit server")
        return
    for finding in it.findings:
        evidence = dict(finding.evidence)
        if finding.id == "config.short-secret":  # one secret, one cause: what is said of the app's own pair
            evidence.setdefault("cause", ["security.dev-keys", "security.short-secret"])
        yield replace(finding, category=CHECK.category, evidence=evidence)
    sound = [one for one in it.servers if not any(f.status in ("fail", "skip") for f in one.findings)]
    if sound:
        who = ", ".join(dict.fromkeys(f"{one.start.who} ({one.version})" for one in sound))
        yield CHECK.ok(f"the server starts with its configuration: {who}")


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    """The safe mends of the file that a finding is about, as `lkm config lint --fix` makes them."""
    from ...core.changes import change
    from ...core.files import read_bytes
    from ...livekit.configcheck.fix import fixed
    from ...livekit.configcheck.model import Facts

    if finding.location is None or "edit" not in finding.evidence:
        return None
    for one in looked(context).servers:
        path = context.root / one.text.at.file
        own = one.text.whole and one.text.name == one.text.at.file and path.is_file()
        if own and one.text.name == finding.location.file:
            data = read_bytes(path, what="server configuration")
            text, _ = fixed(data, name=one.text.name, version=one.version, facts=Facts())
            return ChangeSet("lkm doctor --fix", context.root, (change(path, text, secret=True),))
    return None


CHECK = Check(
    id="config.lint",
    title="The LiveKit server takes its configuration",
    category="config",
    order=0,
    needs=("project.files",),
    seconds=4.0,
    run=_run,
    fix=_fix,
    why="An unknown key is fatal, the process then exits with 0, and a supervisor sees success.",
    source="livekit-server v1.13.5 pkg/config; livekit/livekit #1098, #4049, #4626, #3747, #2482, PR #4505",
    evidence="`docker logs`: `error unmarshaling`, `one of key-file or keys must be provided`; exit code 0.",
    remedy="`lkm config lint` names each line; `lkm doctor --fix` corrects what is certain.",
    faults=(
        Fault(
            "a key of livekit.yaml is misspelled",
            "livekit.yaml:…: unknown key …",
            "docker logs: `field … not found in type config.…`; the container exits with 0",
        ),
        Fault(
            "node_ip and use_external_ip together",
            "rtc.node_ip is ignored: use_external_ip beats it",
            "docker logs: another nodeIP than the one in the file",
        ),
        Fault(
            "node_ip is an address of Docker's own networks",
            "rtc.node_ip lies in Docker's own networks",
            "browser: could not establish pc connection; about:webrtc shows 172.… candidates",
        ),
        Fault(
            "TURN in a private network since 1.12",
            "TURN refuses the peers of this network",
            "browser: relay candidates, and no media",
        ),
        Fault(
            "webhook.api_key is not among the keys",
            "webhook.api_key is not one of the keys",
            "the server ends at its start, with exit code 0",
        ),
    ),
)
