"""`lkm undo` as a user and a program meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet, change
from tests.conftest import Lkm

CANARY = "canary-Rt6-secret-value-0123456789abcdef"


@pytest.fixture
def changed(project: Path, clean_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project with two changes that lkm made; their ids."""
    monkeypatch.setenv("LKM_STATE_DIR", clean_env["LKM_STATE_DIR"])
    (project / "app.ts").write_text("one\n")
    ids = []
    for number, title in enumerate(("lkm keys new", "lkm init")):
        files = (
            change(project / "app.ts", f"{title}\n".encode()),
            change(
                project / "web/.env",
                f"LIVEKIT_API_SECRET={CANARY}{number}\n".encode(),
                mode=0o600,
                secret=True,
            ),
        )
        ids.append(journal.apply(ChangeSet(title, project, files)).id)
    return ids


def test_the_list_is_newest_first(lkm: Lkm, changed: list[str]) -> None:
    ran = lkm("undo", "--list")
    assert (ran.code, ran.err) == (0, "")
    head, first, second = ran.out.splitlines()
    assert head.split()[:4] == ["id", "when", "command", "files"]
    assert first.startswith(changed[1])
    assert "lkm init" in first
    assert "app.ts, web/.env" in second
    entries = lkm("undo", "--list", "--json").json["data"]["entries"]
    assert [entry["id"] for entry in entries] == changed[::-1]
    assert entries[0] | {"time": ""} == {
        "id": changed[1],
        "title": "lkm init",
        "time": "",
        "files": ["app.ts", "web/.env"],
        "undone": False,
        "undone_at": None,
    }
    lkm("undo")
    assert "taken back" in lkm("undo", "--list").out.splitlines()[1]
    entries = lkm("undo", "--list", "--json").json["data"]["entries"]
    assert [entry["undone"] for entry in entries] == [True, False]
    assert entries[0]["undone_at"].endswith("Z")


def test_undo_shows_what_it_did(lkm: Lkm, project: Path, changed: list[str]) -> None:
    ran = lkm("undo")
    assert ran.code == 0
    assert "-lkm init\n+lkm keys new\n" in ran.out
    assert "took back `lkm init` of " in ran.err
    assert ": app.ts, web/.env" in ran.err
    assert (project / "app.ts").read_text() == "lkm keys new\n"
    ran = lkm("undo", "--json")
    assert [entry["id"] for entry in ran.json["data"]["undone"]] == changed[:1]
    assert ran.json["data"]["dry_run"] is False
    assert "deleted file mode 100600" in ran.json["data"]["diff"]
    assert sorted(path.name for path in project.iterdir()) == [".lkm", "app.ts", "lkm.toml"]
    ran = lkm("undo", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "undo.nothing")
    assert lkm("undo").err.splitlines()[0].endswith("nothing to undo")


def test_diff_changes_nothing(lkm: Lkm, project: Path, changed: list[str]) -> None:
    first, second = lkm("undo", "--diff"), lkm("undo", "--diff", "--to", changed[0], "--json")
    assert "-lkm init\n+lkm keys new\n" in first.out
    assert "nothing was changed" in first.err
    assert "-lkm init\n+one\n" in second.json["data"]["diff"]
    assert [entry["id"] for entry in second.json["data"]["undone"]] == changed[::-1]
    assert second.json["data"]["dry_run"] is True
    assert (project / "app.ts").read_text() == "lkm init\n"
    assert not any(entry["undone"] for entry in lkm("undo", "--list", "--json").json["data"]["entries"])


def test_to_takes_back_the_later_ones_too(lkm: Lkm, project: Path, changed: list[str]) -> None:
    ran = lkm("undo", "--to", changed[0])
    assert ran.code == 0
    assert ran.err.index("lkm init") < ran.err.index("lkm keys new")
    assert (project / "app.ts").read_text() == "one\n"
    assert not (project / "web").exists()
    for to, code in ((changed[0], "undo.nothing"), ("20200101", "undo.unknown")):
        ran = lkm("undo", "--to", to, "--json")
        assert (ran.code, ran.json["error"]["code"]) == (1, code)


