"""What lint says of configurations whose answer is known, and of input of any kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.core.result import Finding
from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.check import LARGEST, check, examine
from livekit_migrate.livekit.configcheck.model import Facts
from livekit_migrate.livekit.configcheck.rules import all_rules
from tests.oracle.known import KEYS, KNOWN, WORLDLY, Known

NEWEST = schemas.versions()[-1]


def ids(findings: list[Finding], status: str) -> list[str]:
    return sorted(one.id.removeprefix("config.") for one in findings if one.status == status)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: repr(known.data[-70:]))
def test_what_is_said_of_it(known: Known, tmp_path: Path) -> None:
    findings = list(examine(known.data, version=NEWEST, facts=Facts({}, tmp_path)).findings)
    assert ids(findings, "fail") == sorted(known.fail)
    warned = ids(findings, "warn")
    assert [one for one in warned if one in known.warn] == sorted(known.warn) or not known.warn
    assert not known.warn or warned == sorted(known.warn)
    assert not known.info or ids(findings, "info") == sorted(known.info)


@pytest.mark.parametrize("known", WORLDLY, ids=lambda known: repr(known.data[-70:]))
def test_what_the_world_decides_is_no_failure(known: Known) -> None:
    findings = check(known.data, version=NEWEST)
    assert ids(findings, "fail") == []
    assert ids(findings, "warn") == sorted(known.warn)
    assert ids(findings, "info") == sorted(known.info)


def one(text: str, **options: object) -> Finding:
    findings = check(KEYS + text, **options)  # type: ignore[arg-type]
    assert len(findings) == 1, [finding.title for finding in findings]
    return findings[0]


@pytest.mark.parametrize(
    ("text", "line", "column", "title", "fix", "safe"),
    [
        ("rtc:\n  tcp-port: 1\n", 3, 3, "rtc.tcp-port is no key", "tcp_port is meant?", True),
        ("rtc:\n  tcpPort: 1\n", 3, 3, "rtc.tcpPort is no key", "tcp_port is meant?", True),
        ("udp_port: 7882\n", 2, 1, "udp_port is no key", "rtc.udp_port is meant?", False),
        (
            "debug_handler_port: 1\n",
            2,
            1,
            "debug_handler_port is no key",
            "debug_handler.port is meant?",
            False,
        ),
        ("zzz: 1\n", 2, 1, "zzz is no key", "remove it", False),
        ("room: {auto_craete: true}\n", 2, 8, "room.auto_craete is no key", "auto_create is meant?", True),
        ('port:   "7880"\n', 2, 9, "port takes a whole number", "without the quotes: 7880", True),
        ("room: {create_room_timeout: 10}\n", 2, 29, "takes a duration", "with a unit: 10s", False),
        ("webhook: {urls: x}\n", 2, 17, "webhook.urls takes a list, not `x`", "a list: [x]", False),
        ("rtc: {node_ip: localhost}\n", 2, 16, "rtc.node_ip: invalid ip localhost", "no host name", False),
        ("region: a\nregion: b\n", 3, 1, "region stands twice", "keep one", False),
        ("\tport: 1\n", 2, 1, "No YAML", "indent with spaces", False),
    ],
)
def test_the_place_and_the_mend(  # noqa: PLR0917
    text: str, line: int, column: int, title: str, fix: str, safe: bool
) -> None:
    finding = one(text)
    assert finding.location is not None
    assert (finding.location.line, finding.location.column) == (line, column)
    assert title in finding.title
    assert finding.fix is not None
    assert fix in finding.fix.text
    assert finding.fix.safe is safe


def test_a_byte_order_mark_moves_no_column() -> None:
    finding = check("\ufeffprot: 1\n", keys={"a": "b" * 32})[0]
    assert finding.location is not None
    assert (finding.location.line, finding.location.column) == (1, 1)


def test_a_key_of_another_release_is_said_to_be_one() -> None:
    finding = one("enable_data_tracks: true\n", version="1.8.4")
    assert "1.11.0, 1.13.5 have it" in finding.detail
    finding = one("room: {create_room_enabled: true}\n", version="1.13.5")
    assert finding.evidence["known_in"] == ["1.8.4", "1.11.0"]


def test_the_server_is_quoted() -> None:
    assert "line 2: cannot unmarshal !!str `x` into uint32" in one("port: x\n").detail
    assert "field prot not found in type config.Config" in one("prot: 1\n").detail


def test_all_is_said_though_the_server_stops_at_the_first() -> None:
    findings = check("rtc: {node_ip: x, udp_port: y}\nport: z\nturn: {enabled: true}\n", keys={"a": "b" * 32})
    assert ids(findings, "fail") == ["bad-value", "bad-value", "turn-ports", "wrong-type"]


@pytest.mark.parametrize("version", ["1.8.0", "1.9.3", "1.13.0", "1.99.0"])
def test_a_release_without_data_is_judged_as_a_known_one(version: str) -> None:
    found = check(KEYS, version=version)
    assert [one.id for one in found] == ["config.version"]
    assert found[0].status == "info"
    lower = [
        known for known in schemas.versions() if schemas.release_of(known) <= schemas.release_of(version)
    ]
    assert found[0].evidence["judged_as"] == (lower or schemas.versions())[-1 if lower else 0]


def test_keys_from_elsewhere_count_in_place_of_the_files() -> None:
    hook = "webhook: {urls: [https://a], api_key: APIenv}\n"
    assert ids(check(KEYS + hook), "fail") == ["webhook-key"]
    assert ids(check(KEYS + hook, keys={"APIenv": "x" * 32}), "fail") == []
    assert ids(check(hook), "fail") == [], "not known where the keys come from"
    assert ids(check(hook, keys={}), "fail") == ["keys-missing", "webhook-key"]


def test_key_files_are_looked_at_where_they_are(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"

    def said() -> str:
        found = [f for f in check("key_file: keys.yaml\n", folder=tmp_path) if f.status == "fail"]
        return found[0].detail if found else ""

    assert "no such file" in said()
    file.write_text("a: 0123456789012345678901234567890123\n")
    file.chmod(0o644)
    assert "others may read it (mode 0644)" in said()
    file.chmod(0o640)
    assert said() == ""
    file.write_text("")
    assert "is empty" in said()
    file.write_text("a:b\n")
    assert "cannot unmarshal" in said()


def test_secrets_are_not_shown() -> None:
    canary = "canary-0123456789abcdefghijklmnop"
    for text in (
        f"keys: API:{canary}\n",
        f"keys: [{canary}]\n",
        f"keys: {{a: {{{canary}: b}}}}\n",
        f"redis: {{password: [{canary}]}}\n",
        f"rtc: {{turn_servers: [{{credential: {{a: {canary}}}}}]}}\n",
    ):
        for finding in check(text, keys={"a": "b" * 32}):
            assert canary not in str(finding.to_dict()), text


def test_a_billion_laughs_end_soon() -> None:
    levels = "".join(f"l{i + 1}: &l{i + 1} [{', '.join([f'*l{i}'] * 9)}]\n" for i in range(12))
    bomb = f"l0: &l0 [x]\n{levels}"
    assert "unknown-key" in ids(check(bomb, keys={}), "fail")
    grown = "".join(
        f"  a{i + 1}: &a{i + 1} {{{', '.join(f'k{k}: *a{i}' for k in range(9))}}}\n" for i in range(9)
    )
    assert "fail" in {f.status for f in check(f"keys: &a0 {{a: b}}\nlogging:\n{grown}", keys={})}
    # The type lets aliases through at every level: what the server's own bound is for.
    merges = "".join(f"m{i + 1}: &m{i + 1}\n  <<: [{', '.join([f'*m{i}'] * 9)}]\n" for i in range(9))
    text = f"m0: &m0 {{port: 1}}\n{merges}<<: *m9\n"
    assert "alias" in ids(check(text, keys={}), "fail")


def test_input_without_end_is_refused_by_size() -> None:
    start = time.process_time()
    assert ids(check(b"a: b\n" * (LARGEST // 4)), "fail") == ["too-large"]
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 3000, "a:\n" + " b:\n" * 3])
def test_depth_ends_in_a_finding(text: str) -> None:
    assert ids(check(text), "fail")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200) | st.binary(max_size=200))
def test_nothing_crashes(text: str | bytes) -> None:
    for finding in check(text):
        assert finding.location is not None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"abc:[]{}&*!|>'\"#-?%, \n\t", "port", "keys", "rtc:\n  ", "<<: ", "&a", "*a"]),
        max_size=40,
    )
)
def test_nothing_like_yaml_crashes(parts: list[str]) -> None:
    check("".join(parts))


def test_a_file_wrong_everywhere_is_told_in_bounds() -> None:
    found = check("".join(f"key{number}: 1\n" for number in range(20_000)), keys={})
    assert len(found) == 101
    assert "19900 more places" in next(one for one in found if one.id == "config.more").title
    found = check("webhook: {urls: [" + "x, " * 5000 + "]}\n")
    assert len(found) < 120


def test_every_rule_is_there(golden: Callable[[str, str], None]) -> None:
    golden("config-rules.txt", "".join(f"{rule.status:4} {rule.id}\n" for rule in all_rules()))


def test_every_rule_says_where_it_is_from() -> None:
    for rule in all_rules():
        assert rule.title, rule.id
        assert rule.about, rule.id
        assert rule.source, rule.id
