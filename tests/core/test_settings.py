"""lkm.toml, the project's root, LKM_… variables: as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from livekit_migrate.core import settings
from livekit_migrate.core.errors import ConfigError, UsageError
from tests.conftest import ROOT, Lkm, Ran
from tests.unprivileged import give, unprivileged_python


def refused(lkm: Lkm, project: Path, text: bytes) -> dict[str, str]:
    """The error of a command that needs the settings."""
    (project / "lkm.toml").write_bytes(text)
    ran = lkm("undo", "--list", "--json")
    assert ran.code == 4, ran
    assert ran.err == ""
    error = ran.json["error"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (b"x = 1", "settings.unknown-key", "lkm.toml:1: unknown key 'x'"),
        (b"\n[ports]\nsginal = 7880", "settings.unknown-key", "lkm.toml:3: unknown key 'ports.sginal'"),
        (b"[prots]\nsignal = 1", "settings.unknown-key", "lkm.toml:1: unknown key 'prots'; did you mean"),
        (b"\nprots.signal = 1", "settings.unknown-key", "lkm.toml:2: unknown key 'prots'; did you mean"),
        (b"runtme = 'auto'", "settings.unknown-key", "did you mean 'runtime'?"),
        (b"server = '1.13.5'", "settings.value", "lkm.toml:1: 'server' is a table: [server]"),
        (b"ports.signal = '7880'", "settings.value", "lkm.toml:1: ports.signal: '7880' is not a port"),
        (b"[ports]\n\nsignal = 0", "settings.value", "lkm.toml:3: ports.signal: 0 is not a port"),
        (b"[ports]\nsignal = true", "settings.value", "True is not a port"),
        (b"[ports]\nrtc_udp = 65536", "settings.value", "65536 is not a port"),
        (b"runtime = 'docker!'", "settings.value", "lkm.toml:1: runtime: 'docker!' is none of auto, "),
        (b"runtime = 3", "settings.value", "3 is not a text"),
        (b"paths.env = ''", "settings.value", "'' is not a text"),
        (b"server.version = 'latest'", "settings.value", "'latest' is not a version such as 1.13.5"),
        (b"rtc = 'both'", "settings.value", "lkm.toml:1: rtc: 'both' is none of mux, range"),
        (b"ports.rtc_range_start = 60000", "settings.value", "lkm.toml:1: ports.rtc_range_start 60000 is "),
        (b"compose.files = 'a.yml'", "settings.value", "'a.yml' is no array of texts"),
        (b"compose.files = ['a.yml', '']", "settings.value", "lkm.toml:1: compose.files: "),
        (b"[compose.roles]\n\nlivekti = 'sfu'", "settings.unknown-key", "lkm.toml:3: unknown key 'comp"),
        (b"compose.roles = 'sfu'", "settings.value", "'compose.roles' is a table: [compose.roles]"),
        (b"\xef\xbb\xbfruntime = 1", "settings.value", "lkm.toml:1: runtime: 1 is not a text"),
        (b"a = 1\nb = = 2", "settings.syntax", "lkm.toml:2:5: not TOML: "),
        (b"runtime = 'auto", "settings.syntax", "lkm.toml:1"),
        (b"runtime = 'auto'\nruntime = 'native'", "settings.syntax", "lkm.toml:2:"),
        (b"# caf\xe9", "file.not-utf8", "lkm.toml:1:6: not UTF-8 (byte 0xe9)"),
        (b"\0", "settings.syntax", "lkm.toml:1:1: not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(
    lkm: Lkm, project: Path, text: bytes, code: str, said: str
) -> None:
    error = refused(lkm, project, text)
    assert error["code"] == code
    assert said in error["message"]


def test_the_same_for_people(lkm: Lkm, project: Path) -> None:
    (project / "lkm.toml").write_text("[ports]\nsginal = 1\n")
    ran = lkm("undo", "--list")
    assert ran.code == 4
    assert ran.out == ""
    first, second = ran.err.splitlines()
    assert first.endswith("lkm.toml:2: unknown key 'ports.sginal'; did you mean 'ports.signal'?")
    assert second.strip().startswith("known keys: runtime, server.version")


def test_a_bom_and_every_key_are_understood(project: Path) -> None:
    lines = (
        b"\xef\xbb\xbfruntime = 'native' # x",
        b"server = { version = 'v1.2.3' }",
        b"[ports]",
        b"rtc_tcp = 1001",
        b'"rtc_udp" = 1002',
        b"[ paths ]",
        b"env = 'x/.env'",
        b"[compose]",
        b"files = ['a.yml', 'b.yml']",
        b"[compose.roles]",
        b"livekit = 'sfu'",
    )
    (project / "lkm.toml").write_bytes(b"\r\n".join(lines))
    found = settings.load(project, env={})
    assert found.text("runtime") == "native"
    assert found.origins["runtime"] == "lkm.toml:1"
    assert found.text("server.version") == "1.2.3"
    assert (found.number("ports.rtc_tcp"), found.origins["ports.rtc_tcp"]) == (1001, "lkm.toml:4")
    assert (found.number("ports.rtc_udp"), found.origins["ports.rtc_udp"]) == (1002, "lkm.toml:5")
    assert found.env_file == project / "x/.env"
    assert (found.number("ports.signal"), found.origins["ports.signal"]) == (7880, "default")
    assert found.texts("compose.files") == ("a.yml", "b.yml")
    assert found.text("compose.roles.livekit") == "sfu"
    assert found.origins["compose.roles.livekit"] == "lkm.toml:11"
    assert found.text("compose.roles.redis") == ""


def test_the_shell_wins_over_the_file_and_is_checked(project: Path, lkm: Lkm) -> None:
    (project / "lkm.toml").write_text("ports.signal = 1000\n")
    found = settings.load(project, env={"LKM_PORTS_SIGNAL": "2000", "LKM_RUNTIME": ""})
    assert (found.number("ports.signal"), found.origins["ports.signal"]) == (2000, "LKM_PORTS_SIGNAL")
    assert found.origins["runtime"] == "default"
    for value in ("abc", "0", "-1", "99999", "1.5", "٣"):
        ran = lkm("undo", "--list", "--json", env={"LKM_PORTS_SIGNAL": value})
        assert ran.code == 4
        assert ran.json["error"]["message"].startswith("environment variable LKM_PORTS_SIGNAL: ")
        assert value in ran.json["error"]["message"]


def test_every_variable_in_the_schema_works() -> None:
    values = {"LKM_RUNTIME": "native", "LKM_SERVER_VERSION": "1.0.0", "LKM_RTC": "range"}
    for key in settings.KEYS:
        if key.env:
            found = settings.load(ROOT, env={key.env: values.get(key.env, "4321")})
            assert found.origins[key.name] == key.env


# ---- the root


def root_of(folder: Path) -> tuple[str, str]:
    found = settings.load(folder, env={})
    return found.root.name, found.root_reason


def make(base: Path, *files: str) -> None:
    for name in files:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir()
        elif name.endswith("package.json"):
            path.write_text(json.dumps({"name": "x"} | ({"workspaces": ["*"]} if "mono" in name else {})))
        else:
            path.write_text("")


def test_the_nearest_lkm_toml_upwards_is_the_project(tmp_path: Path, lkm: Lkm) -> None:
    make(tmp_path, "repo/.git/HEAD", "repo/lkm.toml", "repo/app/lkm.toml", "repo/app/src/x")
    assert root_of(tmp_path / "repo/app/src") == ("app", "lkm.toml")
    (tmp_path / "repo/app/lkm.toml").write_text("bad")
    assert lkm("undo", "--list", cwd=tmp_path / "repo/app/src").code == 4
    assert lkm("undo", "--list", cwd=tmp_path / "repo").code == 0
    assert lkm("undo", "--list", "-C", str(tmp_path / "repo/app/src")).code == 4


def test_a_repository_is_not_left_upwards(tmp_path: Path) -> None:
    make(tmp_path, "lkm.toml", "outer/repo/.git/HEAD", "outer/repo/src/x")
    assert root_of(tmp_path / "outer/repo/src") == ("repo", ".git")
    make(tmp_path, "outer/submodule/.git", "outer/submodule/src/x")  # .git is a file there
    assert root_of(tmp_path / "outer/submodule/src") == ("submodule", ".git")


@pytest.mark.parametrize(
    "marker", ["pnpm-workspace.yaml", "lerna.json", "turbo.json", "nx.json", "rush.json"]
)
def test_a_workspace_root_wins_over_a_package(tmp_path: Path, marker: str) -> None:
    make(tmp_path, f"root/{marker}", "root/package.json", "root/apps/web/package.json", "root/apps/web/src/x")
    assert root_of(tmp_path / "root/apps/web/src") == ("root", marker)


def test_package_json_workspaces_are_a_root_and_broken_ones_are_not(tmp_path: Path) -> None:
    make(tmp_path, "mono/package.json", "mono/apps/web/x")
    (tmp_path / "mono/apps/web/package.json").write_text("{}")
    assert root_of(tmp_path / "mono/apps/web") == ("mono", "package.json workspaces")
    (tmp_path / "mono/package.json").write_text("{ not json")
    assert root_of(tmp_path / "mono/apps/web") == ("web", "package.json")


def test_a_compose_file_or_the_folder_itself(tmp_path: Path) -> None:
    make(tmp_path, "a/compose.yaml", "a/b/x", "c/d/x")
    assert root_of(tmp_path / "a/b") == ("a", "compose.yaml")
    assert root_of(tmp_path / "c/d") == ("d", "current folder")


def test_home_under_version_control_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make(tmp_path, ".git/HEAD", "lkm.toml", "work/x")
    assert root_of(tmp_path / "work") == ("work", "current folder")
    assert root_of(tmp_path)[1] == "lkm.toml"


@pytest.mark.parametrize("kind", ["directory", "dangling link", "loop", "fifo"])
def test_an_lkm_toml_that_is_no_file_is_an_error_not_silence(tmp_path: Path, lkm: Lkm, kind: str) -> None:
    make(tmp_path, "root/src/x")
    file = tmp_path / "root/lkm.toml"
    if kind == "directory":
        file.mkdir()
    elif kind == "fifo":
        os.mkfifo(file)
    else:
        file.symlink_to("nowhere" if kind == "dangling link" else "lkm.toml")
    ran = lkm("undo", "--list", "--json", cwd=tmp_path / "root/src")
    assert ran.code == 4
    assert "lkm.toml" in ran.json["error"]["message"]


def test_folders_that_are_none(tmp_path: Path, lkm: Lkm) -> None:
    (tmp_path / "file").write_text("")
    for name, said in (("missing", "no such folder"), ("file", "is not a folder")):
        ran = lkm("undo", "--list", "--json", "-C", str(tmp_path / name))
        assert (ran.code, ran.json["error"]["code"]) == (2, "project.missing")
        assert ran.json["error"]["message"] == f"{tmp_path / name}: {said}"


def test_a_current_folder_that_was_deleted(tmp_path: Path, clean_env: dict[str, str]) -> None:
    lkm = f"{sys.executable} -m livekit_migrate undo --list --json"
    code = f"mkdir gone && cd gone && rmdir ../gone && exec {lkm}"
    done = subprocess.run(
        ["sh", "-c", code], cwd=tmp_path, env={**clean_env, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "was deleted" in json.loads(done.stdout)["error"]["message"]


def test_help_needs_no_settings(lkm: Lkm, project: Path) -> None:
    (project / "lkm.toml").write_text("broken")
    assert lkm("help", "config").code == 0


def test_closed_folders_and_unreadable_files_of_a_user(user_project: Path, user_env: dict[str, str]) -> None:
    (user_project / "sub").mkdir()
    give(user_project)
    (user_project / "lkm.toml").chmod(0)

    def tried(folder: str) -> Ran:
        code = "import sys; from livekit_migrate.cli.main import run; sys.exit(run(sys.argv[1:]))"
        return unprivileged_python(
            code, "undo", "--list", "--json", "-C", folder, cwd=user_project.parent, env=user_env
        )

    ran = tried(str(user_project / "sub"))
    assert (ran.code, ran.json["error"]["code"]) == (4, "file.permission")
    assert "lkm.toml: cannot read the project file: permission denied" in ran.json["error"]["message"]
    (user_project / "lkm.toml").unlink()
    (user_project / "package.json").mkdir()
    (user_project / "sub").chmod(0)
    ran = tried(str(user_project / "sub"))
    assert ran.code == 2, "a folder that may not be entered is no bug"
    (user_project / "sub").chmod(0o700)
    user_project.chmod(0)
    ran = tried(str(user_project / "sub"))
    assert (ran.code, ran.json["error"]["code"]) == (2, "project.missing")


def test_unknown_folder_types_raise_no_bug(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        settings.load(tmp_path / "x" / "y", env={})
    (tmp_path / "lkm.toml").write_text("[ports]\nsignal = [1, 2]\n")
    with pytest.raises(ConfigError, match=r"lkm.toml:2: ports.signal: \[1, 2\] is not a port"):
        settings.load(tmp_path, env={})
