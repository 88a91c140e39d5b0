"""`toJwt()` without `await`: what is sent, wherever the promise went before."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from livekit_migrate.doctor.checks.app_token_not_awaited import problems
from tests.doctor.source.small import said, sources

IMPORT = 'import { AccessToken } from "livekit-server-sdk";\n'
SENT = "toJwt() is not awaited: `{}` is sent in its place"
TEXT = "toJwt() is not awaited: `[object Promise]` stands in the text"


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        (
            "a.ts",
            IMPORT + "app.get('/t', async (req, res) => {\n"
            "const at = new AccessToken(k, s);\nres.json({ token: at.toJwt() });\n});",
            [f"fail a.ts:4 {SENT}"],
        ),
        (
            "a.mjs",
            IMPORT + "app.get('/t', (req, res) => {\nconst at = new AccessToken(k, s);\n"
            "const token = at.toJwt();\nres.send(token);\n});",
            [f"fail a.mjs:4 {SENT}"],
        ),
        (
            "a.cjs",
            (
                'const { AccessToken: Token } = require("livekit-server-sdk");\n'
                "exports.handler = async () => ({ statusCode: 200,\n"
                "body: JSON.stringify({ token: new Token(k, s).toJwt() }) });"
            ),
            [f"fail a.cjs:3 {SENT}"],
        ),
        (
            "a.js",
            (
                'import * as sdk from "livekit-server-sdk";\nexport function GET() {\n'
                "const at = new sdk.AccessToken(k, s);\nreturn new Response(`token=${at.toJwt()}`);\n}"
            ),
            [f"fail a.js:4 {TEXT}"],
        ),
        (
            "a.tsx",
            IMPORT + "export async function POST() {\nconst at = new AccessToken(k, s);\n"
            "const answer = { url, participantToken: at.toJwt() };\nreturn NextResponse.json(answer);\n}",
            [f"fail a.tsx:4 {SENT}"],
        ),
        (
            "a.ts",
            IMPORT + "function sign() {\nconst at = new AccessToken(k, s);\nreturn at.toJwt();\n}\n"
            "app.get('/t', (c) => c.json({ token: sign() }));",
            [f"fail a.ts:6 {SENT}"],
        ),
        (
            "a.ts",
            IMPORT + "async function sign() {\nconst at = new AccessToken(k, s);\nreturn at.toJwt();\n}\n"
            "app.get('/t', async (c) => c.json({ token: await sign() }));",
            [],
        ),
        (
            "a.ts",
            IMPORT + "app.get('/t', async (req, res) => {\nconst at = new AccessToken(k, s);\n"
            "const token = at.toJwt();\nres.json({ token: await token });\n});",
            [],
        ),
        (
            "a.ts",
            IMPORT
            + (
                "app.get('/t', (req, res) => {\n"
                "new AccessToken(k, s).toJwt().then((token) => res.json({ token }));\n});"
            ),
            [],
        ),
        (
            "a.ts",
            IMPORT
            + "const [a, b] = await Promise.all([new AccessToken(k, s).toJwt(), x()]);\nres.json({ a });",
            [],
        ),
        # A resolver of GraphQL and a server action may hold promises: what is made of them is not known.
        ("a.ts", IMPORT + "export const join = () => ({ token: new AccessToken(k, s).toJwt() });", []),
        (
            "a.ts",
            'import { AccessToken } from "twilio";\nres.json({ token: new AccessToken(k, s).toJwt() });',
            [],
        ),
        ("a.ts", IMPORT + "c.set('token', new AccessToken(k, s).toJwt());", []),
    ],
)
def test_what_is_sent(tmp_path: Path, name: str, code: str, expected: list[str]) -> None:
    assert said(problems, tmp_path, {name: code}, livekit_server_sdk="^2.7.0") == expected


def test_a_helper_in_another_file_is_followed_through_a_re_export(tmp_path: Path) -> None:
    files = {
        "lib/token.ts": IMPORT + "export const makeToken = (room: string) => {\n"
        "  const at = new AccessToken(k, s);\n  return at.toJwt();\n};\n",
        "lib/index.ts": 'export { makeToken as sign } from "./token";\n',
        "server.ts": 'import { sign } from "./lib";\napp.get("/t", (c) => c.json({ token: sign("r") }));\n',
    }
    assert said(problems, tmp_path, files, livekit_server_sdk="2.0.0") == [f"fail server.ts:2 {SENT}"]


def test_a_promise_that_was_awaited_and_given_back_is_one_again(tmp_path: Path) -> None:
    code = IMPORT + (
        "async function sign() {\n  const token = await new AccessToken(k, s).toJwt();\n  return token;\n}\n"
        "app.get('/a', (c) => c.json({ token: sign() }));\n"
        "app.get('/b', async (c) => c.json({ t: await sign() }));\n"
    )
    assert said(problems, tmp_path, {"a.ts": code}) == [f"fail a.ts:6 {SENT}"]


def test_version_1_gave_the_text_itself(tmp_path: Path) -> None:
    code = IMPORT + "res.json({ token: new AccessToken(k, s).toJwt() });"
    assert said(problems, tmp_path, {"a.ts": code}, livekit_server_sdk="^1.2.7") == []


def test_the_edit_awaits_only_where_the_function_may(tmp_path: Path) -> None:
    code = dedent(
        """
        import { AccessToken } from "livekit-server-sdk";
        app.get("/a", async (req, res) => res.json({ token: new AccessToken(k, s).toJwt() }));
        app.get("/b", (req, res) => res.json({ token: new AccessToken(k, s).toJwt() }));
        """
    ).lstrip()
    first, second = problems(sources(tmp_path, {"a.ts": code}))
    from livekit_migrate.code.js.text import Text

    assert Text(code.encode()).splice(first.edits).decode().splitlines()[1] == (
        'app.get("/a", async (req, res) => res.json({ token: await new AccessToken(k, s).toJwt() }));'
    )
    assert second.edits == ()
    assert "async" in second.remedy
