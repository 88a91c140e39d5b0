"""`lkm scan` as a user runs it: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lkm, Ran, need
from tests.scan.apps import CLIENT, write
from tests.unprivileged import give, user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]


@pytest.fixture
def app(project: Path) -> Path:
    return write(project)


@pytest.fixture
def own_cache(tmp_path: Path) -> dict[str, str | None]:
    return {"LKM_CACHE_DIR": str(tmp_path / "cache")}


def data(ran: Ran) -> dict[str, Any]:
    found = ran.json["data"]
    assert isinstance(found, dict)
    return found


def test_the_data_that_programs_rely_on(lkm: Lkm, app: Path) -> None:
    ran = lkm("scan", "--json", "--no-cache")
    assert ran.code == 0, ran.err
    found = data(ran)
    assert {"sites", "calls", "artefacts", "messages", "questions", "effort", "version", "livekit"} <= set(
        found
    )
    sites = {(s["file"], s["line"], s["kind"], s["specifier"]) for s in found["sites"]}
    assert sites == {
        ("client/src/call.ts", 1, "import", "mediasoup-client"),
        ("server/src/index.ts", 3, "import", "mediasoup"),
        ("server/src/index.ts", 4, "import-type", "mediasoup/types"),
        ("server/src/codecs.ts", 1, "import-type", "mediasoup/types"),
    }
    assert all({"file", "line", "kind", "specifier", "names"} <= set(each) for each in found["sites"])
    calls = {(c["file"], c["line"], c["receiver"], c["method"]): c["row"] for c in found["calls"]}
    assert calls["server/src/index.ts", 11, "mediasoup", "createWorker"] == 1
    assert calls["server/src/index.ts", 22, "router", "createWebRtcTransport"] == 5
    assert calls["server/src/index.ts", 33, "router", "createPlainTransport"] == 25
    assert calls["client/src/call.ts", 12, "transport", "produce"] == 45  # it has encodings of its own
    assert not [key for key in calls if key[2] == "room"], "room.close() is not Mediasoup's"
    kinds = {(each["file"], each["kind"]): each["lines"] for each in found["artefacts"]}
    assert kinds["server/Dockerfile", "docker"] == [2]
    assert kinds["docker-compose.yml", "compose"] == [6, 7, 8]
    assert kinds["server/.env.example", "env"] == [1]
    assert kinds["nginx.conf", "proxy"] == [2, 3]
    assert kinds["README.md", "docs"] == [3]
    assert kinds["server/package.json", "manifest"] == [5]
    version = found["version"]
    assert (version["flavour"], version["major"], version["signalling"]) == ("v3", 3, ["socket.io"])
    assert found["livekit"]["state"] == "none"
    assert found["effort"]["estimate"] is True
    assert found["effort"]["unit"] == "hours"
    low, high = found["effort"]["hours"]
    assert 0 < low < high
    assert [sum(phase["hours"][i] for phase in found["effort"]["phases"]) for i in (0, 1)] == [low, high]


def test_signalling_messages_with_both_ends(lkm: Lkm, app: Path) -> None:
    found = {each["name"]: each for each in data(lkm("scan", "--json", "--no-cache"))["messages"]}
    assert (found["join"]["row"], found["join"]["direction"]) == (65, "client-to-server")
    assert found["join"]["answered"] == [{"file": "server/src/index.ts", "line": 18, "end_line": 20}]
    assert found["join"]["sent"] == [{"file": "client/src/call.ts", "line": 8}]
    assert (found["newProducer"]["row"], found["newProducer"]["direction"]) == (55, "server-to-client")
    assert found["createTransport"]["row"] == 43
    assert found["startRecording"]["row"] == 26
    assert found["chat"]["row"] == 67


def test_questions_with_the_lines_that_raise_them(lkm: Lkm, app: Path) -> None:
    found = {each["id"]: each for each in data(lkm("scan", "--json", "--no-cache"))["questions"]}
    places = {key: [(p["file"], p["line"]) for p in each["places"]] for key, each in found.items()}
    assert ("server/src/index.ts", 33) in places["plain-transport"]
    assert ("server/src/index.ts", 32) in places["recording"]
    assert ("docker-compose.yml", 7) in places["turn"]
    assert ("server/src/index.ts", 18) in places["authorisation"]
    assert ("client/src/call.ts", 14) in places["layers"]
    assert ("server/src/index.ts", 36) in places["chat"]
    assert "e2ee" not in found
    assert "sip" not in found


def test_a_person_gets_one_screen_of_eighty_columns(lkm: Lkm, app: Path) -> None:
    ran = lkm("scan", "--no-cache")
    assert ran.code == 0
    assert ran.out.startswith("Mediasoup: 4 imports and ")
    lines = [line for line in ran.out.splitlines() if not line.startswith("folder ")]  # a path stays whole
    assert max(map(len, lines)) <= 80
    assert len(ran.out.splitlines()) < 70
    assert "an estimate" in ran.out
    assert "To be answered first" in ran.out
    assert "203.0.113.7" not in ran.out + ran.err
    assert "lkm scan --plan" in ran.err


@pytest.mark.parametrize(
    ("files", "on", "code"),
    [
        ({"a.ts": 'import "mediasoup-client";\n'}, "sites", 1),
        ({"a.ts": 'import "mediasoup-client";\n'}, "any", 1),
        ({"a.ts": 'import "mediasoup-client";\n'}, "questions", 0),
        ({"README.md": "mediasoup\n"}, "sites", 0),
        ({"README.md": "mediasoup\n"}, "any", 1),
        ({"a.ts": "export {};\n"}, "any", 0),
    ],
)
def test_fail_on(lkm: Lkm, project: Path, files: dict[str, str], on: str, code: int) -> None:
    write(project, files)
    assert lkm("scan", "--fail-on", on, "--no-cache").code == code
    assert lkm("scan", "--no-cache").code == 0


def test_fail_on_questions(lkm: Lkm, app: Path) -> None:
    assert lkm("scan", "--fail-on", "questions", "--no-cache").code == 1


def test_a_folder_named_is_the_one_that_is_scanned(lkm: Lkm, app: Path) -> None:
    found = data(lkm("scan", "client", "--json", "--no-cache"))
    assert [each["file"] for each in found["sites"]] == ["src/call.ts"]
    assert found["root"] == str((app / "client").resolve())


def test_the_second_run_reads_only_what_changed_and_says_the_same(
    lkm: Lkm, app: Path, own_cache: dict[str, str | None]
) -> None:
    first = lkm("scan", "--json", env=own_cache).json["data"]
    again = lkm("scan", "--json", env=own_cache).json
    assert "known from before" in next(step["detail"] for step in again["steps"] if step["name"] == "read")
    assert "read" not in lkm("scan", env=own_cache).err, "no progress where nobody watches it"
    assert lkm("scan", "--json", env=own_cache).json["data"] == first
    # The same length, and the old time: only the content tells.
    path = app / "client/src/call.ts"
    stamp = path.stat()
    path.write_text(CLIENT.replace('"mediasoup-client"', '"yediasoup-client"'))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    changed = lkm("scan", "--json", env=own_cache).json["data"]
    assert "client/src/call.ts" not in [each["file"] for each in changed["sites"]]
    assert changed == lkm("scan", "--json", "--no-cache").json["data"]


def test_a_broken_cache_is_read_anew(lkm: Lkm, app: Path, own_cache: dict[str, str | None]) -> None:
    first = lkm("scan", "--json", env=own_cache).json["data"]
    (facts,) = Path(str(own_cache["LKM_CACHE_DIR"]), "scan-facts").glob("*.facts")
    assert facts.stat().st_mode & 0o777 == 0o600
    whole = facts.read_bytes()
    for broken in (whole[:-10], b"", whole[:-1] + bytes([whole[-1] ^ 1]), os.urandom(200)):
        facts.write_bytes(broken)
        assert lkm("scan", "--json", env=own_cache).json["data"] == first


def test_processes_and_one_process_say_the_same(lkm: Lkm, app: Path) -> None:
    for number in range(60):
        write(
            app, {f"client/src/part{number}.ts": CLIENT + f"// {number}\n" + "export const x = 1;\n" * 1500}
        )
    one = data(lkm("scan", "--json", "--no-cache", "--jobs", "1"))
    assert data(lkm("scan", "--json", "--no-cache", "--jobs", "2")) == one
    assert len(one["sites"]) == 64


# --- the plan -------------------------------------------------------------------------------------------


def test_the_plan_is_written_and_taken_back(lkm: Lkm, app: Path) -> None:
    ran = lkm("scan", "--plan", "--no-cache")
    assert ran.code == 0, ran.err
    plan = (app / "MIGRATION_PLAN.md").read_text()
    assert "wrote MIGRATION_PLAN.md; lkm undo takes it back" in ran.err
    for line in (
        "# From Mediasoup to LiveKit",
        "### Step 1: Run LiveKit beside what is there",
        "`server/src/index.ts:18-20`",
        "`40000-40100` in `docker-compose.yml:6`",
        "`MEDIASOUP_ANNOUNCED_IP`: `server/.env.example:1`",
        "This is an estimate",
    ):
        assert line in plan
    assert "203.0.113.7" not in plan
    assert lkm("undo").code == 0
    assert not (app / "MIGRATION_PLAN.md").exists()


def test_a_second_plan_is_the_same_and_a_changed_one_stays(lkm: Lkm, app: Path) -> None:
    assert lkm("scan", "--plan", "--no-cache").code == 0
    path = app / "MIGRATION_PLAN.md"
    plan = path.read_text()
    again = lkm("scan", "--plan", "--no-cache")
    assert "MIGRATION_PLAN.md is up to date" in again.err
    assert path.read_text() == plan, "the plan itself must not become part of the next one"

    (app / "client/src/call.ts").write_text(CLIENT + "\n")  # what lkm wrote it may write anew
    (app / "client/src/more.ts").write_text(CLIENT)
    assert lkm("scan", "--plan", "--no-cache").code == 0
    assert "client/src/more.ts" in path.read_text()

    path.write_text(path.read_text().replace("- [ ]", "- [x]", 1))
    edited = path.read_text()
    refused = lkm("scan", "--plan", "--no-cache")
    assert refused.code == 1
    assert "was edited" in refused.err
    assert "--force" in refused.err
    assert path.read_text() == edited
    assert lkm("scan", "--plan", "--force", "--no-cache").code == 0
    assert path.read_text() != edited
    assert lkm("undo").code == 0
    assert path.read_text() == edited


@pytest.mark.parametrize(("name", "undo"), [("app", "undo"), ("../my app", "undo -C '../my app'")])
def test_the_plan_of_another_folder_is_taken_back_by_the_command_named(
    lkm: Lkm, project: Path, name: str, undo: str
) -> None:
    (project / name).mkdir()
    write(project / name)
    ran = lkm("scan", name, "--plan", "--no-cache")
    assert ran.code == 0, ran.err
    path = project / name / "MIGRATION_PLAN.md"
    assert f"wrote {name}/MIGRATION_PLAN.md; lkm {undo} takes it back" in ran.err
    path.write_text("edited")
    refused = lkm("scan", name, "--plan", "--no-cache")
    assert f"{name}/MIGRATION_PLAN.md: was edited" in refused.err
    again = re.search(r"lkm (scan .+ --plan --force) replaces it", " ".join(refused.err.split()))
    assert again, refused.err
    assert lkm(*shlex.split(again[1]), "--no-cache").code == 0
    assert lkm(*shlex.split(undo)).code == 0
    assert path.read_text() == "edited"


def test_force_without_a_plan_is_a_slip(lkm: Lkm, app: Path) -> None:
    assert lkm("scan", "--force").code == 2


# --- formats --------------------------------------------------------------------------------------------


def test_sarif_has_rules_relative_paths_and_fingerprints(lkm: Lkm, app: Path) -> None:
    ran = lkm("scan", "--format", "sarif", "--no-cache")
    assert ran.code == 0
    results = json.loads(ran.out)["runs"][0]["results"]
    rules = {each["ruleId"] for each in results}
    assert {"scan.import", "scan.call.mechanical", "scan.question.recording", "scan.artefact.docker"} <= rules
    site = next(each for each in results if each["ruleId"] == "scan.import")
    place = site["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "client/src/call.ts"
    assert place["region"]["startLine"] == 1
    assert all(each["partialFingerprints"] for each in results)
    before = {
        r["partialFingerprints"]["findingHash/v1"] for r in results if r["ruleId"] == "scan.call.mechanical"
    }
    (app / "client/src/call.ts").write_text("// a line above\n" + CLIENT)
    moved = json.loads(lkm("scan", "--format", "sarif", "--no-cache").out)["runs"][0]["results"]
    assert before == {
        r["partialFingerprints"]["findingHash/v1"] for r in moved if r["ruleId"] == "scan.call.mechanical"
    }


def test_github_annotations(lkm: Lkm, app: Path) -> None:
    out = lkm("scan", "--format", "github", "--no-cache").out
    assert "::notice file=client/src/call.ts,line=1,col=1,title=scan.import::" in out
    assert re.search(
        r"^::warning file=server/src/index\.ts,line=\d+,title=scan\.question\.recording::", out, re.MULTILINE
    )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_needs_nothing_else_and_escapes_what_files_are_called(lkm: Lkm, app: Path) -> None:
    evil = '<img src=x onerror="alert(1)">&lt;.ts'
    write(app, {f"client/src/{evil}": CLIENT.replace("join", "<script>alert(2)</script>", 1)})
    out = lkm("scan", "--format", "html", "--no-cache").out
    page = _Page()
    page.feed(out)
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "base"}
    attributes = {key for _, attrs in page.tags for key in attrs}
    assert not attributes & {"src", "href", "onerror", "onload"}
    assert "url(" not in out
    assert "@import" not in out
    assert "@media print" in out
    titles = [attrs["title"] for tag, attrs in page.tags if (attrs.get("class") or "") == "file"]
    assert any(title and title.startswith(f"client/src/{evil}: ") for title in titles)


def test_markdown_is_the_plan(lkm: Lkm, app: Path) -> None:
    out = lkm("scan", "--format", "md", "--no-cache").out
    lkm("scan", "--plan", "--no-cache")
    assert (app / "MIGRATION_PLAN.md").read_text().startswith(out)


# --- LiveKit beside it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({}, "none"),
        ({"client/.env.example": "VITE_LIVEKIT_URL=ws://x\n"}, "prepared"),
        ({"compose.yml": "services:\n  lk:\n    image: livekit/livekit-server\n"}, "prepared"),
        ({"client/src/lk.ts": 'import { Room } from "livekit-client";\n'}, "beside"),
    ],
)
def test_how_far_livekit_is(lkm: Lkm, app: Path, files: dict[str, str], state: str) -> None:
    write(app, files)
    assert data(lkm("scan", "--json", "--no-cache"))["livekit"]["state"] == state


def test_a_switch_in_the_source_is_named(lkm: Lkm, app: Path) -> None:
    write(
        app,
        {
            "client/src/lk.ts": 'import { Room } from "livekit-client";\nexport const room = new Room();\n',
            "client/src/pick.ts": (
                'import { room } from "./lk";\n'
                'export const use = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true" && room;\n'
            ),
        },
    )
    flags = data(lkm("scan", "--json", "--no-cache"))["livekit"]["flags"]
    assert flags == [{"name": "NEXT_PUBLIC_USE_LIVEKIT", "file": "client/src/pick.ts", "line": 2}]


def test_switched_when_only_livekit_is_imported(lkm: Lkm, project: Path) -> None:
    write(
        project,
        {
            "a.ts": 'import { Room } from "livekit-client";\n',
            ".env.example": "USE_LIVEKIT=true\n",
            "b.md": "mediasoup",
        },
    )
    found = data(lkm("scan", "--json", "--no-cache"))
    assert (found["livekit"]["state"], found["version"]["flavour"]) == ("switched", "leftover")
    assert [flag["name"] for flag in found["livekit"]["flags"]] == ["USE_LIVEKIT"]
    assert "the code uses LiveKit" in lkm("scan", "--no-cache").out


# --- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [{}, {"main.py": "print(1)\n"}, {"a.js": "const a = 1;\n"}])
def test_nothing_to_find_is_no_mistake(lkm: Lkm, project: Path, files: dict[str, str]) -> None:
    write(project, files)
    ran = lkm("scan", "--no-cache")
    assert (ran.code, ran.out[:12]) == (0, "No Mediasoup")
    assert lkm("scan", "--json", "--no-cache").json["data"]["sites"] == []


def test_a_folder_of_ones_own_called_mediasoup_is_no_package(lkm: Lkm, project: Path) -> None:
    write(
        project,
        {
            "package.json": '{"name": "calls"}\n',
            "tsconfig.json": '{"compilerOptions": {"baseUrl": "."}}\n',
            "mediasoup/rooms.ts": "export const rooms = new Map<string, number>();\n",
            "server.ts": 'import { rooms } from "mediasoup/rooms";\nrooms.clear();\n',
        },
    )
    for _ in range(2):  # the second time from the cache
        ran = lkm("scan", "--json")
        assert ran.code == 0
        assert (ran.json["data"]["sites"], ran.json["data"]["calls"]) == ([], [])


def test_a_file_and_a_missing_folder_are_usage_errors(lkm: Lkm, app: Path) -> None:
    for name, said in (("README.md", "is a file, a folder was expected"), ("nothing", "no such folder")):
        ran = lkm("scan", name)
        assert ran.code == 2
        assert said in ran.err
        assert "Traceback" not in ran.err


def test_a_bare_repository_is_said_to_be_one(lkm: Lkm, tmp_path: Path) -> None:
    try:
        subprocess.run(["git", "init", "-q", "--bare", "app.git"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        need("git", "not installed")
    ran = lkm("scan", str(tmp_path / "app.git"))
    assert ran.code == 2
    assert "is a bare git repository" in ran.err
    assert "git clone" in ran.err


def test_a_file_that_cannot_be_parsed_is_named_and_the_rest_goes_on(lkm: Lkm, app: Path) -> None:
    write(app, {"client/src/broken.ts": "export const = {;\n", "client/package.json": '{"name": '})
    found = data(lkm("scan", "--json", "--no-cache"))
    unread = {(each["file"], each["kind"]) for each in found["unread"]}
    assert ("client/src/broken.ts", "syntax") in unread
    assert ("client/package.json", "unreadable") in unread
    assert len(found["sites"]) == 4


def test_files_in_other_shapes(lkm: Lkm, project: Path) -> None:
    source = 'import { Device } from "mediasoup-client";\nnew Device();\n'
    (project / "crlf.ts").write_bytes(source.replace("\n", "\r\n").encode())
    (project / "bom.ts").write_bytes(b"\xef\xbb\xbf" + source.encode())
    (project / "wide.ts").write_bytes(source.encode("utf-16"))
    (project / "new\nline.ts").write_text(source)
    (project / os.fsdecode(b"latin-\xe9.ts")).write_text(source)
    (project / "min.js").write_text("var a=1;" * 40_000 + source)
    (project / "big.js").write_text("export const a = 1; // twenty-five\n" * 300_000)
    (project / "dist").mkdir()
    (project / "package.json").write_text("{}")
    (project / "dist/index.js").write_text(source)
    (project / "loop").symlink_to(project)
    ran = lkm("scan", "--json", "--no-cache")
    assert ran.code == 0, ran.err
    found = data(ran)
    files = sorted(each["file"] for each in found["sites"])
    assert files == sorted(["bom.ts", "crlf.ts", os.fsdecode(b"latin-\xe9.ts"), "new\nline.ts", "wide.ts"])
    assert {each["line"] for each in found["sites"]} == {1}
    assert "dist/index.js" in [each["file"] for each in found["artefacts"] if each["kind"] == "built"]
    for form in ("md", "html", "sarif", "github"):
        assert lkm("scan", "--no-cache", "--format", form).code == 0
    assert lkm("scan", "--no-cache").code == 0


def test_a_file_that_no_memory_could_hold_is_named_and_not_read(
    lkm: Lkm, app: Path, own_cache: dict[str, str | None]
) -> None:
    """Its bytes take no room on the disk, and none can be had for them in memory."""
    for name in ("client/src/big.js", "client/src/big.html", "big.txt"):
        with (app / name).open("wb") as file:
            file.truncate(1 << 40)
    for _ in ("read", "known from before"):
        ran = lkm("scan", "--json", "--jobs", "1", env=own_cache)
        assert ran.code == 0, ran.err
        unread = {each["file"]: each for each in data(ran)["unread"]}
        assert set(unread) == {"client/src/big.js", "client/src/big.html", "big.txt"}
        assert str(1 << 40) in unread["client/src/big.js"]["why"]
        assert len(data(ran)["sites"]) == 4


def test_ignored_files_are_left_out(lkm: Lkm, project: Path) -> None:
    source = 'import "mediasoup";\n'
    write(
        project,
        {
            ".gitignore": "generated\n",
            "generated/a.ts": source,
            "node_modules/x/a.ts": source,
            "a.ts": source,
        },
    )
    assert [each["file"] for each in data(lkm("scan", "--json", "--no-cache"))["sites"]] == ["a.ts"]


def test_what_one_may_not_read_is_named(user_project: Path, user_lkm: Lkm, tmp_path: Path) -> None:
    write(user_project)
    give(user_project)
    (user_project / "client/src/call.ts").chmod(0)
    (user_project / "server/src").chmod(0)
    try:
        ran = user_lkm("scan", "--json", "--no-cache")
    finally:
        (user_project / "server/src").chmod(0o755)
    assert ran.code == 0, ran.err
    unread = {each["file"]: each["why"] for each in data(ran)["unread"]}
    assert unread == {"client/src/call.ts": "permission denied", "server/src": "permission denied"}
