"""`lkm doctor --fix` on an app's code, as a user runs it: what it says before, the edit, and after."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Lkm

ROUTE = """\
import { AccessToken } from "livekit-server-sdk";

app.get("/token", async (req, res) => {
  const at = new AccessToken(process.env.LIVEKIT_API_KEY!, process.env.LIVEKIT_API_SECRET!, { identity: id });
  at.addGrant({ roomJoin: true, room: "lobby" });
  const token = at.toJwt();
  res.json({ token });
});
"""


def write(project: Path) -> None:
    (project / "package.json").write_text(json.dumps({"dependencies": {"livekit-server-sdk": "^2.9.0"}}))
    (project / "server.ts").write_text(ROUTE)
    (project / ".env.example").write_text("LIVEKIT_API_KEY=\n")


def test_a_token_is_awaited_where_it_is_made(lkm: Lkm, project: Path) -> None:
    write(project)
    before = lkm("doctor", "--only", "app.token-not-awaited", "--json")
    (found,) = before.json["findings"]
    assert before.code == 1
    assert (found["status"], found["location"]) == ("fail", {"file": "server.ts", "line": 6, "column": 17})
    assert found["fix"]["safe"]

    mended = lkm("doctor", "--only", "app.token-not-awaited", "--fix")
    assert mended.code == 0, mended.out + mended.err
    assert "+  const token = await at.toJwt();" in mended.out + mended.err
    text = (project / "server.ts").read_text()
    assert text == ROUTE.replace("= at.toJwt", "= await at.toJwt")
    assert lkm("undo").code == 0
    assert (project / "server.ts").read_text() == ROUTE


def test_a_missing_name_is_added_to_the_example(lkm: Lkm, project: Path) -> None:
    write(project)
    mended = lkm("doctor", "--only", "env.undeclared", "--fix")
    assert mended.code == 0, mended.out + mended.err
    assert (project / ".env.example").read_text() == "LIVEKIT_API_KEY=\nLIVEKIT_API_SECRET=\n"
    after = lkm("doctor", "--only", "env.undeclared", "--json").json
    assert [each["status"] for each in after["findings"]] == ["ok"]


def test_a_project_without_code_has_nothing_to_look_at(lkm: Lkm, project: Path) -> None:
    found = lkm("doctor", "--only", "app", "--json").json["findings"]
    assert {each["status"] for each in found if each["id"].startswith("app.")} == {"skip"}
