"""Tokens against npm's livekit-server-sdk, which most Node back ends mint and verify with."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jwt
import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import tokens
from livekit_migrate.livekit.grants import PRESETS
from livekit_migrate.livekit.keys import KeyPair
from tests.conftest import ROOT, need

KEY, SECRET = "APIcontract", "contract-secret-0123456789abcdefghijkl"
PAIR = KeyPair(KEY, Secret(SECRET))
MODULES = ROOT / "tools" / "node" / "node_modules"


def node(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    program = shutil.which("node")
    if not program:
        need("node", "no node on PATH")
    if not (MODULES / "livekit-server-sdk").is_dir():
        need("node", "tools/node has no livekit-server-sdk (cd tools/node && npm ci)")
    # Node looks for packages beside the script, and symlinks away from there are followed first.
    (folder / "node_modules").symlink_to(MODULES)
    script = folder / "token.mjs"
    script.write_text((Path(__file__).parent / "token.mjs").read_text())
    done = subprocess.run(
        [str(program), str(script)],
        input=json.dumps({"key": KEY, "secret": SECRET, "tokens": [], "make": [], **request}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def test_it_verifies_the_token_of_every_preset(tmp_path: Path) -> None:
    minted = [
        tokens.mint(
            PAIR, room="a b/😀", identity=f"{p.name} é", grants=p.grants, kind=p.kind, attributes={"k": "v"}
        )
        for p in PRESETS
    ]
    verified = node({"tokens": minted}, tmp_path)["verified"]
    for preset, token, claims in zip(PRESETS, minted, verified, strict=True):
        assert claims == jwt.decode(token, SECRET, algorithms=["HS256"])
        assert claims["sub"] == f"{preset.name} é"
        assert claims["video"]["room"] == "a b/😀"


@pytest.mark.parametrize(
    ("ours", "request_"),
    [
        (
            {"room": "r", "identity": "i", "ttl": 600},
            {
                "options": {"identity": "i", "ttl": 600},
                "grants": {
                    "roomJoin": True,
                    "room": "r",
                    "canPublish": True,
                    "canSubscribe": True,
                    "canPublishData": True,
                },
            },
        ),
        (
            {
                "room": "r",
                "identity": "i",
                "name": "N",
                "metadata": "m",
                "attributes": {"a": "1"},
                "grants": {
                    "room_join": True,
                    "room_admin": True,
                    "can_publish_sources": ["camera", "screen_share"],
                    "can_update_own_metadata": True,
                    "hidden": True,
                },
            },
            {
                "options": {
                    "identity": "i",
                    "name": "N",
                    "metadata": "m",
                    "attributes": {"a": "1"},
                    "ttl": "6h",
                },
                "grants": {
                    "roomJoin": True,
                    "roomAdmin": True,
                    "room": "r",
                    "canPublish": True,
                    "canSubscribe": True,
                    "canPublishData": True,
                    # Numbers of the TrackSource enum: the SDK writes their names.
                    "canPublishSources": [1, 3],
                    "canUpdateOwnMetadata": True,
                    "hidden": True,
                },
            },
        ),
        (
            {"identity": "i", "grants": {"sip_admin": True, "sip_call": False}, "ttl": 60},
            {"options": {"identity": "i", "ttl": 60}, "sip": {"admin": True, "call": False}},
        ),
    ],
)
def test_it_makes_the_same_claims(tmp_path: Path, ours: dict[str, Any], request_: dict[str, Any]) -> None:
    (made,) = node({"make": [request_]}, tmp_path)["made"]
    their_claims = jwt.decode(made, SECRET, algorithms=["HS256"], options={"verify_nbf": False})
    our_claims = jwt.decode(tokens.mint(PAIR, **ours), SECRET, algorithms=["HS256"])
    # Their clock, not ours: only the length of life can be compared.
    lives = [claims.pop("exp") - claims.pop("nbf") for claims in (our_claims, their_claims)]
    assert abs(lives[0] - lives[1]) <= 1
    assert our_claims == their_claims
