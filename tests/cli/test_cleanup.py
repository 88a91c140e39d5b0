"""`lkm cleanup` as a user runs it: the dry run, the whole, and every way in which it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from livekit_migrate.core import exits
from tests.cleanup.apps import FILES, snapshot, write
from tests.conftest import Lkm, Ran, need
from tests.unprivileged import give

UserLkm = Callable[..., Ran]


@pytest.fixture
def app(project: Path) -> Path:
    return write(project)


def git(folder: Path, *words: str) -> str:
    if shutil.which("git") is None:
        need("git", "no git on PATH")
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_dry_run_shows_the_diff_and_changes_nothing(app: Path, lkm: Lkm) -> None:
    before = snapshot(app)
    ran = lkm("cleanup-mediasoup")
    assert ran.code == 0, ran.err
    assert "-export const useCall = USE_LIVEKIT ? useLiveKitCall : useMediasoupCall;" in ran.out
    assert "+export const useCall = useLiveKitCall;" in ran.out
    assert "Dry run: " in ran.out
    assert "done" not in ran.out.lower()
    assert "nothing was changed; to do it: lkm cleanup-mediasoup --apply" in ran.err
    assert snapshot(app) == before
    assert not (app / ".lkm").exists()


def test_it_is_done_whole_a_second_time_changes_nothing_and_undo_brings_every_byte_back(
    app: Path, lkm: Lkm
) -> None:
    before = snapshot(app)
    ran = lkm("cleanup", "mediasoup", "--apply", "--json")
    assert ran.code == 0, ran.out
    data = ran.json["data"]
    assert data["packages"] == ["@types/ws", "mediasoup", "mediasoup-client", "ws"]
    deleted = {each["path"] for each in data["files"] if each["action"] == "delete"}
    assert deleted == {
        "apps/server/src/mediasoup/MediaServer.ts",
        "apps/web/call/signaling.ts",
        "apps/web/call/useMediasoupCall.ts",
    }
    after = snapshot(app)
    assert set(before) - set(after) == deleted
    server = json.loads((app / "apps/server/package.json").read_text())
    assert server["dependencies"] == {"express": "^5.0.0", "zod": "^4.0.0"}
    assert server["devDependencies"] == {"tsx": "^4.0.0"}
    assert server["scripts"] == {"dev": "tsx src/index.ts", "all": "npm run dev"}
    assert json.loads((app / "package.json").read_text())["trustedDependencies"] == ["esbuild"]
    text = b"".join(data for path, data in after.items() if not path.endswith(".md")).decode().lower()
    assert "mediasoup" not in text
    assert "4001" not in text
    assert "Calls run on LiveKit alone" in (app / "MIGRATION_SUMMARY.md").read_text()
    assert "## Calls" in (app / "README.md").read_text()
    again = lkm("cleanup", "mediasoup", "--json")
    assert again.json["data"]["files"] == []
    assert lkm("undo").code == 0
    assert snapshot(app) == before


def test_what_is_left_untouched_is_untouched_to_the_byte(app: Path, lkm: Lkm) -> None:
    raw = (app / "apps/server/src/index.ts").read_bytes().replace(b"\n", b"\r\n")
    (app / "apps/server/src/index.ts").write_bytes(b"\xef\xbb\xbf" + raw)
    assert lkm("cleanup", "mediasoup", "--apply").code == 0
    after = (app / "apps/server/src/index.ts").read_bytes()
    assert after.startswith(b'\xef\xbb\xbfimport express from "express";\r\n')
    assert after.count(b"\n") == after.count(b"\r\n")
    lines = raw.split(b"\r\n")
    assert [line for line in after[3:].split(b"\r\n") if line not in lines] == []


def test_steps_and_rules_can_be_chosen(app: Path, lkm: Lkm) -> None:
    only = lkm("cleanup", "mediasoup", "--only", "flag", "--json").json["data"]
    assert {each["path"] for each in only["files"]} >= {"apps/web/call/useCall.ts"}
    assert "docker-compose.yml" not in {each["path"] for each in only["files"]}
    skipped = lkm("cleanup", "mediasoup", "--skip", "services.port", "--skip", "texts", "--json").json["data"]
    assert "MIGRATION_SUMMARY.md" not in {each["path"] for each in skipped["files"]}
    assert '"4001:4001"' not in "".join(line for line in skipped["diff"].splitlines() if line.startswith("-"))
    wrong = lkm("cleanup", "mediasoup", "--only", "flagg")
    assert wrong.code == exits.USAGE
    assert "flagg: no such step or rule" in wrong.err


@pytest.mark.parametrize(
    "chosen", ["--only services", "--only dependencies.script --only services", "--skip dependencies"]
)
def test_a_service_stays_while_code_uses_the_old_stack_whatever_is_chosen(
    app: Path, lkm: Lkm, chosen: str
) -> None:
    (app / "compose.sfu.yml").write_text("services:\n  mediasoup:\n    image: sfu\n")
    (app / "apps/server/src/more.ts").write_text(
        'import * as ms from "mediasoup";\nimport express from "express";\nexport default [ms, express()];\n'
    )
    ran = lkm("cleanup", "mediasoup", *chosen.split(), "--json")
    assert "compose.sfu.yml" not in {each["path"] for each in ran.json["data"]["files"]}
    assert any("service mediasoup stays" in f["title"] for f in ran.json["findings"])


def test_the_command_to_type_next_does_what_was_shown(app: Path, lkm: Lkm) -> None:
    ran = lkm("cleanup-mediasoup", "--unsafe", "--skip", "services", "--old", "apps/web/my old", ".")
    said = "lkm cleanup-mediasoup --old 'apps/web/my old' --skip services --unsafe . --apply"
    assert said in ran.err


def test_a_flag_that_nothing_reads_is_said(app: Path, lkm: Lkm) -> None:
    ran = lkm("cleanup", "flag", "--name", "NEXT_PUBLIC_USE_LIVEKITT")
    assert ran.code == 0
    assert "NEXT_PUBLIC_USE_LIVEKITT: no code here reads it; a typo, or it is gone already" in ran.err
    ran = lkm("cleanup", "flag", "--name", "NEXT_PUBLIC_USE_LIVEKIT")
    assert "no code here reads it" not in ran.err


def test_check_is_for_ci(app: Path, lkm: Lkm) -> None:
    assert lkm("cleanup", "mediasoup", "--check").code == 1
    assert lkm("cleanup", "mediasoup", "--apply").code == 0
    left = lkm("cleanup", "mediasoup", "--check", "--json")
    assert left.code == 0, left.out


def test_the_patch_is_one_that_git_applies(app: Path, lkm: Lkm) -> None:
    git(app, "init", "-q")
    before = snapshot(app)
    ran = lkm("cleanup", "mediasoup", "--patch", "../cleanup.patch")
    assert ran.code == 0, ran.err
    assert snapshot(app) == before
    git(app, "apply", "../cleanup.patch")
    patched = snapshot(app)
    git(app, "apply", "-R", "../cleanup.patch")
    assert lkm("cleanup", "mediasoup", "--apply", "--allow-dirty").code == 0
    assert snapshot(app) == patched


def test_changes_that_are_not_committed_stop_it_and_only_in_files_that_it_changes(
    app: Path, lkm: Lkm
) -> None:
    git(app, "init", "-q")
    git(app, "add", "-A")
    git(app, "commit", "-qm", "all")
    (app / "apps/web/app/page.tsx").write_text("// mine\n" + FILES["apps/web/app/page.tsx"])
    (app / "apps/server/package.json").write_text(FILES["apps/server/package.json"] + "\n")
    before = snapshot(app)
    ran = lkm("cleanup", "mediasoup", "--apply")
    assert ran.code == exits.FAILED
    assert "1 of the files to be changed has changes that are not committed" in ran.err
    assert "apps/server/package.json" in ran.err
    assert "page.tsx" not in ran.err
    assert "--allow-dirty" in ran.err
    assert snapshot(app) == before
    assert lkm("cleanup", "mediasoup", "--apply", "--allow-dirty").code == 0


def test_git_in_the_middle_of_work_stops_it(app: Path, lkm: Lkm) -> None:
    git(app, "init", "-q")
    git(app, "add", "-A")
    git(app, "commit", "-qm", "all")
    (app / ".git/index.lock").touch()
    ran = lkm("cleanup", "mediasoup", "--apply")
    assert ran.code == exits.FAILED
    assert "git is at work in this repository" in ran.err
    (app / ".git/index.lock").unlink()
    assert lkm("cleanup", "mediasoup", "--apply").code == 0


def test_an_app_without_livekit_is_not_left_without_calls(app: Path, lkm: Lkm) -> None:
    for path in ("useLiveKitCall.ts", "useCall.ts", "useMediasoupCall.ts", "signaling.ts"):
        (app / "apps/web/call" / path).unlink()
    (app / "apps/web/app/page.tsx").write_text("export default () => null;\n")
    before = snapshot(app)
    ran = lkm("cleanup", "mediasoup", "--apply")
    assert ran.code == exits.FAILED
    assert "LiveKit cannot work yet: nothing was changed" in ran.err
    assert "bring it in first (`lkm init`); --force goes ahead all the same" in ran.err
    assert snapshot(app) == before
    assert lkm("cleanup", "mediasoup", "--apply", "--force").code == 0
    assert not (app / "apps/server/src/mediasoup").exists()


def test_a_real_env_file_is_touched_only_on_request_and_never_shown(app: Path, lkm: Lkm) -> None:
    (app / "apps/web/.env").write_text(
        "NEXT_PUBLIC_USE_LIVEKIT=true\nLIVEKIT_API_SECRET=canary-canary-canary\n"
    )
    (app / "apps/web/.gitignore").write_text(".env\n")
    ran = lkm("cleanup", "mediasoup", "--apply")
    assert "canary" not in ran.out + ran.err
    assert "NEXT_PUBLIC_USE_LIVEKIT" in (app / "apps/web/.env").read_text()
    assert lkm("undo").code == 0
    assert lkm("cleanup", "mediasoup", "--apply", "--env-files").code == 0
    assert (app / "apps/web/.env").read_text() == "LIVEKIT_API_SECRET=canary-canary-canary\n"


def test_undo_refuses_a_file_that_was_edited_since_and_offers_to_merge_it(app: Path, lkm: Lkm) -> None:
    assert lkm("cleanup", "mediasoup", "--apply").code == 0
    server = app / "apps/server/src/index.ts"
    server.write_text(server.read_text().replace("app.listen(env.PORT);", "app.listen(env.PORT); // mine"))
    before = snapshot(app)
    ran = lkm("undo", "--json")
    assert ran.code == exits.FAILED
    assert snapshot(app) == before
    (finding,) = ran.json["findings"]
    assert finding["location"]["file"] == "apps/server/src/index.ts"
    merge = finding["detail"].partition(": ")[2]
    assert merge.startswith("git merge-file apps/server/src/index.ts ")
    git(app, *merge.split()[1:])
    merged = server.read_text()
    assert "app.listen(env.PORT); // mine" in merged
    assert "await media.ready();" in merged


def test_marks_are_comments_that_a_build_can_fail_on(app: Path, lkm: Lkm) -> None:
    path = app / "apps/server/src/room.ts"
    path.write_text(
        'import type { Router } from "mediasoup/types";\n'
        'import { chat } from "./chat";\n\n'
        "export function open(router: Router) {\n  return chat(router.rtpCapabilities);\n}\n"
    )
    (app / "apps/server/src/chat.ts").write_text("export const chat = (of: unknown) => of;\n")
    (app / "apps/server/src/index.ts").write_text(
        'import { MediaServer } from "./mediasoup/MediaServer";\nimport { open } from "./room";\n\n'
        'const media = new MediaServer("127.0.0.1");\nconsole.log(open, media);\n'
    )
    ran = lkm("cleanup", "mediasoup", "--mark", "--apply", "--force")
    assert ran.code == 0, ran.err
    lines = (app / "apps/server/src/index.ts").read_text().splitlines()
    mark = next(
        number for number, line in enumerate(lines) if line.startswith("// LKM-CLEANUP(code.needed): ")
    )
    assert lines[mark + 1] == "console.log(open, media);"
    assert "keeps apps/server/src/mediasoup/MediaServer.ts" in lines[mark]
    first = snapshot(app)
    assert lkm("cleanup", "mediasoup", "--mark", "--apply", "--force", "--allow-dirty").code == 0
    assert {k: v for k, v in snapshot(app).items() if k.endswith(".ts")} == {
        k: v for k, v in first.items() if k.endswith(".ts")
    }


@pytest.mark.parametrize("form", ["sarif", "github", "md", "html"])
def test_the_formats_name_file_rule_and_reason(app: Path, lkm: Lkm, form: str) -> None:
    ran = lkm("cleanup", "mediasoup", "--format", form)
    assert ran.code == 0, ran.err
    assert "apps/web/call/useCall.ts" in ran.out
    if form == "sarif":
        results = json.loads(ran.out)["runs"][0]["results"]
        assert {each["ruleId"] for each in results} >= {
            "cleanup.dependencies.unused",
            "cleanup.code.statement",
        }
    else:
        assert "mediasoup" in ran.out


def test_a_flag_goes_out_of_any_typescript_app(project: Path, lkm: Lkm) -> None:
    write(
        project,
        {
            "package.json": '{"name": "shop", "dependencies": {"left": "1", "right": "1"}}\n',
            "src/checkout.ts": 'import { pay } from "left";\nimport { buy } from "right";\n\n'
            'const NEW = process.env.NEW_CHECKOUT === "true";\n\n'
            "export function checkout() {\n  if (NEW) {\n    return pay();\n  }\n  return buy();\n}\n",
            ".env.example": "NEW_CHECKOUT=false\nOTHER=1\n",
        },
    )
    missing = lkm("cleanup", "flag")
    assert missing.code == exits.USAGE
    assert "--name is missing" in missing.err
    ran = lkm("cleanup", "flag", "--name", "NEW_CHECKOUT", "--apply")
    assert ran.code == 0, ran.err
    assert (project / "src/checkout.ts").read_text() == (
        'import { pay } from "left";\n\nexport function checkout() {\n  return pay();\n}\n'
    )
    assert json.loads((project / "package.json").read_text())["dependencies"] == {"left": "1"}
    assert (project / ".env.example").read_text() == "OTHER=1\n"
    assert lkm("undo").code == 0
    other = lkm("cleanup", "flag", "--name", "NEW_CHECKOUT", "--value", "false", "--apply")
    assert other.code == 0, other.err
    assert "buy()" in (project / "src/checkout.ts").read_text()
    assert "pay" not in (project / "src/checkout.ts").read_text()


def test_a_folder_is_a_recipe(app: Path, lkm: Lkm, tmp_path: Path) -> None:
    recipe = tmp_path / "our-recipe"
    recipe.mkdir()
    (recipe / "template.yaml").write_text(
        "name: ours\ntext: express out\npackages: [express]\nfiles: ['**/index.ts']\n"
    )
    ran = lkm("cleanup", str(recipe), "--json")
    assert ran.code == 0, ran.out
    assert ran.json["data"]["recipe"] == "ours"
    assert "express" in ran.json["data"]["packages"]
    (recipe / "template.yaml").write_text("name: ours\npackages: express\n")
    wrong = lkm("cleanup", str(recipe))
    assert wrong.code == exits.CONFIG
    assert "our-recipe/template.yaml:2: packages: a list of texts was expected" in wrong.err
    listed = lkm("cleanup", "list", "--json").json["data"]["recipes"]
    assert [each["name"] for each in listed] == ["flag", "mediasoup"]
    unknown = lkm("cleanup", "nothing-like-it")
    assert unknown.code == exits.USAGE
    assert "lkm cleanup list" in unknown.err


def test_a_file_that_is_no_code_any_more_is_refused_and_the_rest_goes_on(app: Path, lkm: Lkm) -> None:
    (app / "apps/web/call/other.ts").write_text(
        'const on = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";\nexport const = {{{ on\n'
    )
    ran = lkm("cleanup", "mediasoup", "--json")
    assert ran.code == 1
    assert any(f["id"] == "cleanup.flag.unread" for f in ran.json["findings"])
    assert "docker-compose.yml" in {each["path"] for each in ran.json["data"]["files"]}


def test_a_manifest_with_an_error_is_left_alone(app: Path, lkm: Lkm) -> None:
    (app / "apps/server/package.json").write_text('{"dependencies": {"mediasoup": "3",}\n')
    ran = lkm("cleanup", "mediasoup", "--json")
    assert ran.code in (0, 1)
    assert "apps/server/package.json" not in {each["path"] for each in ran.json["data"]["files"]}


def test_links_out_of_the_folder_are_not_followed(app: Path, lkm: Lkm, tmp_path: Path) -> None:
    outside = tmp_path / "outside.ts"
    outside.write_text('import { Device } from "mediasoup-client";\nexport const d = new Device();\n')
    (app / "apps/web/call/outside.ts").symlink_to(outside)
    assert lkm("cleanup", "mediasoup", "--apply").code == 0
    assert "mediasoup-client" in outside.read_text()
    assert (app / "apps/web/call/outside.ts").is_symlink()


def test_a_folder_that_may_not_be_written_stops_all_of_it(user_project: Path, user_lkm: UserLkm) -> None:
    write(user_project)
    give(user_project)
    before = snapshot(user_project)
    (user_project / "apps/server").chmod(0o555)
    try:
        ran = user_lkm("cleanup", "mediasoup", "--apply")
    finally:
        (user_project / "apps/server").chmod(0o755)
    assert ran.code == exits.CONFIG, ran.err
    assert "apps/server" in ran.err
    assert snapshot(user_project) == before


@pytest.mark.parametrize("path", ["apps/web/call/useCall.ts", "apps/web/call/useMediasoupCall.ts"])
def test_a_file_that_is_read_only_stops_all_of_it(path: str, user_project: Path, user_lkm: UserLkm) -> None:
    """One that would be edited, and one that would go."""
    write(user_project)
    give(user_project)
    (user_project / path).chmod(0o444)
    before = snapshot(user_project)
    ran = user_lkm("cleanup-mediasoup", "--apply")
    assert ran.code != 0
    assert path in ran.err
    assert "read-only" in ran.err
    assert snapshot(user_project) == before
