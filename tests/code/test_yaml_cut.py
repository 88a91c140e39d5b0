"""YAML without some entries: whole lines go, with their comments; everything else stays byte for byte."""

from __future__ import annotations

import re

import pytest
import yaml as pyyaml

from livekit_migrate.code.yaml import parse
from livekit_migrate.code.yaml_cut import Path, without
from livekit_migrate.core.errors import ConfigError

COMPOSE = """\
# the stack
services:
  # where data lives
  db:
    image: postgres
    ports: ["5432:5432", "1:1"]

  # media of all calls
  sfu:
    build: .
    ports:
      - "44444:44444/udp"
      - "40000-40100:40000-40100/udp" # range
    # and more

  web:
    image: x
    depends_on:
      - sfu
      - db
    environment:
      A: 1
      # for the sfu
      SFU_IP: |
        foo
        bar
      B: 2
    deploy: {a: 1, b: 2}
volumes:
  data:
"""


def cut(*gone: Path, text: str = COMPOSE, keep: tuple[Path, ...] = ()) -> str:
    return without(parse(text, "compose.yml"), gone, keep=keep).text


def lost(after: str, text: str = COMPOSE) -> str:
    """The lines that are gone; what is left must be the rest in its order."""
    left = after.splitlines(keepends=True)
    gone = []
    for line in text.splitlines(keepends=True):
        if left and left[0] == line:
            left.pop(0)
        else:
            gone.append(line)
    assert not left
    return "".join(gone)


def test_a_service_goes_with_its_comments_and_one_blank_line() -> None:
    gone = lost(cut(("services", "sfu")))
    assert gone.strip().startswith("# media of all calls")
    assert gone.strip().endswith("# and more")
    assert gone.count("\n\n") + gone.startswith("\n") + gone.endswith("\n\n") >= 1


def test_an_item_and_then_the_list_that_is_emptied() -> None:
    assert lost(cut(("services", "web", "depends_on", 0))) == "      - sfu\n"
    both = cut(("services", "web", "depends_on", 0), ("services", "web", "depends_on", 1))
    assert lost(both) == "    depends_on:\n      - sfu\n      - db\n"


def test_a_block_scalar_goes_whole_with_the_comment_above() -> None:
    after = cut(("services", "web", "environment", "SFU_IP"))
    assert lost(after) == "      # for the sfu\n      SFU_IP: |\n        foo\n        bar\n"


def test_flow_collections_lose_the_comma() -> None:
    assert 'ports: ["1:1"]' in cut(("services", "db", "ports", 0))
    assert 'ports: ["5432:5432"]' in cut(("services", "db", "ports", 1))
    assert "deploy: {b: 2}" in cut(("services", "web", "deploy", "a"))
    assert "deploy: {a: 1}" in cut(("services", "web", "deploy", "b"))


def test_a_section_that_must_stay_is_written_empty() -> None:
    all_of_them = tuple(("services", name) for name in ("db", "sfu", "web"))
    after = cut(*all_of_them, keep=(("services",),))
    assert pyyaml.safe_load(after) == {"services": {}, "volumes": {"data": None}}
    assert after.startswith("# the stack\nservices: {}\n")


def test_a_comment_over_two_entries_stays_unless_it_speaks_of_what_goes() -> None:
    text = "env:\n  # addresses\n  SFU_IP: 1\n  WEB_IP: 2\n"
    assert cut(("env", "SFU_IP"), text=text) == "env:\n  # addresses\n  WEB_IP: 2\n"
    document = parse(text, "x")
    assert without(document, [("env", "SFU_IP")], about=re.compile("addr")).text == "env:\n  WEB_IP: 2\n"


def test_windows_lines_and_a_missing_last_line_end() -> None:
    text = "a:\r\n  - x\r\n  - y\r\nb: 1\r\nc: 2"
    assert cut(("a", 0), text=text) == "a:\r\n  - y\r\nb: 1\r\nc: 2"
    assert cut(("c",), text=text) == "a:\r\n  - x\r\n  - y\r\nb: 1\r\n"


def test_an_anchor_that_is_still_pointed_to_keeps_its_entry() -> None:
    text = "x: &common\n  A: 1\ny:\n  <<: *common\n"
    with pytest.raises(ConfigError, match=r"line 4 still points to its anchor &common"):
        cut(("x",), text=text)
    assert cut(("y",), text=text) == "x: &common\n  A: 1\n"
    with pytest.raises(ConfigError, match="by hand"):
        cut(("x", "A"), text="x:\n  A: &a 1\n  B: *a\n")


def test_the_first_key_behind_a_dash_is_for_a_person() -> None:
    text = "steps:\n  - name: X\n    run: y\n"
    with pytest.raises(ConfigError, match="first key behind a dash"):
        cut(("steps", 0, "name"), text=text)
    assert cut(("steps", 0, "run"), text=text) == "steps:\n  - name: X\n"


def test_what_is_not_there_is_no_reason_to_change_anything() -> None:
    assert cut(("services", "nobody"), ("x", 3)) == COMPOSE
