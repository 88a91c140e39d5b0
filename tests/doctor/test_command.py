"""`lkm doctor` and `lkm support` as commands: options, formats, what a person reads, no secret anywhere."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port

CANARY = "canary-Zq8w-0123456789abcdefghijklmnopqrs"
CONFIG = "port: 7880\nrtc:\n  tcp_port: 7881\n  udp_port: 7882\n  node_ip: 127.0.0.1\n"


@pytest.fixture
def app(project: Path) -> Path:
    """A project without Compose, with a canary in every place where secrets stand."""
    (project / "lkm.toml").write_text(f'runtime = "native"\n[ports]\nsignal = {free_port()}\n')
    (project / ".env").write_text(
        f"LIVEKIT_API_KEY=APIkey000000001\nLIVEKIT_API_SECRET={CANARY}1\nSTRIPE=sk-{CANARY}2\n"
        f"DATABASE_URL=postgres://app:{CANARY}3@127.0.0.1/app\n"
    )
    (project / "livekit.yaml").write_text(
        f"{CONFIG}keys:\n  APIkey000000001: {CANARY}1\n"
        f"redis: {{address: '127.0.0.1:1', password: {CANARY}4}}\n"
    )
    (project / "compose.yaml").write_text(
        f"services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: {CANARY}5\n"
        f"      PGPASS: '{CANARY}6'\n      OTHER: {CANARY}7\n"
    )
    return project


def test_people_read_problems_and_one_line_that_counts(doctor: Any, app: Path) -> None:
    (app / "livekit.yaml").write_text(CONFIG.replace("udp_port", "udp_prot"))
    ran = doctor("--only", "config")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == "config"
    assert lines[1].startswith("✗ fail livekit.yaml:4:3: ")
    assert "fail" in lines[-1]
    assert "✓" not in ran.out
    assert "lkm doctor --fix" in [line.strip() for line in lines], "what it mends by itself can be copied"
    everything = doctor("--only", "config", "-v")
    assert "✓ ok " in everything.out
    assert (
        "key: rtc.udp_prot" in everything.out or "evidence" in everything.out or "udp_prot" in everything.out
    )


def test_the_first_word_comes_before_the_checks(doctor: Any, app: Path) -> None:
    ran = doctor("--only", "machine.clock")
    assert ran.err.startswith(f"looking at {app}")
    assert "✓" not in ran.err, "that they were done says nothing of what they found"


def test_list_and_explain(lkm: Any, app: Path) -> None:
    listed = lkm("doctor", "--list", "--json").json["data"]["checks"]
    assert len(listed) > 35
    ran = lkm("doctor", "explain", "stack.redis")
    assert ran.code == 0
    for word in ("PING alone", "What to look for", "How it is mended", "#1901"):
        assert word in ran.out
    assert lkm("doctor", "explain", "stack.redis", "--json").json["data"]["check"]["id"] == "stack.redis"
    wrong = lkm("doctor", "explain", "stack.redid")
    assert wrong.code == 2
    assert "did you mean stack.redis?" in wrong.err


def test_skip_leaves_a_check_out(doctor: Any, app: Path) -> None:
    ran = doctor("--only", "security", "--skip", "security.dev-keys", "--json")
    ids = {check["id"] for check in ran.json["data"]["checks"]}
    assert "security.env-tracked" in ids
    assert "security.dev-keys" not in ids


def test_strict(doctor: Any, app: Path) -> None:
    (app / ".env").write_text("LIVEKIT_API_KEY=devkey\nLIVEKIT_API_SECRET=secret\n")
    assert doctor("--only", "security.dev-keys").code == 0
    assert doctor("--only", "security.dev-keys", "--strict").code == 1


@pytest.mark.parametrize(
    "argv",
    [["--unsafe"], ["--key-from-env"], ["--only", "nonsense"], ["--timeout", "x"], ["--skip", "project.no"]],
)
def test_misuse_is_said_and_exits_2(lkm: Any, app: Path, argv: list[str]) -> None:
    ran = lkm("doctor", *argv, "--json")
    assert ran.code == 2
    assert ran.json["error"]["message"]


def test_junit(doctor: Any, app: Path) -> None:
    (app / "livekit.yaml").write_text(CONFIG.replace("udp_port", "udp_prot"))
    ran = doctor("--only", "config", "--format", "junit")
    assert ran.code == 1
    root = ET.fromstring(ran.out)
    (failure, *_) = root.iter("failure")
    assert "udp_prot" in str(failure.get("message"))
    assert int(root.get("failures", "0")) == len(list(root.iter("failure")))
    case = next(case for case in root.iter("testcase") if case.find("failure") is not None)
    assert (case.get("file"), case.get("line")) == ("livekit.yaml", "4")


def test_the_same_document_in_two_runs(doctor: Any, app: Path) -> None:
    def document() -> dict[str, Any]:
        whole: dict[str, Any] = doctor("--json", "--skip", "docker", "--skip", "stack").json
        for one in (*whole["findings"], *whole["steps"], *whole["data"]["checks"]):
            one["seconds"] = 0
        return whole

    assert document() == document()


def outputs(doctor: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, argv in {
        "words": ["-v"],
        "json": ["--json"],
        "report": ["--report"],
        "junit": ["--format", "junit"],
    }.items():
        ran = doctor(*argv)
        found[name] = ran.out + ran.err
    return found


def test_no_secret_in_any_output(doctor: Any, app: Path) -> None:
    for name, text in outputs(doctor).items():
        assert CANARY not in text, name
        assert len(text) > 100


def test_the_report_can_be_pasted(doctor: Any, app: Path) -> None:
    ran = doctor("--report", "--only", "env", "--only", "machine")
    assert ran.out.startswith("# lkm doctor\n")
    assert "| lkm | `0.1.0` |" in ran.out
    assert "## All checks" in ran.out


def test_support_packs_what_helps_and_no_secret(lkm: Any, app: Path, tmp_path: Path) -> None:
    (app / ".lkm" / "native").mkdir(parents=True)
    path = tmp_path / "help.zip"
    ran = lkm("support", "--output", str(path), "--json")
    assert ran.code == 0, ran.out
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names}
    assert names == [one["name"] for one in ran.json["data"]["files"]]
    assert {"README.txt", "report.md", "doctor.json", "config/.env", "config/livekit.yaml"} <= set(names)
    assert [name for name, text in texts.items() if CANARY in text] == []
    assert "LIVEKIT_API_SECRET=••••••" in texts["config/.env"]
    assert "udp_port: 7882" in texts["config/livekit.yaml"]  # what helps is there
    assert json.loads(texts["doctor.json"])["command"] == "doctor"
    again = lkm("support", "--output", str(path))
    assert again.code == 4
    assert "file exists" in again.err


def test_a_hundred_thousand_files_cost_no_more_than_the_bounds(lkm: Any, app: Path) -> None:
    """Whatever lies there, nothing crashes and nothing runs on without a limit."""
    for number in range(100):
        folder = app / f"data{number}"
        folder.mkdir()
        for each in range(1000):
            os.close(os.open(folder / f"{each}.txt", os.O_CREAT | os.O_WRONLY))
    ran = lkm("doctor", "--json", "--skip", "docker", timeout=300)
    assert ran.json["command"] == "doctor"
    assert "doctor.broken-check" not in {finding["id"] for finding in ran.json["findings"]}
