"""What of the server's SDK gets into a browser, and through which files."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.security_server_sdk_in_client import problems
from tests.doctor.source.small import said, sources

SAYS = "livekit-server-sdk is used in code that goes to browsers"
SDK = 'import { AccessToken } from "livekit-server-sdk";\n'
CALL = (
    '"use client";\n'
    + SDK
    + "export const Call = () => { const at = new AccessToken(k, s); return null; };\n"
)
HELPER = (
    SDK + "export function sign() { return new AccessToken(k, s).toJwt(); }\nexport const color = 'red';\n"
)


@pytest.mark.parametrize(
    ("files", "needs", "expected"),
    [
        ({"app/call.tsx": CALL}, {"next": "15"}, [f"fail app/call.tsx:2 {SAYS}"]),
        # used by a client file
        (
            {
                "lib/token.ts": HELPER,
                "app/call.tsx": '"use client";\nimport { sign } from "../lib/token";\nsign();\n',
            },
            {"next": "15"},
            [f"fail lib/token.ts:1 {SAYS}"],
        ),
        # a client file takes something else out of the same file
        (
            {
                "lib/token.ts": HELPER,
                "app/call.tsx": '"use client";\nimport { color } from "../lib/token";\nuse(color);\n',
            },
            {"next": "15"},
            [],
        ),
        # a server action is called, not bundled
        (
            {
                "lib/token.ts": '"use server";\n' + HELPER,
                "app/call.tsx": '"use client";\nimport { sign } from "../lib/token";\nsign();\n',
            },
            {"next": "15"},
            [],
        ),
        ({"app/api/token/route.ts": HELPER}, {"next": "15"}, []),
        # types are gone after compiling
        (
            {
                "app/call.tsx": (
                    '"use client";\nimport type { AccessToken } from "livekit-server-sdk";\n'
                    "let a: AccessToken;\n"
                )
            },
            {"next": "15"},
            [],
        ),
        (
            {"app/call.tsx": '"use client";\n' + SDK + "export let at: AccessToken | null = null;\n"},
            {"next": "15"},
            [],
        ),
        # a Vite app: from index.html through two files and a re-export
        (
            {
                "index.html": '<div id="root"></div><script type="module" src="/src/main.tsx"></script>',
                "src/main.tsx": 'import { Call } from "./call";\nrender(<Call />);\n',
                "src/call/index.ts": 'export { Call } from "./Call";\n',
                "src/call/Call.jsx": (
                    'import * as lk from "../token";\nexport function Call() { return lk.sign(); }\n'
                ),
                "src/token.ts": HELPER,
            },
            {"vite": "5", "react": "18"},
            [f"fail src/token.ts:1 {SAYS}"],
        ),
        # the same files with a server in the package: what is bundled is not known
        (
            {
                "index.html": '<script type="module" src="/src/main.js"></script>',
                "src/main.js": 'import { sign } from "./token";\nsign();\n',
                "src/token.ts": HELPER,
            },
            {"vite": "5", "express": "4"},
            [],
        ),
        # an enum, which works there
        (
            {
                "app/c.tsx": (
                    '"use client";\nimport { TrackSource } from "livekit-server-sdk";\n'
                    "set(TrackSource.CAMERA);\n"
                )
            },
            {"next": "15"},
            ["info app/c.tsx:2 livekit-server-sdk is bundled for `TrackSource`"],
        ),
        # nobody loads it
        (
            {
                "index.html": '<script type="module" src="/src/main.js"></script>',
                "src/main.js": "start();\n",
                "src/token.ts": HELPER,
            },
            {"vite": "5"},
            [],
        ),
    ],
)
def test_ways_into_a_browser(
    tmp_path: Path, files: dict[str, str], needs: dict[str, str], expected: list[str]
) -> None:
    assert said(problems, tmp_path, files, **needs) == expected


def test_the_way_is_named(tmp_path: Path) -> None:
    files = {
        "src/index.jsx": 'import App from "./App";\nrender(<App />);\n',
        "src/App.jsx": 'import { sign } from "./token";\nexport default function App() { sign(); }\n',
        "src/token.js": HELPER,
    }
    (found,) = problems(sources(tmp_path, files, react_scripts="5"))
    assert found.evidence["way"] == ["src/index.jsx", "src/App.jsx", "src/token.js"]
    assert "src/index.jsx → src/App.jsx → src/token.js" in found.detail
