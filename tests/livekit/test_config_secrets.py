"""No secret of a configuration is shown, in whatever wrong form it stands there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from livekit_migrate.core import secret
from livekit_migrate.core.result import Finding
from livekit_migrate.core.settings import load
from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.check import examine
from livekit_migrate.livekit.configcheck.tree import NotYamlError
from livekit_migrate.livekit.key_texts import Spot
from livekit_migrate.livekit.serverstart.effective import settings_of
from livekit_migrate.livekit.serverstart.lint import judge
from livekit_migrate.livekit.serverstart.options import Options
from livekit_migrate.livekit.serverstart.starts import Start
from livekit_migrate.livekit.serverstart.texts import Text
from livekit_migrate.livekit.serverstart.words import Word
from tests.conftest import Lkm

CANARY = "Hunter2Hunter2Hunter2Hunter2Hunter2"
SEEN = "unter2"  # a piece of it is too much already

VALUES = (
    *("S", "'S'", '"S"', "*S", "&S", "&S x", "!S", "!S x", "!S [x]", "!S {a: b}", "!!S x", "!<S> x"),
    *(f"!!{tag} S" for tag in ("int", "bool", "float", "null", "timestamp", "binary", "map", "seq", "str")),
    *("[S]", "[[S]]", "{S}", "{S: }", "{a: S}", "{a: [S]}", "{a: {b: S}}", "{S: 1, S: 2}", "{[S]: a}"),
    *("|\n          S", ">-\n          S", "a\n          S", "\n          ? S", "\n          <<: S"),
    *("'S", '"S', "[S", "{S", "S: S", "@S", "`S", "`S`", "%S", "a`b`S", "'`a` S `b'", "-S", "- S", "12S"),
    *("{{S}}", '"{{S}}"', "x${A:-S}", '"{{ a | default S }}', "{{APIa: S}}", "$(S)", "<%= S %>", "{% S %}"),
)
PLACES = (
    "redis:\n    password: V\n",
    "redis:\n    sentinel_password: V\n",
    "redis:\n    address: {password: V}\n",
    "redis: V\n",
    "keys: V\n",
    "keys:\n    APIabc: V\n",
    "keys:\n    APIabc: V\n    APIabc: V\n",
    "keys:\n  - APIabc: V\n",
    "keys:\n    APIabc: {secret: V}\n",
    "port: x\nkeys: &a\n    APIabc: V\nredis: *a\n",
    "prometheus:\n    password: V\n",
    "rtc:\n  turn_servers:\n    - host: a\n      credential: V\n",
    "rtc:\n  turn_servers:\n      credential: V\n",
    "turn:\n    secret: V\n",
    "webhook:\n    urls: [https://a.example]\n    api_key: V\nkeys: {APIabc: b}\n",
    "V\n",
)
WHOLE = (
    "keys: {APIabc:S}\n",
    "keys:\n    APIabc:S\n",
    "keys:\n    S: APIabc\n",
    "keys:\n    S:\n",
    "keys: APIabc:S\n",
    "keys:\nAPIabc: S\n",
    "redis: 'address: a, password: S'\n",
    "redis: {address: 'redis://:S@a'}\n",
    "redis: {address: 'S@a'}\n",
    "webhook: {urls: ['ftp://a:S@b', 'b.example/?token=S']}\n",
    "webhook: {api_key: S, urls: ['https://a']}\nkeys: {S: APIabc}\n",
)


def texts() -> list[str]:
    return [*(place.replace("V", value) for place in PLACES for value in VALUES), *WHOLE]


def shown(findings: Iterable[Finding]) -> str:
    """All that a finding says, as every output masks it."""
    return secret.redact(repr([secret.redact_value(dataclasses.asdict(one)) for one in findings]))


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_known", set())


@pytest.mark.parametrize("version", ["1.13.5", "1.8.4"])
def test_lint_shows_none(version: str) -> None:
    leaks = []
    for text in texts():
        secret._known.clear()
        told = shown(examine(text.replace("S", CANARY), version=version).findings)
        leaks += [(text, told)] if SEEN in told else []
    assert leaks == []


def test_show_shows_none() -> None:
    schema = schemas.load("1.13.5")
    leaks = []
    for text in texts():
        secret._known.clear()
        whole = Text(text.replace("S", CANARY), "livekit.yaml", Spot("livekit.yaml", 1))
        try:
            told = secret.redact(repr(settings_of(whole, Options(), schema)))
        except NotYamlError as error:
            told = secret.redact(error.text)
        leaks += [(text, told)] if SEEN in told else []
    assert leaks == []


@pytest.mark.parametrize(
    ("words", "env"),
    [
        *(([], {"LIVEKIT_KEYS": value.replace("\n          ", "\n ")}) for value in VALUES),
        *(([], {"LIVEKIT_KEYS": f"APIabc: {value}"}) for value in VALUES),
        *(([], {"LIVEKIT_KEYS": text}) for text in ("APIabc:S", "{APIabc:S}", "S: APIabc", "S: a\nS: b")),
        (["--keys", "APIabc:", "S"], {}),
        (["--keys", "APIabc:S"], {}),
        (["---keys=APIabc: S"], {}),
        (["--kyes=APIabc: S"], {}),
        (["--redis-password"], {"REDIS_PASSWORD": "S"}),
        (["--redis-password", "S", "S"], {}),
    ],
)
def test_a_start_shows_none(words: list[str], env: Mapping[str, str], project: Path) -> None:
    at = Spot("compose.yaml", 3)
    start = Start(
        "the server",
        at,
        tuple(Word(word.replace("S", CANARY), at) for word in words),
        {name: Word(text.replace("S", CANARY), at) for name, text in env.items()},
        folder=str(project),
    )
    judged = judge(start, load(project, env={}), "1.13.5", {})
    assert SEEN not in shown(judged.findings)
    rows = settings_of(judged.text, judged.options, schemas.load("1.13.5"))
    assert SEEN not in secret.redact(repr(rows))


@pytest.mark.parametrize("form", [[], ["--json"], ["--format", "github"], ["--format", "sarif"]])
def test_no_output_shows_one(form: list[str], project: Path, lkm: Lkm) -> None:
    names = []
    for number, text in enumerate(
        (
            "redis: {password: *S}\n",
            "keys: !!int S\n",
            "keys: !S\n",
            "keys: APIabc:S\n",
            "redis: {password: [S], S}\n",
        )
    ):
        names.append(f"{number}.yaml")
        # Each another one: what one file teaches the mask must not help the next.
        (project / names[-1]).write_text(text.replace("S", f"{number}{CANARY}{number}"))
    ran = lkm("config", "lint", *names, *form)
    assert ran.code == 1
    assert "4.yaml" in ran.out
    assert SEEN not in ran.out + ran.err
