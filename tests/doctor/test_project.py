"""Faults of a project's own files, without any engine: what is said first, and what mends it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.secret import redact
from livekit_migrate.doctor.checks import env_compose, stack_ports
from livekit_migrate.stack.ports import Holder, Port, Trouble
from tests.conftest import ROOT, free_port, need
from tests.unprivileged import unprivileged, user_env, user_project

from .looking import look

__all__ = ["user_env", "user_project"]

KEY, SECRET = "APItestkey00001", "Zq8w-canary-0123456789abcdefghijklmnopqrst"
ENV = f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n"
CONFIG = "port: 7880\nrtc:\n  tcp_port: 7881\n  udp_port: 7882\n  node_ip: 127.0.0.1\n"
# Not what the machine happens to be: no proxy, no certificates, no engine needed.
FILES = ("project", "env", "config", "security")


@pytest.fixture
def native(tmp_path: Path) -> Path:
    """A healthy project without Compose."""
    folder = tmp_path / "app"
    folder.mkdir()
    # Ports of its own: whoever works on this machine may have a server on the usual ones.
    (folder / "lkm.toml").write_text(f'runtime = "native"\n[ports]\nsignal = {free_port()}\n')
    (folder / ".env").write_text(ENV)
    (folder / "livekit.yaml").write_text(CONFIG)
    return folder


def git(folder: Path, *words: str) -> None:
    try:
        options = ["-c", "user.name=t", "-c", "user.email=t@t"]
        subprocess.run(["git", *options, *words], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        need("git", "there is no git")


def test_a_healthy_project_is_clean(native: Path) -> None:
    found = look(native, only=FILES)
    assert found.causes == []


def test_an_empty_folder(doctor: Any, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    ran = doctor(cwd=folder)
    assert ran.code == 3
    first = ran.out.splitlines()[:3]
    assert (
        f"nothing to look at in {folder}: no package.json, no Compose file, no livekit.yaml, no .env"
        in first[1]
    )
    assert "lkm up" in ran.out


@pytest.mark.usefixtures("user_env")
def test_a_folder_that_cannot_be_read(user_project: Path, user_env: dict[str, str]) -> None:
    user_project.chmod(0o311)
    try:
        argv = [sys.executable, "-m", "livekit_migrate", "doctor", "--all"]
        ran = unprivileged(argv, cwd=user_project, env={**user_env, "PYTHONPATH": str(ROOT)})
    finally:
        user_project.chmod(0o755)
    assert ran.code == 3, (ran.out, ran.err)
    assert "cannot be read: permission denied" in "\n".join(ran.out.splitlines()[:3])
    assert "Traceback" not in ran.out + ran.err


def test_an_env_that_cannot_be_read_is_no_reason_to_skip(native: Path) -> None:
    (native / ".env").unlink()
    (native / ".env").mkdir()
    found = look(native, only=FILES)
    assert found.causes == ["env.file.unreadable"]
    assert "is a directory" in found.one("env.file.unreadable").title


@pytest.mark.usefixtures("user_env")
def test_an_env_of_somebody_else(user_project: Path, user_env: dict[str, str]) -> None:
    (user_project / "livekit.yaml").write_text(CONFIG)
    (user_project / ".env").write_text(ENV)
    (user_project / ".env").chmod(0)
    argv = [sys.executable, "-m", "livekit_migrate", "doctor", "--all", "--only", "env", "--json"]
    ran = unprivileged(argv, cwd=user_project, env={**user_env, "PYTHONPATH": str(ROOT)})
    assert ran.code == 1, (ran.out, ran.err)
    first = ran.json["data"]["causes"][0]
    assert (first["id"], "permission denied" in first["title"]) == ("env.file.unreadable", True)


def test_a_configuration_that_is_no_yaml_is_no_fault_of_compose(native: Path) -> None:
    (native / "lkm.toml").unlink()
    (native / "compose.yaml").write_text("services:\n  a: [\n")
    (native / "livekit.yaml").write_text("port: : 7880\n")
    found = look(native, only=FILES)
    under = {c.finding.category: {str(s.location) for s in c.symptoms} for c in found.diagnosis.problems}
    assert "livekit.yaml:1" not in under.get("project", ())


def test_a_redis_that_only_containers_can_name_is_not_asked(native: Path) -> None:
    (native / "livekit.yaml").write_text(CONFIG + "redis: {address: 'host.docker.internal:6379'}\n")
    found = look(native, only=["stack.redis"])
    assert [(f.status, f.detail) for f in found.of("stack.redis")] == [
        ("skip", "host.docker.internal is a name that containers alone know")
    ]


def test_env_is_not_there(native: Path) -> None:
    (native / ".env").unlink()
    (native / ".env.example").write_text("LIVEKIT_API_KEY=\nLIVEKIT_API_SECRET=\n")
    found = look(native, only=FILES)
    assert found.causes == ["env.file"]
    fix = found.one("env.file").fix
    assert fix is not None
    assert (fix.command, fix.safe) == ("lkm keys new", True)
    assert look(native, only=FILES, fix=True).causes == []
    assert (native / ".env").stat().st_mode & 0o777 == 0o600


def test_an_app_that_reads_env_local_needs_no_env(native: Path) -> None:
    (native / ".env").unlink()
    (native / ".env.example").write_text("LIVEKIT_API_KEY=\nLIVEKIT_API_SECRET=\n")
    (native / ".env.local").write_text(ENV)
    assert look(native, only=FILES).causes == []
    (native / "compose.yaml").write_text(
        "services: {web: {image: web, environment: [KEY=${LIVEKIT_API_KEY}]}}\n"
    )
    assert look(native, only=["env.file"]).causes == ["env.file"], "Compose reads .env and not .env.local"


def test_ports_of_strangers_are_nothing_to_an_app_whose_server_is_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    port = free_port()
    env = {f"LKM_PORTS_{name}": str(free_port()) for name in ("RTC_TCP", "RTC_UDP")}
    env["LKM_PORTS_SIGNAL"] = str(port)
    with socket.create_server(("127.0.0.1", port)):
        found = look(tmp_path, only=["stack.ports"], env=env)
        assert [f.status for f in found.of("stack.ports")] == ["info"]
        (tmp_path / "livekit.yaml").write_text(CONFIG)
        assert look(tmp_path, only=["stack.ports"], env=env).failed == ["stack.ports"]


def test_what_to_do_about_several_ports_is_one_sentence() -> None:
    them = [
        Port(7880, "tcp", "API", setting="ports.signal"),
        Port(7881, "tcp", "media", setting="ports.rtc_tcp"),
    ]
    [found] = stack_ports.judge([Trouble(port, "busy", (Holder(7, "nginx"),)) for port in them])
    assert found.fix is not None
    assert found.fix.text == "free them, or choose others: ports.signal, ports.rtc_tcp in lkm.toml"
    [found] = stack_ports.judge([Trouble(them[0], "denied")])
    assert found.fix is not None
    assert found.fix.text == "choose another one: ports.signal in lkm.toml"


@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "STRIPE_SECRET_KEY", "PORT", "LIVEKIT_API_SECRET"])
def test_what_sets_a_variable_can_be_copied(name: str) -> None:
    """The assignment of a secret is masked: a row of dots, pasted, would become the secret."""
    fix = env_compose.how_to_set(name, ".env")
    assert fix.command is not None
    assert redact(fix.command) == fix.command
    assert "…" not in fix.command


def test_env_lacks_what_its_example_has(native: Path) -> None:
    (native / ".env.example").write_text("# names\nLIVEKIT_API_KEY=\nSESSION_SECRET=change-me\n")
    found = look(native, only=FILES)
    assert found.causes == ["env.complete"]
    assert str(found.one("env.complete").location) == ".env.example:3"
    assert look(native, only=FILES, fix=True).causes == ["env.complete"]  # not without being told
    assert look(native, only=FILES, fix=True, unsafe=True).causes == []
    assert "SESSION_SECRET=change-me" in (native / ".env").read_text()


def test_a_dollar_in_the_secret(native: Path) -> None:
    (native / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET=abc$def{SECRET}\n")
    found = look(native, only=FILES)
    assert found.causes[0] == "env.portable"
    first = found.one("env.portable")
    assert first.title == "Compose and the app read LIVEKIT_API_SECRET differently"
    assert str(first.location) == ".env:2"
    (native / ".env").write_text(ENV)
    assert look(native, only=FILES).causes == []


@pytest.mark.parametrize(
    ("config", "ident", "line"),
    [
        (CONFIG.replace("udp_port", "udp_prot"), "config.unknown-key", 4),  # row 19
        (CONFIG + "  use_external_ip: true\n", "config.external-ip-beats", 5),  # row 4
        (CONFIG.replace("127.0.0.1", "172.18.0.2"), "config.docker-node-ip", 5),  # row 1
        (
            CONFIG + "webhook: {api_key: APIother, urls: ['http://127.0.0.1/h']}\n",
            "config.webhook-key",
            6,
        ),  # row 21
        (CONFIG + "turn: {enabled: true, udp_port: 3478}\n", "config.turn-private", 6),  # row 11
    ],
)
def test_what_the_server_would_say_of_its_configuration(
    native: Path, config: str, ident: str, line: int
) -> None:
    (native / "livekit.yaml").write_text(config)
    found = look(native, only=FILES, offline=True)
    assert found.causes[0] == ident
    assert all(name.startswith("config.") for name in found.causes)
    location = found.one(ident).location
    assert location is not None
    assert (location.file, location.line) == ("livekit.yaml", line)


def test_a_typo_is_mended_and_can_be_taken_back(lkm: Any, doctor: Any, native: Path) -> None:
    before = CONFIG.replace("udp_port", "udp_prot")
    (native / "livekit.yaml").write_text(before)
    ran = doctor("--fix", "--json", "--only", "config", cwd=native)
    assert ran.code == 0, ran.out
    assert ran.json["data"]["mended"]["files"] == ["livekit.yaml"]
    assert "+  udp_port:" in ran.json["data"]["mended"]["diff"]  # values may be secrets: hidden
    assert (native / "livekit.yaml").read_text() == CONFIG
    assert lkm("undo", cwd=native).code == 0
    assert (native / "livekit.yaml").read_text() == before


def test_an_address_of_this_machine_under_a_public_url(native: Path) -> None:
    (native / ".env").write_text(ENV + "NEXT_PUBLIC_LIVEKIT_URL=wss://livekit.example.com\n")
    found = look(native, only=FILES)
    assert found.causes == ["config.public-address"]  # row 2
    assert "every client then sends its media to itself" in found.one("config.public-address").detail
    (native / "livekit.yaml").write_text(CONFIG.replace("127.0.0.1", "203.0.113.7"))
    assert look(native, only=FILES).causes == []


def test_git_does_not_ignore_env(native: Path) -> None:
    git(native, "init", "-q")
    found = look(native, only=FILES)
    assert found.causes == ["project.gitignore"]
    assert look(native, only=FILES, fix=True).causes == []
    assert (native / ".gitignore").read_text() == ".env\n"


def test_git_has_env(native: Path) -> None:
    git(native, "init", "-q")
    git(native, "add", ".env")
    git(native, "commit", "-qm", "all")
    (native / ".gitignore").write_text(".env\n")
    found = look(native, only=FILES)
    assert found.causes == ["security.env-tracked"]
    git(native, "rm", "-q", "--cached", ".env")  # the command that it names
    assert look(native, only=FILES).causes == []


def test_a_secret_in_a_yaml_file_that_git_has(native: Path) -> None:
    git(native, "init", "-q")
    (native / ".gitignore").write_text(".env\n")
    (native / "livekit.yaml").write_text(CONFIG + f"keys:\n  {KEY}: {SECRET}\n")
    found = look(native, only=FILES)
    assert found.causes == ["security.yaml-secret"]
    top = found.one("security.yaml-secret")
    assert str(top.location) == "livekit.yaml:6:1"
    assert top.fix is not None
    assert redact(top.fix.text) == top.fix.text, "what to do must not look like a secret"
    (native / "livekit.yaml").write_text(CONFIG)
    assert look(native, only=FILES).causes == []


@pytest.mark.parametrize(
    ("secret", "more", "ident", "status"),
    [
        ("secret", "", "security.dev-keys", "warn"),
        ("secret", "LIVEKIT_URL=wss://livekit.example.com\n", "security.dev-keys", "fail"),
        ("only-20-letters-long", "", "security.short-secret", "warn"),
    ],
)
def test_secrets_that_can_be_guessed(native: Path, secret: str, more: str, ident: str, status: str) -> None:
    (native / ".env").write_text(f"LIVEKIT_API_KEY=devkey\nLIVEKIT_API_SECRET={secret}\n{more}")
    found = look(native, only=["security"])
    assert found.one(ident).status == status


def test_keys_that_nobody_reads(native: Path) -> None:
    (native / "livekit.yaml").write_text(CONFIG + f"keys:\n  APIother: {SECRET}\n")
    found = look(native, only=["env"])
    assert found.causes == ["keys.unused"]
    (native / "livekit.yaml").write_text(CONFIG)
    assert look(native, only=["env"]).causes == []


def test_proxies(native: Path) -> None:
    proxied = {"HTTPS_PROXY": "http://proxy.example:3128"}
    found = look(native, env=proxied, only=["machine.proxy"])
    (warning,) = found.of("machine.proxy")
    assert warning.status == "warn"
    assert warning.fix is not None
    assert warning.fix.command == "export NO_PROXY=localhost,127.0.0.1"
    mended = look(native, env={**proxied, "NO_PROXY": "localhost,127.0.0.1"}, only=["machine.proxy"])
    assert mended.status("machine.proxy") == "ok"
    assert look(native, only=["machine.proxy"]).status("machine.proxy") == "ok"
    broken = look(native, env={"HTTP_PROXY": "socks5://x:1"}, only=["machine.proxy"])
    assert broken.status("machine.proxy") == "fail"


def test_certificates_that_are_gone(native: Path, tmp_path: Path) -> None:
    found = look(native, env={"SSL_CERT_FILE": str(tmp_path / "gone.pem")}, only=["machine.ca"])
    assert found.one("machine.ca").title.endswith("gone.pem: no such file or directory")
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    assert look(native, env={"SSL_CERT_FILE": str(authority)}, only=["machine.ca"]).causes == []


def test_where_the_browser_is(native: Path) -> None:
    found = look(native, env={"CODESPACES": "true", "CODESPACE_NAME": "fuzzy"}, only=["machine.place"])
    info = found.one("machine.place")
    assert info.status == "info"  # calls work, over TCP
    assert info.fix is not None
    command = str(info.fix.command)
    assert command.startswith("gh codespace ports forward ")
    assert command.endswith(" 7881:7881 --codespace fuzzy")


def test_broken_yaml_is_one_finding_and_no_traceback(doctor: Any, native: Path) -> None:
    (native / "livekit.yaml").write_text("rtc: [\n")
    ran = doctor("--only", "config", cwd=native)
    assert ran.code == 1
    assert "livekit.yaml" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_loops_of_symlinks(native: Path) -> None:
    loop = native / "a" / "b"
    loop.mkdir(parents=True)
    (loop / "back").symlink_to(native, target_is_directory=True)
    (native / "round").symlink_to("round")
    found = look(native, only=FILES)
    assert found.causes == []


def test_a_project_without_env_that_is_a_folder_instead(native: Path) -> None:
    (native / ".env").unlink()
    (native / ".env").mkdir()
    found = look(native, only=FILES)
    assert "doctor.broken-check" not in found.causes
    assert found.status("env.file") in ("fail", "skip")