@pytest.mark.parametrize("more", [(), ("--diff",), ("--list",)])
def test_an_empty_id_is_a_usage_error(
    lkm: Lkm, project: Path, changed: list[str], more: tuple[str, ...]
) -> None:
    assert lkm("undo").code == 0
    before = (project / "app.ts").read_text()
    ran = lkm("undo", "--to", "", *more, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert "more than one" not in ran.json["error"]["message"]
    assert (project / "app.ts").read_text() == before


def test_each_file_changed_since_is_named(lkm: Lkm, project: Path, changed: list[str]) -> None:
    (project / "app.ts").write_text("edited\n")
    ran = lkm("undo")
    assert ran.code == 1
    assert f"app.ts: it is not as `lkm init` left it ({changed[1]})" in ran.out
    assert f"diff .lkm/journal/{changed[1]}/0.new app.ts" in ran.out
    assert "nothing was taken back: 1 file changed since" in ran.err
    ran = lkm("undo", "--json")
    (finding,) = ran.json["findings"]
    assert (finding["id"], finding["status"], finding["location"]["file"]) == (
        "undo.changed",
        "fail",
        "app.ts",
    )
    assert CANARY in (project / "web/.env").read_text()


def test_no_secret_in_any_output(lkm: Lkm, project: Path, changed: list[str]) -> None:
    def said(*argv: str) -> str:
        ran = lkm(*argv)
        return ran.out + ran.err

    outputs = [
        said("undo", *more) for more in (("--list",), ("--diff",), ("--diff", "--json"), ("--diff", "-v"))
    ]
    env = (project / "web/.env").read_text()
    (project / "web/.env").write_text(env + "X=1\n")
    outputs += [said("undo"), said("undo", "--json"), said("undo", "-v")]
    (project / "web/.env").write_text(env)
    outputs += [said("undo"), said("undo", "--json")]
    assert CANARY not in "".join(outputs)
    assert "web/.env" in outputs[1]


def test_what_a_killed_lkm_left_is_announced_by_any_command(
    lkm: Lkm, project: Path, changed: list[str]
) -> None:
    # A journal as a SIGKILL leaves it; every possible moment of one is in tests/core/test_kill.py.
    def reopen(name: str) -> None:
        (project / ".lkm/journal/open").write_text(name)
        (project / ".lkm/journal" / name / "done").unlink()

    reopen(changed[1])
    (project / "app.ts").write_text("lkm keys new\n")
    ran = lkm("undo", "--list", "--json")
    (note,) = ran.json["data"]["notes"]
    assert note.startswith("an interrupted `lkm init` from ")
    assert note.endswith(" was taken back: app.ts, web/.env")
    assert json.dumps(ran.json).count(changed[1]) == 0
    assert (project / "web/.env").read_text() == f"LIVEKIT_API_SECRET={CANARY}0\n"
    reopen(changed[0])
    ran = lkm("undo", "--list")
    assert ran.err.startswith("`lkm keys new` from ")
    assert "it is complete (app.ts, web/.env)" in ran.err
    assert lkm("undo", "--list").err == ""


def test_list_goes_alone(lkm: Lkm) -> None:
    assert lkm("undo", "--list", "--to", "x").code == 2
    assert lkm("undo", "--list", "--diff").code == 2


def test_where_lkm_did_nothing(lkm: Lkm, project: Path) -> None:
    ran = lkm("undo", "--list")
    assert (ran.code, ran.out, ran.err) == (0, "", "lkm has changed no file here\n")
    assert lkm("undo").code == 1
    assert lkm("undo", "--list", "--json").json["data"] == {"entries": []}
    assert list(project.iterdir()) == [project / "lkm.toml"]
