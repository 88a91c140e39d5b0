"""`lkm token verify` against real servers: the same answer to every token, of two releases.

1.13.5 reads tokens with golang-jwt, 1.11.0 with go-jose; the two differ in dozens of ways.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from livekit_migrate.livekit.tokencheck.rules import Rules, rules_for
from livekit_migrate.livekit.tokencheck.verdict import Verdict, judge
from tests.conftest import KEY, SECRET, Server, running_server
from tests.fakes import tokens
from tests.fakes.token_mutations import mutations


class Asked:
    """A real server, and its rules as lkm has them."""

    def __init__(self, server: Server, rules: Rules) -> None:
        self.rules = rules
        self.port = server.port
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def validate(self, token: str) -> tuple[int, str]:
        """Status and words of /rtc/validate, the repeated token left out."""
        self._connection.request("GET", f"/rtc/validate?access_token={quote(token, safe='')}")
        answer = self._connection.getresponse()
        said = answer.read().decode("utf-8", "replace")
        return answer.status, re.sub(r"^invalid token: .*, error: ", "", said, flags=re.DOTALL)

    def join(self, token: str) -> tuple[int, str]:
        """Status of the WebSocket's upgrade, and the words of a refusal."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as sock:
            sock.sendall(
                f"GET /rtc?protocol=15&access_token={quote(token, safe='')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            with contextlib.closing(http.client.HTTPResponse(sock)) as answer:
                answer.begin()
                return answer.status, "" if answer.status == 101 else answer.read().decode()

    def judged(self, token: str) -> Verdict:
        return judge(token, {KEY: SECRET}, self.rules, now=time.time())

    def difference(self, made: Callable[[], str]) -> str | None:
        """How our verdict on a token and the server's differ.

        Args:
            made: makes the token, and makes it anew when its time ran out while the server was asked.
        """
        while True:
            token = made()
            ours = self.judged(token)
            status, said = self.validate(token)
            if [problem.id for problem in self.judged(token).problems] == [p.id for p in ours.problems]:
                break
        first = next((problem for problem in ours.problems if not problem.joining), None)
        expected = (first.status, first.said) if first else (200, "success")
        if ours.unsure or status != expected[0]:
            return f"server {status} {said}, ours {expected} {ours.unsure}"
        prefix, proto, _ = expected[1].partition("proto: …")  # protobuf's own words come with positions
        if not (said.startswith(prefix) if proto else _anyhow_built(said) == _anyhow_built(expected[1])):
            return f"the server says {said!r}, we say {expected[1]!r}"
        return None


def _anyhow_built(words: str) -> str:
    """The words without the path to a field, which each Go spells in its own way.

    The same 1.13.5 says ``tokenClaims.ClaimGrants.name`` as built with Go 1.26, ``Claims.name`` with 1.27.
    """
    return re.sub(r" into \S.*? of type ", " into … of type ", words)


@pytest.fixture(scope="module", params=["1.13.5", "1.11.0"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    version = request.param
    with running_server(tmp_path_factory.mktemp(f"livekit-{version}"), version=version) as server:
        found = Asked(server, rules_for(version))
        yield found
        found.close()


def test_every_kind_of_token(asked: Asked) -> None:
    every = tokens.cases(time.time())
    assert len(every) > 250
    differences: dict[str, str] = {}
    accepted = 0
    for name, token in every.items():
        # Anew for each: those whose time is near an edge must not grow old while the others are asked.
        def made(name: str = name, token: str = token) -> str:
            return tokens.cases(time.time())[name] if name.startswith("time: ") else token

        if (found := asked.difference(made)) is not None:
            differences[name] = found
        accepted += asked.judged(made()).validated
    assert differences == {}
    assert 60 < accepted < len(every) - 60, "the kinds must not all be good, nor all bad"


def test_random_tokens(asked: Asked) -> None:
    seed, count = int(os.environ.get("LKM_SEED", "20261122")), int(os.environ.get("LKM_TOKENS", "300"))
    differences = {
        made: found
        for made, token in mutations(time.time(), seed, count)
        if (found := asked.difference(lambda token=token: token)) is not None
    }
    assert differences == {}, f"LKM_SEED={seed}"


@pytest.mark.parametrize(
    "claims",
    [
        {"metadata": "m" * 524_288},
        {"metadata": "m" * 524_289},
        {"attributes": {"a": "v" * 65_535}},
        {"attributes": {"a": "v" * 65_536}},
        {"name": "n" * 1000},
        {"kind": "robot"},
        {"roomPreset": "none"},
    ],
    ids=["metadata fits", "metadata", "attributes fit", "attributes", "name", "kind", "preset"],
)
def test_joining_measures_what_validate_does_not(asked: Asked, claims: dict[str, object]) -> None:
    token = tokens.sign(tokens.HEAD, tokens.body(time.time(), **claims))
    verdict = asked.judged(token)
    assert asked.validate(token)[0] == 200
    assert verdict.validated
    status, said = asked.join(token)
    if verdict.accepted:
        assert status == 101
    else:
        assert (status, said) == (verdict.problems[0].status, verdict.problems[0].said)


def test_only_the_newer_server_measures_metadata() -> None:
    token = tokens.sign(tokens.HEAD, tokens.body(time.time(), metadata="m" * 524_289))
    secrets = {KEY: SECRET}
    assert not judge(token, secrets, rules_for("1.13.5"), now=time.time()).accepted
    assert judge(token, secrets, rules_for("1.11.0"), now=time.time()).accepted


def test_a_token_larger_than_a_header_may_be(asked: Asked) -> None:
    token = "a" * 1_060_000
    assert asked.judged(token).problems[0].status == 431
    with socket.create_connection(("127.0.0.1", asked.port), timeout=60) as sock:
        sock.sendall(f"GET /rtc/validate?access_token={token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with contextlib.closing(http.client.HTTPResponse(sock)) as answer:
            answer.begin()
            assert answer.status == 431
