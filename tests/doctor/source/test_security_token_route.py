"""Who decides what a token says, followed through functions and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.security_token_route import problems
from tests.doctor.source.small import said

SDK = 'import { AccessToken } from "livekit-server-sdk";\n'
BOTH = "whoever reaches it gets a token, for the identity and the room that the request names"
OPEN = {
    "express": {
        "server.js": 'const { AccessToken } = require("livekit-server-sdk");\n'
        'app.post("/token", async (req, res) => {\n'
        "  const { room, identity } = req.body;\n"
        "  const at = new AccessToken(k, s, { identity });\n"
        "  at.addGrant({ roomJoin: true, room });\n"
        "  res.json({ token: await at.toJwt() });\n});\n"
    },
    "next-app": {
        "app/api/token/route.ts": SDK + "export async function GET(request: NextRequest) {\n"
        '  const room = request.nextUrl.searchParams.get("room");\n'
        '  const name = request.nextUrl.searchParams.get("username") ?? "guest";\n'
        "  const at = new AccessToken(k, s, { identity: name, ttl: '10m' });\n"
        "  at.addGrant({ room, roomJoin: true });\n"
        "  return NextResponse.json({ token: await at.toJwt() });\n}\n"
    },
    "pages-api-through-a-helper": {
        "lib/token.ts": SDK + "export function createToken(identity: string, room: string) {\n"
        "  const at = new AccessToken(k, s, { identity: identity.trim() });\n"
        "  at.addGrant({ room, roomJoin: true });\n  return at.toJwt();\n}\n",
        "pages/api/token.ts": 'import { createToken } from "../../lib/token";\n'
        "export default async function handler(req, res) {\n"
        "  const { identity, room } = req.query;\n"
        "  res.json({ token: await createToken(String(identity), `${room}`) });\n}\n",
    },
    "hono": {
        "server.ts": SDK + 'app.get("/rooms/:id/token", async (c) => {\n'
        '  const at = new AccessToken(k, s, { identity: c.req.query("as") });\n'
        '  at.addGrant({ roomJoin: true, room: c.req.param("id") });\n'
        "  return c.json({ token: await at.toJwt() });\n});\n"
    },
}
WHERE = {
    "express": "server.js:2 POST /token",
    "next-app": "app/api/token/route.ts:2 GET /api/token",
    "pages-api-through-a-helper": "pages/api/token.ts:2 /api/token",
    "hono": "server.ts:2 GET /rooms/:id/token",
}


@pytest.mark.parametrize("name", OPEN)
def test_a_route_that_signs_what_it_is_sent(tmp_path: Path, name: str) -> None:
    assert said(problems, tmp_path, OPEN[name]) == [f"fail {WHERE[name]}: {BOTH}"]


@pytest.mark.parametrize(
    "files",
    [
        # the identity of the session
        {
            "server.js": SDK + 'app.post("/token", async (req, res) => {\n'
            "  const at = new AccessToken(k, s, { identity: req.session.userId });\n"
            "  at.addGrant({ roomJoin: true, room: req.body.room });\n"
            "  res.json({ token: await at.toJwt() });\n});\n"
        },
        # a middleware of this route
        {
            "server.js": SDK + 'app.post("/token", requireAuth, async (req, res) => {\n'
            "  const at = new AccessToken(k, s, { identity: req.user.id });\n"
            "  at.addGrant({ roomJoin: true, room: req.body.room });\n"
            "  res.json({ token: await at.toJwt() });\n});\n"
        },
        # Next's middleware, in front of everything
        {
            "middleware.ts": "export default clerkMiddleware();\n",
            "app/api/token/route.ts": SDK + "export async function GET(request) {\n"
            "  const at = new AccessToken(k, s, { identity: crypto.randomUUID() });\n"
            '  at.addGrant({ room: request.nextUrl.searchParams.get("room"), roomJoin: true });\n'
            "  return Response.json({ token: await at.toJwt() });\n}\n",
        },
        # something before the route, and a function that gets the request: they may ask
        {
            "server.js": SDK + 'app.use(checkAccess);\napp.post("/token", async (req, res) => {\n'
            "  const at = new AccessToken(k, s, { identity: req.body.as });\n"
            "  at.addGrant({ roomJoin: true, room: req.body.room });\n"
            "  res.json({ token: await at.toJwt() });\n});\n"
        },
        {
            "server.js": SDK + 'app.post("/token", async (req, res) => {\n  await assertCanJoin(req);\n'
            "  const at = new AccessToken(k, s, { identity: req.body.as });\n"
            "  at.addGrant({ roomJoin: true, room: req.body.room });\n"
            "  res.json({ token: await at.toJwt() });\n});\n"
        },
        {
            "app/api/token/route.ts": SDK + "export const POST = withTeam(async (request) => {\n"
            "  const { as, room } = await request.json();\n"
            "  const at = new AccessToken(k, s, { identity: as });\n"
            "  at.addGrant({ roomJoin: true, room });\n"
            "  return Response.json({ token: await at.toJwt() });\n});\n"
        },
        # everybody gets a name and a room of the app's choice
        {
            "app/api/token/route.ts": SDK + "export async function POST() {\n"
            "  const room = `lobby_${Math.random()}`;\n"
            "  const at = new AccessToken(k, s, { identity: crypto.randomUUID() });\n"
            "  at.addGrant({ room, roomJoin: true });\n"
            "  return Response.json({ token: await at.toJwt() });\n}\n",
        },
        # no route is known to run it: a worker, a script
        {"make-token.mjs": SDK + "const at = new AccessToken(k, s, { identity: process.argv[2] });\n"},
    ],
)
def test_routes_that_are_not_open(tmp_path: Path, files: dict[str, str]) -> None:
    found = said(problems, tmp_path, files)
    assert [each for each in found if not each.startswith("info ")] == []


def test_what_is_before_every_route_and_asks_nobody_is_no_protection(tmp_path: Path) -> None:
    code = (
        SDK + "app.use(express.json());\napp.use(cors({ origin: '*' }));\napp.use('/api', apiRouter);\n"
        'app.post("/token", asyncHandler(async (req, res) => {\n'
        "  const at = new AccessToken(k, s, { identity: req.body.as });\n"
        "  at.addGrant({ roomJoin: true, room: req.body.room });\n"
        "  res.json({ token: await at.toJwt() });\n}));\n"
    )
    assert said(problems, tmp_path, {"server.js": code}) == [f"fail server.js:5 POST /token: {BOTH}"]


def test_a_name_from_the_request_behind_a_login_is_said_to_be_unproven(tmp_path: Path) -> None:
    code = (
        SDK + 'router.post("/token", authenticate, async (req, res) => {\n'
        "  const at = new AccessToken(k, s, { identity: req.body.identity });\n"
        "  at.addGrant({ roomJoin: true, room: 'lobby' });\n"
        "  res.json({ token: await at.toJwt() });\n});\n"
    )
    assert said(problems, tmp_path, {"a.ts": code}) == [
        "info a.ts:2 POST /token: the request names the identity that is signed"
    ]
