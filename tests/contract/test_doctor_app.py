"""What the checks of an app's code call wrong, tried with Node, livekit-server-sdk and a server."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt

from livekit_migrate.code.js.text import Text
from livekit_migrate.doctor.checks import app_token_not_awaited, security_token_grants, security_token_route
from tests.conftest import KEY, ROOT, SECRET, Server, need
from tests.doctor.source.small import said, sources

MODULES = ROOT / "tools" / "node" / "node_modules"
ROUTE = """
import { createServer } from "node:http";
import { AccessToken } from "livekit-server-sdk";

const routes = new Map();
const app = { get: (path, handler) => routes.set(path, handler) };

app.get("/token", async (req, res) => {
  const { room, identity } = req.query;
  const at = new AccessToken(process.env.KEY, process.env.SECRET, { identity });
  at.addGrant({ roomJoin: true, room });
  res.json({ token: at.toJwt(), said: `token ${at.toJwt()}` });
});

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  await routes.get(url.pathname)(
    { query: Object.fromEntries(url.searchParams) },
    { json: (value) => response.end(JSON.stringify(value)) },
  );
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


def asked(folder: Path, code: str, path: str) -> dict[str, Any]:
    """What a route of a real Node server answers."""
    program = shutil.which("node")
    if not program:
        need("node", "no node on PATH")
    if not (MODULES / "livekit-server-sdk").is_dir():
        need("node", "tools/node has no livekit-server-sdk (cd tools/node && npm ci)")
    folder.mkdir()
    (folder / "node_modules").symlink_to(MODULES)
    script = folder / "server.mjs"
    script.write_text(code)
    with subprocess.Popen(
        [str(program), str(script)], stdout=subprocess.PIPE, text=True, env={"KEY": KEY, "SECRET": SECRET}
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                document = json.load(answer)
        finally:
            process.kill()
    assert isinstance(document, dict)
    return document


def test_a_route_without_await_sends_an_empty_object_and_the_edit_mends_it(tmp_path: Path) -> None:
    app = sources(tmp_path / "app", {"server.mjs": ROUTE}, livekit_server_sdk="^2.19.0")
    found = list(app_token_not_awaited.problems(app))
    assert [(each.line, each.evidence["arrives"]) for each in found] == [
        (11, "`{}` is sent in its place"),
        (11, "`[object Promise]` stands in the text"),
    ]

    answer = asked(tmp_path / "before", ROUTE, "/token?room=r&identity=i")
    assert answer == {"token": {}, "said": "token [object Promise]"}

    code = (tmp_path / "app" / "server.mjs").read_bytes()
    mended = Text(code).splice([edit for each in found for edit in each.edits]).decode()
    assert said(app_token_not_awaited.problems, tmp_path / "app", {"server.mjs": mended}) == []
    token = asked(tmp_path / "after", mended, "/token?room=r&identity=i")["token"]
    assert jwt.decode(token, SECRET, algorithms=["HS256"])["video"]["room"] == "r"


def test_an_open_route_signs_a_token_for_anybody_that_a_server_takes(
    tmp_path: Path, livekit_server: Server
) -> None:
    code = ROUTE.replace("at.toJwt()", "await at.toJwt()")
    (found,) = said(security_token_route.problems, tmp_path / "app", {"server.mjs": code})
    assert "whoever reaches it gets a token" in found
    token = asked(tmp_path / "run", code, "/token?room=board-meeting&identity=the-ceo")["token"]
    assert validate(livekit_server, token) == (200, "success")


def test_a_server_refuses_a_grant_without_a_room_and_a_promise_s_text(
    tmp_path: Path, livekit_server: Server
) -> None:
    code = ROUTE.replace("{ roomJoin: true, room }", "{ roomJoin: true }")
    assert said(security_token_grants.problems, tmp_path, {"server.mjs": code}) == [
        "fail server.mjs:10 a token to join, but for no room: the server refuses it"
    ]
    now = int(time.time())
    claims = {"iss": KEY, "sub": "i", "nbf": now, "exp": now + 60, "video": {"roomJoin": True}}
    assert validate(livekit_server, jwt.encode(claims, SECRET, algorithm="HS256")) == (400, "no room name")
    assert validate(livekit_server, "[object Promise]")[0] == 401


def validate(server: Server, token: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", f"/rtc/validate?access_token={quote(token, safe='')}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
