"""The flag in real images and containers: what was built in stays until it is built anew."""

from __future__ import annotations

from tests.stack.composed import IMAGE, Composed

NAME = "NEXT_PUBLIC_USE_LIVEKIT"


def _stack(composed: Composed) -> None:
    """A web front end that has the flag written in when it is built, and one that reads it at its start."""
    (composed.root / "package.json").write_text('{"dependencies": {"next": "16", "react": "19"}}')
    (composed.root / "a.ts").write_text(f'export const on = process.env.{NAME} === "true";\n')
    (composed.root / "Dockerfile").write_text(
        f"FROM {IMAGE} AS dev\nLABEL {composed.name}=1\n"
        'ENTRYPOINT ["/bin/busybox", "sleep", "1000"]\nSTOPSIGNAL SIGKILL\n'
        f"FROM dev AS prod\nARG {NAME}=false\nRUN /bin/busybox true\n"
    )
    (composed.root / ".dockerignore").write_text("*\n")
    args = {NAME: f"${{{NAME}:-false}}"}
    services = {
        f"web-{target}": {
            "image": f"{composed.name}-{target}",
            "build": {"context": ".", "target": target, "args": args},
            **({"environment": args} if target == "dev" else {}),
        }
        for target in ("dev", "prod")
    }
    composed.write({"livekit": composed.livekit(), **services})


def test_turned_while_the_stack_runs(composed: Composed) -> None:
    _stack(composed)
    try:
        assert composed.up().code == 0
        shown = composed.lkm("flag", "show", "--json").json
        running = {each["service"]: each for each in shown["data"]["running"]}
        assert shown["data"]["value"] == "false"
        assert running["web-prod"]["image"] == "false"
        assert (running["web-dev"]["container"], running["web-dev"]["development"]) == ("false", True)

        turned = composed.lkm("flag", "on", "--json").json
        assert turned["data"]["services"] == ["web-dev", "web-prod"]
        assert turned["data"]["livekit"] == {"ready": True, "participants": 0}
        stale = composed.lkm("flag", "show", "--json").json
        assert stale["data"]["value"] is None
        assert [finding["id"] for finding in stale["findings"]] == ["flag.stale", "flag.stale"]
        assert {finding["fix"]["command"] for finding in stale["findings"]} == {
            "lkm restart web-dev",
            "lkm restart web-prod",
        }

        # The files are right already; what runs is not.
        taken = composed.lkm("flag", "on", "--restart", "--json")
        assert taken.code == 0, taken.out
        assert taken.json["data"]["changed"] is False
        assert taken.json["data"]["rebuilt"] == ["web-prod"]
        fresh = composed.lkm("flag", "show", "--json").json
        assert (fresh["data"]["value"], fresh["findings"]) == ("true", [])

        back = composed.lkm("flag", "off", "--restart", "--json")
        assert back.code == 0, back.out
        assert composed.lkm("flag", "show", "--json").json["data"]["value"] == "false"
    finally:
        composed.clean_up()  # the images, too: by their label
