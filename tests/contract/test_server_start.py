"""Command lines and environments: what lkm says of them is what the real server does with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.settings import load
from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.key_texts import Spot
from livekit_migrate.livekit.serverstart.effective import settings_of
from livekit_migrate.livekit.serverstart.lint import Judged, judge
from livekit_migrate.livekit.serverstart.starts import Start
from livekit_migrate.livekit.serverstart.words import Word
from tests.conftest import need, server_binary
from tests.oracle.judge import missing
from tests.oracle.start import Started, start

SECRET = "s123456789012345678901234567890123"
KEYS = {"LIVEKIT_KEYS": f"key: {SECRET}"}

Case = tuple[list[str], dict[str, str]]

# Each with KEYS in the environment, unless it has its own.
COMMAND_LINES: list[Case] = [
    ([], {}),
    (["--port=83"], {}),
    (["-port", "83"], {}),
    (["--port", "83", "--port", "84"], {}),
    (["--prot", "83"], {}),
    (["--Port", "83"], {}),
    (["---port", "83"], {}),
    (["--port", "x"], {}),
    (["--port", "-5"], {}),
    (["--port"], {}),
    (["--port=0x53"], {}),
    (["--port", "83", "-"], {}),
    (["--", "--port", "83"], {}),
    (["start"], {}),
    (["start", "--port", "83"], {}),
    (["--dev"], {}),
    (["--dev", "false"], {}),
    (["--dev=false"], {"LIVEKIT_CONFIG": "development: true"}),
    (["--dev=maybe"], {}),
    (["--bind", "127.0.0.1,::1"], {}),
    (["--turn.enabled", "true"], {}),
    (["--turn.enabled=maybe"], {}),
    (["--rtc.tcp_port", "99"], {"LIVEKIT_CONFIG": "rtc: {tcp_port: 98}", "LIVEKIT_RTC_TCP_PORT": "97"}),
    (["--disable-strict-config"], {"LIVEKIT_CONFIG": "port: 85"}),
]
VARIABLES: list[Case] = [
    (["--port", "83"], {"LIVEKIT_PORT": "82", "LIVEKIT_CONFIG": "port: 81"}),
    ([], {"LIVEKIT_PORT": "82", "LIVEKIT_CONFIG": "port: 81"}),
    ([], {"LIVEKIT_PORT": "", "LIVEKIT_CONFIG": "port: 81"}),
    ([], {"LIVEKIT_PORT": "0x10"}),
    ([], {"LIVEKIT_PORT": "010"}),
    ([], {"LIVEKIT_PORT": "7_000"}),
    ([], {"LIVEKIT_PORT": "+5"}),
    ([], {"LIVEKIT_PORT": " 5"}),
    ([], {"LIVEKIT_PORT": "1e3"}),
    ([], {"LIVEKIT_PORT": "18446744073709551616"}),
    ([], {"LIVEKIT_PORT": "4294967297"}),
    ([], {"LIVEKIT_PORT": "99999"}),
    ([], {"LIVEKIT_RTC_TCP_PORT": "98", "LIVEKIT_CONFIG": "rtc: {tcp_port: 97}"}),
    ([], {"UDP_PORT": "7998", "LIVEKIT_CONFIG": "rtc: {udp_port: 7997}"}),
    ([], {"UDP_PORT": "7000-7010"}),
    ([], {"UDP_PORT": "7010-7000", "LIVEKIT_CONFIG": "rtc: {udp_port: 7997}"}),
    ([], {"UDP_PORT": "abc", "LIVEKIT_CONFIG": "rtc: {udp_port: 7997}"}),
    ([], {"UDP_PORT": "", "LIVEKIT_CONFIG": "rtc: {udp_port: 7997}"}),
    (["--udp-port", "7999"], {"UDP_PORT": "7998"}),
    ([], {"LIVEKIT_RTC_UDP_PORT": "7998"}),
    ([], {"NODE_IP": "192.0.2.7", "LIVEKIT_CONFIG": "rtc: {node_ip: 192.0.2.8}"}),
    ([], {"NODE_IP": "host.example", "LIVEKIT_CONFIG": "rtc: {node_ip: 192.0.2.8}"}),
    ([], {"NODE_IP": "192.0.2.7", "LIVEKIT_CONFIG": "rtc: {node_ip: '2001:db8::1'}"}),
    ([], {"NODE_IP": "192.0.2.7,192.0.2.8"}),
    ([], {"NODE_IP": "192.0.2.7"}),
    (["--node-ip", "192.0.2.7"], {"NODE_IP": "192.0.2.8"}),
    # TURN asks which families the node has.
    *(
        (["--node-ip", address], {"LIVEKIT_CONFIG": f"turn: {{enabled: true, udp_port: 3478{listens}}}"})
        for address in ("192.0.2.7", "2001:db8::1", "192.0.2.7,2001:db8::1", "2001:db8::1,192.0.2.7")
        for listens in ("", ", bind_addresses: ['127.0.0.1']", ", bind_addresses: ['::1']")
    ),
    ([], {"UDP_PORT": "7005", "LIVEKIT_CONFIG": "rtc: {udp_port: 7000-7010}"}),
    ([], {"UDP_PORT": "7020-7030", "LIVEKIT_CONFIG": "rtc: {udp_port: 7000-7010}"}),
    ([], {"LIVEKIT_TURN_ENABLED": "yes"}),
    ([], {"LIVEKIT_TURN_ENABLED": ""}),
    ([], {"LIVEKIT_TURN_ENABLED": "T"}),
    ([], {"LIVEKIT_TURN_ENABLED": "1", "LIVEKIT_TURN_UDP_PORT": "3478"}),
    ([], {"LIVEKIT_LIMIT_NUM_TRACKS": "1.5"}),
    ([], {"LIVEKIT_LIMIT_NUM_TRACKS": "-5"}),
    ([], {"LIVEKIT_LIMIT_NUM_TRACKS": "5 "}),
    ([], {"LIVEKIT_LIMIT_BYTES_PER_SEC": "1.5"}),
    ([], {"LIVEKIT_LIMIT_BYTES_PER_SEC": "much"}),
    ([], {"LIVEKIT_API_EXECUTION_TIMEOUT": "5s"}),
    ([], {"LIVEKIT_API_EXECUTION_TIMEOUT": "5000000000"}),
    ([], {"LIVEKIT_DEVELOPMENT": "true"}),
    ([], {"LIVEKIT_NONE": "1"}),
    ([], {"LIVEKIT_CONFIG": "/etc/livekit.yaml"}),
    ([], {"LIVEKIT_CONFIG": "livekit.yaml"}),
    ([], {"LIVEKIT_CONFIG": "prot: 1"}),
    (["--config-body", "port: 84"], {"LIVEKIT_CONFIG": "prot: 1"}),
    (["--config-body", ""], {"LIVEKIT_CONFIG": "prot: 1"}),
    (["--config", "absent.yaml"], {"LIVEKIT_CONFIG": "port: 81"}),
    (["--config", "absent.yaml"], {"LIVEKIT_CONFIG": ""}),
    (["--config", "absent.yaml"], {}),
    (["--config", "."], {}),
    (["--config", "good.yaml"], {}),
    (["--config", "good.yaml"], {"LIVEKIT_PORT": "82"}),
    (["--config", "absent.yaml", "--config", "good.yaml"], {}),
]
PAIRS: list[Case] = [
    *(
        ([], {"LIVEKIT_KEYS": text})
        for text in (
            "",
            "key:nospace",
            "key: 12345",
            "key: 0x12",
            "key: 1e5",
            "key: 08",
            "key: 0o17",
            "key: 1_000",
            "key: .inf",
            "key: 2020-01-01",
            "key: true",
            "key: yes",
            "key: ~",
            "key: 12:30",
            "key: '12'",
            "key: !!str 12",
            "key: {a: b}",
            "key: [a]",
            "12: abc",
            "~: abc",
            "[a]: abc",
            "a: b\na: c",
            "a: b: c",
            "a: b\n---\n[}",
            "a: b\nc: 17",
            "[}",
            "word",
            "{a: b}",
            "# nothing",
            "a: &x bc\nb: *x",
            "<<: {a: bc}",
        )
    ),
    ([], {"LIVEKIT_KEYS": "", "LIVEKIT_CONFIG": f"keys: {{a: {SECRET}}}"}),
    ([], {"LIVEKIT_KEYS": "word", "LIVEKIT_CONFIG": f"keys: {{a: {SECRET}}}"}),
    (["--keys", "a: bcdef"], {"LIVEKIT_KEYS": "word"}),
    (["--keys", ""], {}),
    (["--dev"], {"LIVEKIT_KEYS": ""}),
    *(
        (["--key-file", f"{name}.keys"], {"LIVEKIT_KEYS": ""})
        for name in ("good", "number", "empty", "comment", "list", "nospace", "twice", "open", "null", "none")
    ),
    (["--key-file", "good.keys"], {"LIVEKIT_KEYS": "word"}),
    ([], {"LIVEKIT_KEY_FILE": "good.keys", "LIVEKIT_KEYS": ""}),
    ([], {"LIVEKIT_KEY_FILE": "open.keys"}),
    ([], {"LIVEKIT_CONFIG": "key_file: open.keys"}),
    ([], {"LIVEKIT_CONFIG": "key_file: good.keys", "LIVEKIT_KEYS": ""}),
]
FILES = {
    "good.yaml": "port: 86\n",
    "good.keys": f"key: {SECRET}\n",
    "number.keys": "key: 12345\n",
    "empty.keys": "",
    "comment.keys": "# nothing\n",
    "list.keys": "key: [a]\n",
    "nospace.keys": "key:secret\n",
    "twice.keys": "a: b\na: c\n",
    "open.keys": f"key: {SECRET}\n",
    "null.keys": "key: ~\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o604 if name == "open.keys" else 0o600)
    (tmp_path / "lkm.toml").write_text("")
    return tmp_path


def described(words: list[str], env: Mapping[str, str], folder: Path) -> Start:
    at = Spot("compose.yaml", 3)
    return Start(
        "the server",
        at,
        tuple(Word(word, at) for word in words),
        {name: Word(text, at) for name, text in env.items()},
        folder=str(folder),
    )


def both(case: Case, folder: Path, version: str) -> tuple[Judged, Started]:
    words, env = case[0], {**KEYS, **case[1]}
    judged = judge(described(words, env, folder), load(folder, env={}), version, {})
    return judged, start(server_binary(version), words, env, folder)


def value(judged: Judged, key: str) -> Any:
    rows = settings_of(judged.text, judged.options, schemas.load(judged.version))
    return next(row.value for row in rows if row.key == key)


def differences(case: Case, folder: Path, version: str) -> list[str]:
    """Where the two do not say the same, in words."""
    judged, real = both(case, folder, version)
    fails = [finding.title for finding in judged.findings if finding.status == "fail"]
    if bool(fails) != real.refused:
        return [f"{case}: lkm {fails or 'finds nothing'}, the server says {real.said}"]
    if real.refused:
        return []
    wrong = []
    said = {"portHttp": value(judged, "port"), "rtc.portTCP": value(judged, "rtc.tcp_port")}
    if ports := value(judged, "rtc.udp_port"):
        first, _, last = str(ports).partition("-")
        said["rtc.portUDP"] = {"Start": int(first), "End": int(last or 0)}
    if address := value(judged, "rtc.node_ip"):
        # The older one has it as a text; the newer one says the first of two.
        said["nodeIP"] = address if judged.version == "1.8.4" else str(address).split(",")[0]
    for name, expected in said.items():
        if real.facts.get(name) != expected:
            wrong.append(f"{case}: {name}: lkm {expected}, the server {real.facts.get(name)}")
    return wrong


@pytest.mark.parametrize("version", ["1.13.5", "1.8.4"])
@pytest.mark.parametrize("cases", [COMMAND_LINES, VARIABLES, PAIRS], ids=["options", "variables", "keys"])
def test_lkm_refuses_and_reads_what_the_server_does(cases: list[Case], folder: Path, version: str) -> None:
    if why := missing():
        need("netns", why)
    server_binary(version)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda case: differences(case, folder, version), cases)
        wrong = [line for lines in found for line in lines]
    assert wrong == []
