"""`lkm token` against a script that makes the same token with livekit-api."""

from __future__ import annotations

import sys

from .measure import Row, environment, interleaved, lkm, ms, program

_SCRIPT = """
from livekit import api

grants = api.VideoGrants(room_join=True, room="demo")
print(api.AccessToken().with_identity("anna").with_grants(grants).to_jwt())
"""


def run(runs: int) -> list[Row]:
    env = environment()
    found = interleaved(
        {
            "script": program((sys.executable, "-c", _SCRIPT), env),
            "token": program(lkm("token", "--room", "demo", "--identity", "anna"), env),
        },
        runs,
    )
    return [
        Row(
            "`lkm token`: times faster than the same token by livekit-api",
            found["script"] / found["token"],
            2.0,
            at_least=True,
            basis=f"{ms(found['script'])} and {ms(found['token'])}",
        )
    ]
