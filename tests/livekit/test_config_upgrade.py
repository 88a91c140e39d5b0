"""`lkm config lint --diff-version`: what another release refuses or does differently."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.settings import load
from livekit_migrate.livekit.configcheck.check import examine
from livekit_migrate.livekit.configcheck.upgrade import differences, general, side
from livekit_migrate.livekit.serverstart.project import look_ahead

TURN = "turn: {enabled: true, udp_port: 3478}\n"


def compared(text: str, before: str, after: str) -> Mapping[str, Any]:
    """id (with the key, where there is one) → finding."""
    sides = side(examine(text, version=before)), side(examine(text, version=after))
    found = [*differences("livekit.yaml", *sides), *general([sides])]
    return {" ".join(filter(None, (one.id, one.evidence.get("key")))): one for one in found}


def test_a_key_that_is_gone() -> None:
    found = compared("room:\n  create_room_enabled: true\n", "1.11.0", "1.13.5")
    one = found["config.unknown-key room.create_room_enabled"]
    assert one.status == "fail"
    assert str(one.location) == "livekit.yaml:2:3"
    assert "1.13.5 refuses this; 1.11.0 takes it" in one.detail
    assert one.fix.text == "take it out"


def test_a_key_that_the_other_way_round_is_new() -> None:
    found = compared("debug_handler: {port: 6060}\n", "1.11.0", "1.13.5")
    one = found["config.unknown-key debug_handler"]
    assert one.status == "info"
    assert "1.11.0 refuses this, 1.13.5 does not" in one.detail


def test_what_both_refuse_is_said_to_be_no_news() -> None:
    one = compared("prot: 1\n", "1.11.0", "1.13.5")["config.unknown-key prot"]
    assert one.status == "fail"
    assert "1.13.5 refuses this, as 1.11.0 does" in one.detail


def test_a_value_that_only_the_newer_one_looks_at() -> None:
    found = compared("rtc: {node_ip: host.example}\n", "1.8.4", "1.13.5")
    assert found["config.bad-value rtc.node_ip"].status == "fail"
    found = compared("rtc: {node_ip: 192.0.2.7}\n", "1.8.4", "1.13.5")
    assert found["config.upgrade-type rtc.node_ip"].status == "info"


def test_defaults_that_change_under_what_is_not_set() -> None:
    found = compared("port: 7880\n", "1.11.0", "1.13.5")
    one = found["config.upgrade-default limit.max_metadata_size"]
    assert (one.evidence["before"], one.evidence["after"]) == (64000, 524288)
    assert one.fix.text.endswith("limit.max_metadata_size: 64000")
    found = compared("limit: {max_metadata_size: 1000}\n", "1.11.0", "1.13.5")
    assert "config.upgrade-default limit.max_metadata_size" not in found


@pytest.mark.parametrize(
    ("text", "before", "after", "status"),
    [
        (TURN, "1.11.0", "1.12.0", "warn"),
        (TURN, "1.11.0", "1.13.5", "warn"),
        (TURN, "1.12.0", "1.13.5", None),
        (TURN, "1.13.5", "1.11.0", "info"),
        ("port: 7880\n", "1.11.0", "1.13.5", None),
        (
            "turn: {enabled: true, udp_port: 3478, allow_restricted_peer_cidrs: [10.0.0.0/8]}\n",
            "1.11.0",
            "1.13.5",
            None,
        ),
    ],
)
def test_turn_and_private_peers(text: str, before: str, after: str, status: str | None) -> None:
    found = compared(text, before, after).get("config.upgrade-turn-peers")
    assert (found.status if found else None) == status


def test_tokens_without_an_end() -> None:
    assert compared("port: 1\n", "1.13.5", "1.13.6")["config.upgrade-token-exp"].status == "warn"
    assert "config.upgrade-token-exp" not in compared("port: 1\n", "1.11.0", "1.13.5")


def test_the_one_bad_release() -> None:
    assert "config.upgrade-host-name" in compared("port: 1\n", "1.9.0", "1.10.0")
    assert "config.upgrade-host-name" not in compared("port: 1\n", "1.9.0", "1.10.1")


def test_a_release_without_data_says_so() -> None:
    one = compared("port: 1\n", "1.13.5", "1.13.9")["config.version"]
    assert one.evidence == {"version": "1.13.9", "judged_as": "1.13.5"}


def test_the_same_release_twice_differs_in_nothing() -> None:
    assert compared("port: 1\n", "1.13.5", "1.13.5") == {}


def test_variables_and_options_of_a_service(project: Path) -> None:
    (project / "compose.yaml").write_text(
        "services:\n  sfu:\n    image: livekit/livekit-server:v1.8.4\n    environment:\n"
        '      LIVEKIT_KEYS: "key: s123456789012345678901234567890123"\n'
        "      LIVEKIT_API_EXECUTION_TIMEOUT: 5s\n      LIVEKIT_PORT: ''\n"
    )
    found = {one.id: one for one in look_ahead(load(project, env={}), ("1.8.4", "1.13.5"), {}).findings}
    assert found["config.option-value"].status == "fail"
    assert str(found["config.option-value"].location) == "compose.yaml:6"
    assert found["config.variable-empty"].status == "warn"
    # What holds for all servers is said once, and belongs to none.
    assert found["config.upgrade-keys"].category == "from 1.8.4 to 1.13.5"
    assert found["config.upgrade-keys"].location is None


def test_the_command(lkm: Any, project: Path) -> None:
    (project / "livekit.yaml").write_text("room: {create_room_enabled: true}\n")
    for argv in ([], ["livekit.yaml"], ["./livekit.yaml"], [str(project / "livekit.yaml")]):
        ran = lkm("config", "lint", "--json", "--diff-version", "1.11.0", "1.13.5", *argv)
        assert ran.code == 1
        fails = [one for one in ran.json["findings"] if one["status"] == "fail"]
        assert [one["location"] for one in fails] == [{"file": "livekit.yaml", "line": 1, "column": 8}], argv
    assert lkm("config", "lint", "--diff-version", "1.13.5", "1.11.0").code == 0
    for argv in (["1.11.0", "x"], ["1.11.0"], ["1.11.0", "1.13.5", "--fix"]):
        assert lkm("config", "lint", "--diff-version", *argv).code == 2, argv
