"""livekit/keys: which pair counts, and whether the real server takes it."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from livekit_migrate.code.scalar import is_plain
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.secret import Secret
from livekit_migrate.core.settings import Settings, load
from livekit_migrate.livekit import keys, tokens
from livekit_migrate.livekit.keys import KEY, SECRET, KeyPair
from tests.conftest import running_server

GOOD = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture
def settings(project: Path) -> Settings:
    return load(project, env={})


def write(settings: Settings, text: str) -> None:
    settings.env_file.write_bytes(text.encode())


def test_new_pairs_are_long_random_and_safe_everywhere() -> None:
    pairs = [keys.new_pair() for _ in range(200)]
    assert len({pair.secret.reveal() for pair in pairs}) == len({pair.key for pair in pairs}) == 200
    for pair in pairs:
        assert re.fullmatch(r"API[A-Za-z0-9]{12}", pair.key)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{42}", pair.secret.reveal())
        assert is_plain(pair.key)
        assert is_plain(pair.secret.reveal())


def test_the_file_counts_where_the_shell_is_silent(settings: Settings) -> None:
    write(settings, f"# keys\n{KEY}=APIfile\n{SECRET}={GOOD}\n")
    found = keys.find_pair(settings, {})
    assert found.pair == KeyPair("APIfile", Secret(GOOD))
    assert (found.key_origin, found.secret_origin) == (".env:2", ".env:3")
    assert found.shadowed == found.notes == ()


def test_the_shell_wins_and_what_it_hides_is_named(settings: Settings) -> None:
    write(settings, f"{KEY}=APIfile\n{SECRET}={GOOD}\n")
    found = keys.find_pair(settings, {KEY: "APIshell", SECRET: GOOD[::-1]})
    assert found.pair == KeyPair("APIshell", Secret(GOOD[::-1]))
    assert found.key_origin == f"{KEY} (shell)"
    assert found.shadowed == (
        f".env:1 is ignored: the shell's {KEY} wins",
        f".env:2 is ignored: the shell's {SECRET} wins",
    )


def test_the_last_of_several_lines_counts(settings: Settings) -> None:
    write(settings, f"{KEY}=APIone\n{KEY}=APItwo\n{SECRET}={GOOD}\n")
    found = keys.find_pair(settings, {})
    assert (found.pair.key, found.key_origin) == ("APItwo", ".env:2")
    assert found.shadowed == (f".env:1 is ignored: {KEY} comes again in line 2",)


def test_halves_of_two_pairs_are_noted(settings: Settings) -> None:
    write(settings, f"{KEY}=APIfile\n{SECRET}={GOOD}\n")
    (note,) = keys.find_pair(settings, {KEY: "APIshell"}).notes
    assert "line 1" in note
    assert f"unset {KEY}" in note


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "keys.missing", "lkm keys new"),
        ("OTHER=1\n", "keys.missing", ".env does not set it"),
        (f"{KEY}=\n{SECRET}=\n", "keys.missing", "lkm keys new"),
        (f"{KEY}=APIx\n", "keys.half", ".env:1"),
        (f"{SECRET}={GOOD}\n", "keys.half", ".env:1"),
        (f"\n{KEY}: APIx\n{SECRET}={GOOD}\n", "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="{GOOD}"x\n', "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="{GOOD}\n', "keys.unportable", ".env:2"),
        (f"{KEY}=APIx\n{SECRET}=a$b{GOOD}\n", "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="a$b{GOOD}"\n', "keys.unportable", ".env:2"),
        (f"{KEY}=APIx\n{SECRET}={GOOD}\t# comment\n", "keys.unportable", ".env:2"),
        (f"{KEY}=APIx\n{SECRET}= # {GOOD}\n", "keys.half", ".env:1"),
        (f"{KEY}=APIx\n{SECRET}='a\\\\b{GOOD}'\n", "keys.unportable", ".env:2"),
        (f"{KEY}=APIx\n'{SECRET}'={GOOD}\n", "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="{GOOD}\nmore"\n', "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="{GOOD} "\n', "keys.unportable", ".env:2"),
        (f'{KEY}=APIx\n{SECRET}="a\\tb{GOOD}"\n', "keys.unportable", ".env:2"),
    ],
)
def test_what_gives_no_one_pair_is_named_with_its_line(
    settings: Settings, text: str, code: str, says: str
) -> None:
    write(settings, text)
    with pytest.raises(ConfigError) as caught:
        keys.find_pair(settings, {})
    error = caught.value
    whole = f"{error.message}\n{error.detail}\n{error.hint}"
    assert error.code == code
    assert error.exit_code == 4
    assert says in whole
    assert error.hint
    assert GOOD not in whole


@pytest.mark.parametrize(
    "line", [f'{SECRET}="{GOOD}"', f"{SECRET}='{GOOD}' # c", f"export {SECRET}={GOOD}", f"{SECRET} = {GOOD}"]
)
def test_what_all_read_alike_is_taken(settings: Settings, line: str) -> None:
    write(settings, f"{KEY}=APIx\n{line}\n")
    assert keys.find_pair(settings, {}).pair.secret.reveal() == GOOD


@pytest.mark.parametrize("value", ["a$b", "a'b", 'a"b', "a b", "a#b", "ä", "a\\b"])
def test_a_shell_value_is_taken_as_it_is(settings: Settings, value: str) -> None:
    found = keys.find_pair(settings, {KEY: "APIx", SECRET: GOOD + value})
    assert found.pair.secret.reveal() == GOOD + value


@pytest.mark.parametrize("value", ["", GOOD + "\n", " " + GOOD, GOOD + "\tx", GOOD + "\rx", GOOD + "\x00"])
def test_a_shell_value_that_no_reader_keeps_is_an_error(settings: Settings, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keys.find_pair(settings, {KEY: "APIx", SECRET: value})
    assert caught.value.code in {"keys.empty", "keys.unportable"}
    assert "shell" in caught.value.message
    assert GOOD not in str(caught.value)


@pytest.mark.parametrize("variable", [KEY, SECRET, keys.URL])
def test_a_shell_value_that_is_no_text_is_an_error(settings: Settings, variable: str) -> None:
    env = {KEY: "APIx", SECRET: GOOD} | {variable: f"{GOOD}\udcff"}
    with pytest.raises(ConfigError, match=f"{variable} in the shell's environment .* not UTF-8") as caught:
        keys.find_url(settings, env) if variable == keys.URL else keys.find_pair(settings, env)
    assert f"unset {variable}" in caught.value.hint
    assert GOOD not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("secret", "placeholder"),
        ("changeme", "placeholder"),
        ("short-secret", "12 characters"),
        ("1e5" * 11, ""),
    ],
)
def test_weak_secrets_are_noted(settings: Settings, secret: str, says: str) -> None:
    write(settings, f"{KEY}=APIx\n{SECRET}={secret}\n")
    notes = keys.find_pair(settings, {}).notes
    assert says in " ".join(notes)
    assert bool(notes) is bool(says)


def test_a_secret_that_compose_would_turn_into_a_number_is_noted(settings: Settings) -> None:
    write(settings, f"{KEY}=APIx\n{SECRET}={'1' * 40}\n")
    assert "LIVEKIT_KEYS" in keys.find_pair(settings, {}).notes[0]


def test_url_shell_then_file_then_the_local_server(settings: Settings) -> None:
    assert keys.find_url(settings, {}) == ("ws://localhost:7880", "default")
    write(settings, "X=1\nLIVEKIT_URL=wss://file.example\n")
    assert keys.find_url(settings, {}) == ("wss://file.example", ".env:2")
    shell = {"LIVEKIT_URL": "wss://shell.example"}
    assert keys.find_url(settings, shell) == ("wss://shell.example", "LIVEKIT_URL (shell)")


def test_ensure_plans_a_pair_only_where_there_is_none(settings: Settings) -> None:
    found, plan = keys.ensure_pair(settings, {})
    assert plan is not None
    assert found.key_origin == ".env:2"
    (change,) = plan.changes
    assert change.mode == 0o600
    assert change.secret
    assert found.pair.secret.reveal() not in plan.diff()
    settings.env_file.write_bytes(change.after or b"")
    again, nothing = keys.ensure_pair(settings, {})
    assert again.pair == found.pair
    assert nothing is None
    write(settings, f"{KEY}=APIx\n")
    with pytest.raises(ConfigError, match="missing"):
        keys.ensure_pair(settings, {})


# Pairs whose YAML is no string, or none at all, unless it is quoted.
ODD = [
    "1e50",
    "0x1F",
    "12345678",
    "true",
    "null",
    "~",
    "-abc",
    "- abc",
    "a: b",
    "a #b",
    "#a",
    "'a'",
    '"a"',
    "&a",
    "*a",
]
ODD += [
    "a$b",
    "a\\b",
    "{a}",
    "[a]",
    "?a",
    "%a",
    "@a",
    "`a`",
    "2024-01-02",
    "äöü",
    "😀",
    "1_000",
    ".inf",
    "yes",
    "=",
    "<<",
]


def test_the_real_server_takes_every_pair_as_it_is(tmp_path: Path) -> None:
    pairs = [KeyPair(f"API{number}", Secret(secret)) for number, secret in enumerate(ODD)]
    pairs += [KeyPair(key, Secret(GOOD)) for key in ("devkey", "12345", "1e5", "true", "a b", "a: b", "ключ")]
    pairs += [keys.new_pair() for _ in range(20)]
    lines = "\n".join(keys.server_env(pair)["LIVEKIT_KEYS"] for pair in pairs)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    refused = []
    with running_server(tmp_path, env={"LIVEKIT_KEYS": lines}) as server:
        for pair in pairs:
            token = tokens.mint(pair, room="r", identity="i")
            try:
                opener.open(f"http://127.0.0.1:{server.port}/rtc/validate?access_token={token}").close()
            except urllib.error.HTTPError as error:
                refused.append((pair.key, pair.secret.reveal(), error.code))
                error.close()
    assert refused == []
