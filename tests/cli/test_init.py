"""`lkm init` as a user runs it: what it says, asks, refuses, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Lkm, need
from tests.scaffold.apps import EXPRESS, HONO, NEXT, VITE, package, prints, workspace, write
from tests.unprivileged import give, user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]


@pytest.fixture
def app(project: Path) -> Path:
    return write(project, workspace(NEXT, HONO))


def test_a_dry_run_changes_nothing_and_shows_all(lkm: Lkm, app: Path) -> None:
    before = prints(app)
    ran = lkm("init", "--diff")
    assert ran.code == 0, ran.err
    assert "+++ b/apps/server/src/livekit/routes.ts\n" in ran.out
    assert "+app.route('/livekit', livekitRoutes())\n" in ran.out
    assert "nothing was changed" in ran.err
    assert prints(app) == before


def test_done_then_nothing_to_do_then_undone(lkm: Lkm, app: Path) -> None:
    before = prints(app)
    first = lkm("init", "--json")
    assert first.code == 0, first.out
    data = first.json["data"]
    assert data["complete"] is True
    assert data["web"] == {
        "folder": "apps/web",
        "framework": "next (app router)",
        "supported": True,
        "source": "apps/web/src",
        "language": "ts",
        "module": "esm",
    }
    assert set(data["files"]) == {name for name, each in prints(app).items() if before.get(name) != each}
    second = lkm("init")
    assert second.code == 0
    assert "nothing to change" in second.err
    undone = lkm("undo")
    assert undone.code == 0, undone.err
    assert prints(app) == before


def test_what_a_user_edited_is_kept(lkm: Lkm, app: Path) -> None:
    lkm("init")
    mine = app / "apps/server/src/livekit/authorize.ts"
    mine.write_text("// mine\n" + mine.read_text())
    gone = app / "apps/server/src/livekit/events.ts"
    gone.unlink()
    ran = lkm("init", "--json")
    assert ran.code == 0
    assert ran.json["data"]["files"] == []
    assert mine.read_text().startswith("// mine\n")
    assert not gone.exists()
    assert [each["location"]["file"] for each in ran.json["findings"] if each["id"] == "init.removed"] == [
        "apps/server/src/livekit/events.ts"
    ]


def older(app: Path, name: str, now: str, then: str) -> None:
    """As if an older template had written a file: in it and in the record."""
    path = app / name
    record = json.loads((app / "lkm.init.json").read_text())
    assert now in record["base"][name]
    record["base"][name] = record["base"][name].replace(now, then)
    (app / "lkm.init.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    path.write_text(path.read_text().replace(now, then))


ROOMS = "apps/server/src/livekit/rooms.ts"
MOST = "maxParticipants: 20"


def test_a_new_template_is_merged_with_what_was_edited(lkm: Lkm, app: Path) -> None:
    lkm("init")
    older(app, ROOMS, MOST, "maxParticipants: 10")
    path = app / ROOMS
    path.write_text(path.read_text() + "// mine\n")
    ran = lkm("init", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["data"]["states"][ROOMS] == "merge"
    assert MOST in path.read_text()
    assert path.read_text().endswith("// mine\n")


def test_where_both_changed_the_same_lines_the_file_stays(lkm: Lkm, app: Path) -> None:
    lkm("init")
    older(app, ROOMS, MOST, "maxParticipants: 10")
    path = app / ROOMS
    path.write_text(path.read_text().replace("maxParticipants: 10", "maxParticipants: 7"))
    before = path.read_bytes()
    ran = lkm("init", "--json")
    assert ran.code == 1
    assert path.read_bytes() == before
    [conflict] = [each for each in ran.json["findings"] if each["id"] == "init.conflict"]
    line = before.decode().splitlines().index("  maxParticipants: 7") + 1
    assert conflict["location"] == {"file": ROOMS, "line": line, "column": None}
    assert MOST in conflict["evidence"]["hunks"][0]["template"]
    # Settled by hand, it is settled.
    path.write_text(path.read_text().replace("maxParticipants: 7", MOST))
    assert lkm("init").code == 0


def test_somebody_s_file_of_the_same_name_stays(lkm: Lkm, app: Path) -> None:
    path = app / "apps/web/src/livekit/types.ts"
    path.parent.mkdir()
    path.write_text("export type Mine = 1;\n")
    ran = lkm("init", "--json")
    assert ran.code == 1
    assert path.read_text() == "export type Mine = 1;\n"
    [clash] = [each for each in ran.json["findings"] if each["id"] == "init.clash"]
    assert clash["location"]["file"] == "apps/web/src/livekit/types.ts"
    assert (app / "apps/web/src/livekit/LiveKitProvider.tsx").is_file(), "the rest goes on"


def test_several_apps_need_to_be_told_apart(lkm: Lkm, project: Path) -> None:
    files = workspace(NEXT, HONO) | {f"apps/admin/{name}": text for name, text in NEXT.items()}
    write(project, files)
    ran = lkm("init")
    assert ran.code == 2
    assert "apps/admin, apps/web" in ran.err
    assert "lkm init --web apps/admin" in ran.err
    named = lkm("init", "--web", "apps/web")
    assert named.code == 0, named.err
    assert not (project / "apps/admin/src/livekit").exists()
    again = lkm("init")
    assert again.code == 0, "the record answers for the teammate"
    assert "nothing to change" in again.err


def test_somebody_at_a_terminal_is_asked(project: Path, clean_env: dict[str, str]) -> None:
    write(project, workspace(NEXT, HONO) | {f"apps/admin/{name}": text for name, text in NEXT.items()})
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "init"],
        cwd=project,
        env={**clean_env, "TERM": "dumb"},
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    read, answers = b"", ["3", "x", "2"]  # no such number, no number, apps/web
    try:
        while select.select([parent], [], [], 60)[0]:
            try:
                chunk = os.read(parent, 65536)
            except OSError:  # how Linux ends it
                break
            if not chunk:
                break
            read += chunk  # up to the midst of a letter
            if answers and read.count(b"number [1]:") == 4 - len(answers):
                os.write(parent, f"{answers.pop(0)}\n".encode())
        assert process.wait(60) == 0, read
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    seen = read.decode()
    assert "which package is the web app?" in seen
    assert "  1  apps/admin (next (app router))\r\n  2  apps/web (next" in seen
    assert "there is no 3" in seen
    assert (project / "apps/web/src/livekit").is_dir()
    assert not (project / "apps/admin/src/livekit").exists()


def test_a_package_that_cannot_be_read_is_named(lkm: Lkm, project: Path) -> None:
    write(project, workspace({"package.json": "{,}\n"}, HONO))
    ran = lkm("init", "--json")
    said = {each["id"]: each for each in ran.json["findings"]}
    assert said["init.unreadable"]["location"]["file"] == "apps/web/package.json"
    assert said["init.no-web"]["status"] == "warn"


def test_no_input_takes_the_first_and_says_so(lkm: Lkm, project: Path) -> None:
    write(project, workspace(NEXT, HONO) | {f"apps/admin/{name}": text for name, text in NEXT.items()})
    ran = lkm("init", "--no-input")
    assert ran.code == 0
    assert "took apps/admin" in ran.err


def test_a_package_that_is_not_there(lkm: Lkm, app: Path) -> None:
    ran = lkm("init", "--web", "apps/nowhere")
    assert ran.code == 2
    assert "apps/web" in ran.err


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"main.py": ""}, 2, "no package.json"),
        ({"deno.json": "{}"}, 2, "Deno"),
        ({"package.json": package("lib", "lodash", main="index.js")}, 2, "lib is a library"),
        ({"package.json": "{"}, 2, "package.json: line 1, column 2: not JSON"),
    ],
    ids=["no package", "deno", "library", "broken"],
)
def test_what_is_no_app(lkm: Lkm, project: Path, files: dict[str, str], code: int, said: str) -> None:
    write(project, files)
    before = prints(project)
    ran = lkm("init")
    assert ran.code == code
    assert said in ran.err
    assert prints(project) == before


@pytest.mark.parametrize(
    ("needs", "name"),
    [
        (("vue", "vite"), "vue"),
        (("@sveltejs/kit", "svelte", "vite"), "sveltekit"),
        (("@angular/core",), "angular"),
        (("react-scripts", "react"), "cra"),
    ],
)
def test_another_framework_gets_the_server_s_half(
    lkm: Lkm, project: Path, needs: tuple[str, ...], name: str
) -> None:
    web = {"package.json": package("front", *needs), "src/main.ts": "export {};\n"}
    write(project, workspace(web, EXPRESS))
    ran = lkm("init", "--json")
    assert ran.code == 1
    [finding] = [each for each in ran.json["findings"] if each["status"] == "fail"]
    assert finding["id"] == "init.web-unsupported"
    assert finding["evidence"] == {"framework": name}
    assert "Next.js, Vite with React" in finding["detail"]
    assert (project / "apps/server/livekit/routes.js").is_file()
    assert not (project / "apps/web/src/livekit").exists()


def test_an_older_livekit_is_not_raised(lkm: Lkm, project: Path) -> None:
    front = {
        **VITE,
        "package.json": VITE["package.json"].replace('"react":', '"livekit-client": "^1.9.0",\n    "react":'),
    }
    write(project, front)
    ran = lkm("init", "--json")
    assert '"livekit-client": "^1.9.0"' in (project / "package.json").read_text()
    [old] = [each for each in ran.json["findings"] if each["id"] == "init.dependency-old"]
    assert old["status"] == "warn"


def test_changes_that_git_does_not_have_are_in_the_way(lkm: Lkm, app: Path) -> None:
    git = shutil.which("git")
    if git is None:
        need("git", "no git on PATH")
    env = {
        **os.environ,
        **{f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([str(git), *argv], cwd=app, env=env, check=True)
    (app / "notes.txt").write_text("not of init's")
    page = app / "apps/server/src/index.ts"
    page.write_text(page.read_text() + "// later\n")
    ran = lkm("init")
    assert ran.code == 1
    assert "apps/server/src/index.ts" in ran.err
    assert "notes.txt" not in ran.err
    assert "--allow-dirty" in ran.err
    assert not (app / "lkm.init.json").exists()
    assert lkm("init", "--allow-dirty").code == 0
    assert "// later\n" in page.read_text()


def test_a_broken_record(lkm: Lkm, app: Path) -> None:
    (app / "lkm.init.json").write_text("{}")
    ran = lkm("init")
    assert ran.code == 4
    assert "lkm.init.json" in ran.err


def test_a_read_only_file_stops_it_all(user_lkm: Lkm, user_project: Path) -> None:
    write(user_project, workspace(NEXT, HONO))
    (user_project / "apps/server/src/index.ts").chmod(0o444)
    give(user_project)
    before = prints(user_project)
    ran = user_lkm("init")
    assert ran.code == 4, ran.err
    assert "read-only" in ran.err
    assert prints(user_project) == before
