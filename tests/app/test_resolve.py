"""Imports to files: relative, by alias, by workspace, with the endings that bundlers fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.app.test_look import app

FILES: dict[str, Any] = {
    "package.json": {"workspaces": ["apps/*", "packages/*"]},
    "tsconfig.base.json": """{
        // shared
        "compilerOptions": {"baseUrl": ".", "paths": {"@root/*": ["packages/*/src"],}},
    }""",
    "apps/web/package.json": {"name": "web", "imports": {"#sfu": "./src/sfu.ts", "#lib/*": "./src/lib/*.ts"}},
    "apps/web/tsconfig.json": {
        "extends": "../../tsconfig.base.json",
        "compilerOptions": {
            "baseUrl": "src", "paths": {"@/*": ["./*"], "rtc": ["lib/rtc.ts"], "~x/*": ["lib/*"]},
        },
    },
    "apps/web/src/main.tsx": "",
    "apps/web/src/sfu.ts": "",
    "apps/web/src/lib/rtc.ts": "",
    "apps/web/src/lib/index.ts": "",
    "apps/web/src/room/index.vue": "",
    "apps/web/src/both.ts": "",
    "apps/web/src/both.js": "",
    "apps/web/public/sfu.js": "",
    "apps/api/package.json": {"name": "api"},
    "apps/api/tsconfig.json": {"extends": ["@x/config/node.json"]},
    "apps/api/src/server.mts": "",
    "apps/api/src/util.js": "",
    "packages/config/package.json": {"name": "@x/config"},
    "packages/config/node.json": {"compilerOptions": {"paths": {"$u/*": ["../../apps/api/src/*"]}}},
    "packages/media/package.json": {
        "name": "@x/media",
        "exports": {
            ".": {"types": "./dist/index.d.ts", "import": "./dist/index.mjs"},
            "./room": "./src/room.ts",
            "./parts/*": {"default": "./dist/parts/*.js"},
        },
    },
    "packages/media/src/index.ts": "",
    "packages/media/src/room.ts": "",
    "packages/media/src/parts/mic.ts": "",
    "packages/old/package.json": {"name": "old", "main": "lib/start"},
    "packages/old/lib/start.js": "",
    "vite/package.json": {"name": "vite-app"},
    "vite/src/store.ts": "",
    "vite/src/a.vue": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "specifier", "target"),
    [
        ("apps/web/src/main.tsx", "./sfu", "apps/web/src/sfu.ts"),
        ("apps/web/src/main.tsx", "./sfu.js", "apps/web/src/sfu.ts"),
        ("apps/web/src/main.tsx", "./both.js", "apps/web/src/both.js"),
        ("apps/web/src/main.tsx", "./both", "apps/web/src/both.ts"),
        ("apps/web/src/main.tsx", "./lib", "apps/web/src/lib/index.ts"),
        ("apps/web/src/main.tsx", "./room", "apps/web/src/room/index.vue"),
        ("apps/web/src/lib/rtc.ts", "..", None),
        ("apps/web/src/lib/rtc.ts", ".", "apps/web/src/lib/index.ts"),
        ("apps/web/src/main.tsx", "./sfu?worker", "apps/web/src/sfu.ts"),
        ("apps/web/src/main.tsx", "@/lib/rtc", "apps/web/src/lib/rtc.ts"),
        ("apps/web/src/main.tsx", "rtc", "apps/web/src/lib/rtc.ts"),
        ("apps/web/src/main.tsx", "~x/rtc", "apps/web/src/lib/rtc.ts"),
        ("apps/web/src/main.tsx", "lib/rtc", "apps/web/src/lib/rtc.ts"),
        ("apps/web/src/main.tsx", "#sfu", "apps/web/src/sfu.ts"),
        ("apps/web/src/main.tsx", "#lib/rtc", "apps/web/src/lib/rtc.ts"),
        ("apps/web/src/main.tsx", "/sfu.js", "apps/web/public/sfu.js"),
        ("apps/web/src/main.tsx", "@x/media", "packages/media/src/index.ts"),
        ("apps/web/src/main.tsx", "@x/media/room", "packages/media/src/room.ts"),
        ("apps/web/src/main.tsx", "@x/media/parts/mic", "packages/media/src/parts/mic.ts"),
        ("apps/web/src/main.tsx", "old", "packages/old/lib/start.js"),
        ("apps/api/src/server.mts", "$u/util", "apps/api/src/util.js"),
        ("apps/api/src/util.js", "./server.mjs", "apps/api/src/server.mts"),
        ("vite/src/a.vue", "@/store", "vite/src/store.ts"),
        ("apps/web/src/main.tsx", "mediasoup-client", None),
        ("apps/web/src/main.tsx", "mediasoup-client/lib/types", None),
        ("apps/web/src/main.tsx", "../../../../etc/passwd", None),
        ("apps/web/src/main.tsx", "https://cdn.example/sfu.js", None),
        ("apps/web/src/main.tsx", "", None),
    ],
)
def test_imports(tmp_path: Path, origin: str, specifier: str, target: str | None) -> None:
    assert app(tmp_path, FILES).resolver.resolve(origin, specifier) == target


def test_configurations_that_extend_each_other_end(tmp_path: Path) -> None:
    found = app(
        tmp_path,
        {
            "tsconfig.json": {"extends": "./b.json", "compilerOptions": {"paths": {"x": ["./x.ts"]}}},
            "b.json": {"extends": "./tsconfig.json"},
            "x.ts": "",
        },
    )
    assert found.resolver.resolve("y.ts", "x") == "x.ts"
    assert found.resolver.resolve("y.ts", "z") is None
