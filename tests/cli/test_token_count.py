"""`lkm token --count` and `--format`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.conftest import Lkm

KEY, SECRET = "APIcli00000000", "count-secret-0123456789abcdefghijklmn"


@pytest.fixture(autouse=True)
def _keyed(project: Path) -> None:
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n")


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, SECRET, algorithms=["HS256"], issuer=KEY))


def test_one_line_each_and_an_identity_each(lkm: Lkm) -> None:
    ran = lkm("token", "-r", "demo", "-i", "ada", "--count", "3", "--subscriber")
    assert ran.code == 0
    assert ran.err == ""
    said = [claims(line) for line in ran.out.splitlines()]
    assert [one["sub"] for one in said] == ["ada-1", "ada-2", "ada-3"]
    assert {one["video"]["canPublish"] for one in said} == {False}


def test_made_up_identities_differ_too(lkm: Lkm) -> None:
    ran = lkm("token", "-r", "demo", "--count", "20")
    identities = [claims(line)["sub"] for line in ran.out.splitlines()]
    assert len(set(identities)) == 20
    assert identities[0] in ran.err
    assert identities[-1] in ran.err


def test_one_keeps_its_name(lkm: Lkm) -> None:
    assert claims(lkm("token", "-r", "demo", "-i", "ada", "--count", "1").out.strip())["sub"] == "ada"


def test_json(lkm: Lkm) -> None:
    listed = json.loads(lkm("token", "-r", "a b", "-i", "ada", "--count", "2", "--format", "json").out)
    assert [(one["identity"], one["room"]) for one in listed] == [("ada-1", "a b"), ("ada-2", "a b")]
    assert claims(listed[1]["token"])["sub"] == "ada-2"
    document = lkm("token", "-r", "demo", "-i", "ada", "--count", "2", "--json").json
    assert [claims(one["token"])["sub"] for one in document["data"]["tokens"]] == ["ada-1", "ada-2"]


def test_env(lkm: Lkm) -> None:
    one = lkm("token", "-r", "demo", "-i", "ada", "--format", "env").out
    assert one.startswith("LIVEKIT_TOKEN=ey")
    assert one.count("\n") == 1
    two = lkm("token", "-r", "demo", "-i", "ada", "--format", "env", "--count", "2").out.splitlines()
    assert [line.partition("=")[0] for line in two] == ["LIVEKIT_TOKEN_1", "LIVEKIT_TOKEN_2"]
    assert claims(two[1].partition("=")[2])["sub"] == "ada-2"


@pytest.mark.parametrize("count", ["0", "-1", "100000", "1.5", "many", ""])
def test_a_count_that_is_none(count: str, lkm: Lkm) -> None:
    ran = lkm("token", "-r", "demo", "--count", count)
    assert ran.code == 2
    assert ran.out == ""


@pytest.mark.parametrize(
    "argv",
    [
        ("--room-list", "--count", "2"),
        ("-r", "demo", "-i", "i" * 255, "--count", "10"),
        ("-r", "demo", "--format", "yaml"),
    ],
)
def test_what_cannot_be_many(argv: tuple[str, ...], lkm: Lkm) -> None:
    ran = lkm("token", *argv)
    assert ran.code == 2
    assert ran.out == ""


def test_ten_thousand(lkm: Lkm) -> None:
    ran = lkm("token", "-r", "demo", "--count", "10000")
    assert ran.code == 0
    assert len(set(ran.out.splitlines())) == 10_000
