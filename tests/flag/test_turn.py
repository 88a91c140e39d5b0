"""`lkm flag on` and `off`: the value is written where it counts, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Lkm
from tests.unprivileged import give, user_env, user_lkm, user_project

from .conftest import NEXT, READS, ROOT, Write

__all__ = ["user_env", "user_lkm", "user_project"]

NAME = "NEXT_PUBLIC_USE_LIVEKIT"
ON, OFF = f"{NAME}=true\n", f"{NAME}=false\n"


def test_the_file_that_wins_is_written(app: Write, lkm: Lkm) -> None:
    before = f"# who\r\nSECRET=hunter2\r\nexport {NAME}=false # old\r\n"
    root = app({"package.json": NEXT, "a.ts": READS, ".env": OFF})
    (root / ".env.local").write_bytes(before.encode())
    ran = lkm("flag", "on")
    assert ran.code == 0, ran.err
    assert (root / ".env.local").read_bytes().decode() == before.replace("=false", "=true")
    assert (root / ".env").read_text() == OFF
    assert f".env.local:3: {NAME}=true" in ran.err
    assert "hunter2" not in ran.out + ran.err
    assert lkm("flag", "show", "--json").json["data"]["value"] == "true"
    assert lkm("undo").code == 0
    assert (root / ".env.local").read_bytes().decode() == before


def test_a_second_time_nothing_is_written(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS})
    assert lkm("flag", "on").code == 0
    assert (root / ".env.local").read_text() == ON
    again = lkm("flag", "on", "--json")
    assert (again.code, again.json["data"]["changed"], again.json["data"]["files"]) == (0, False, [])


def test_off_where_nobody_sets_it_is_off_already(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS})
    assert lkm("flag", "off", "--json").json["data"]["changed"] is False
    assert not (root / ".env.local").exists()


def test_both_modes_are_written(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS, ".env.production": OFF, ".env.development": OFF})
    lkm("flag", "on")
    assert [(root / f".env.{mode}").read_text() for mode in ("production", "development")] == [ON, ON]


def test_every_package_that_reads_it(app: Write, lkm: Lkm) -> None:
    files = {f"apps/{name}/package.json": NEXT.replace("web", name) for name in ("web", "admin")}
    files |= {f"apps/{name}/a.ts": READS for name in ("web", "admin")}
    root = app({"package.json": ROOT, **files, "apps/admin/.env": OFF})
    lkm("flag", "on")
    assert (root / "apps/web/.env.local").read_text() == ON
    assert (root / "apps/admin/.env").read_text() == ON


def test_diff_writes_nothing_and_hides_secrets(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS, ".env": f"SECRET=hunter2\n{OFF}"})
    ran = lkm("flag", "on", "--diff")
    assert f"+{NAME}=true" in ran.out
    assert "hunter2" not in ran.out
    assert (root / ".env").read_text() == f"SECRET=hunter2\n{OFF}"


@pytest.mark.parametrize(
    ("compose", "after"),
    [
        (
            f'services:\n  web:\n    build:\n      context: .\n      args:\n        {NAME}: "false"  # old\n',
            f'services:\n  web:\n    build:\n      context: .\n      args:\n        {NAME}: "true"  # old\n',
        ),
        (
            f"services:\n  web:\n    image: x\n    environment:\n      - A=1\n      - {NAME}=false\n",
            f"services:\n  web:\n    image: x\n    environment:\n      - A=1\n      - {NAME}=true\n",
        ),
    ],
)
def test_a_literal_value_in_a_compose_file(app: Write, lkm: Lkm, compose: str, after: str) -> None:
    root = app({"package.json": NEXT, "a.ts": READS, ".env.local": OFF, "compose.yaml": compose})
    ran = lkm("flag", "on", "--json")
    assert ran.code == 0, ran.out
    assert (root / "compose.yaml").read_text() == after
    assert (root / ".env.local").read_text() == ON
    assert ran.json["data"]["services"] == ["web"]
    assert any("lkm restart web" in note for note in ran.json["data"]["notes"])


def test_a_compose_file_that_takes_it_from_the_environment(app: Write, lkm: Lkm) -> None:
    compose = f"services:\n  web:\n    image: x\n    environment:\n      {NAME}: ${{{NAME}:-false}}\n"
    root = app(
        {
            "package.json": ROOT,
            "apps/web/package.json": NEXT,
            "apps/web/a.ts": READS,
            "compose.yaml": compose,
        }
    )
    assert lkm("flag", "on").code == 0
    assert (root / ".env").read_text() == ON
    assert (root / "apps/web/.env.local").read_text() == ON
    assert (root / "compose.yaml").read_text() == compose


def test_another_variable_behind_it_is_left_to_the_person(app: Write, lkm: Lkm) -> None:
    compose = f"services:\n  web:\n    image: x\n    environment:\n      {NAME}: ${{LIVE:-false}}\n"
    root = app({"package.json": NEXT, "a.ts": READS, "compose.yaml": compose})
    ran = lkm("flag", "on")
    assert ran.code == 4
    assert "compose.yaml:5" in ran.err
    assert "LIVE" in ran.err
    assert not (root / ".env.local").exists()


def test_code_that_does_not_read_it_is_not_turned(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": "export {};\n"})
    ran = lkm("flag", "on")
    assert ran.code == 1
    assert "lkm init" in ran.err
    assert sorted(path.name for path in root.iterdir()) == ["a.ts", "lkm.toml", "package.json"]


def test_what_becomes_of_calls_is_said(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, "a.ts": READS})
    ran = lkm("flag", "on")
    assert "stays on Mediasoup until it is loaded again" in ran.err
    assert "LiveKit does not answer yet" in ran.err


def test_with_a_restart_livekit_has_to_answer(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS})
    ran = lkm("flag", "on", "--restart")
    assert ran.code == 1
    assert "lkm flag on --restart --force" in ran.err
    assert not (root / ".env.local").exists()
    forced = lkm("flag", "on", "--restart", "--force")
    assert forced.code == 0, forced.err
    assert "lkm up starts them with it" in forced.err


def test_a_broken_line_below_stays_as_it_is(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS, ".env.local": f'{OFF}A="not closed\n'})
    assert lkm("flag", "on").code == 0
    assert (root / ".env.local").read_text() == f'{ON}A="not closed\n'


def test_where_one_file_may_not_be_written_none_is(user_project: Path, user_lkm: Lkm) -> None:
    for name in ("web", "admin"):
        folder = user_project / "apps" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(NEXT.replace("web", name))
        (folder / "a.ts").write_text(READS)
        (folder / ".env").write_text(OFF)
    (user_project / "package.json").write_text(ROOT)
    give(user_project)
    (user_project / "apps/web").chmod(0o555)
    try:
        ran = user_lkm("flag", "on")
        assert ran.code == 4, ran.err
        assert "apps/web" in ran.err
        assert (user_project / "apps/admin/.env").read_text() == OFF
    finally:
        (user_project / "apps/web").chmod(0o755)
