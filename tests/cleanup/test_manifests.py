"""Dependencies: exactly what nothing uses any more, out of every place that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.cleanup.configs import plan_configs
from livekit_migrate.cleanup.manifests import plan_dependencies

from .works import reason, rules, text, work_of

SFU = """\
import * as mediasoup from "mediasoup";
import { WebSocketServer } from "ws";
export { mediasoup, WebSocketServer };
"""
MANIFEST = """{
  "name": "server", "private": true,
  "dependencies": {
    "mediasoup": "^3.0.0",
    "unused-before": "1",
    "ws": "^8.0.0",
    "zod": "4"
  },
  "devDependencies": {"@types/ws": "8"}
}
"""


def test_the_delta_is_exact(tmp_path: Path) -> None:
    files = {"package.json": MANIFEST, "src/sfu.ts": SFU, "src/index.ts": 'import "zod";\n'}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    assert work.packages == ["@types/ws", "mediasoup", "ws"]
    after = json.loads(text(work, "package.json"))
    assert after["dependencies"] == {"unused-before": "1", "zod": "4"}
    assert "devDependencies" not in after


def test_what_somebody_else_imports_stays(tmp_path: Path) -> None:
    files = {"package.json": MANIFEST, "src/sfu.ts": SFU, "src/chat.ts": 'const ws = require("ws");\n'}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    assert work.packages == ["mediasoup"]
    assert "@types/ws" in text(work, "package.json")


@pytest.mark.parametrize(
    "other",
    [
        {"src/types.ts": 'export type R = import("mediasoup").types.Router;\n'},
        {"src/lazy.ts": 'export const load = () => import("mediasoup/node/lib/Worker");\n'},
        {"src/a.test.ts": 'vi.mock("mediasoup");\n'},
        {"app/page.vue": '<script setup>\nimport "mediasoup";\n</script>\n'},
    ],
)
def test_every_way_to_use_a_package_keeps_it_and_is_named(tmp_path: Path, other: dict[str, str]) -> None:
    files = {"package.json": MANIFEST, "src/sfu.ts": SFU, **other}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    assert "mediasoup" not in work.packages
    assert reason(work, "dependencies.used").reason.startswith(next(iter(other)))


def test_a_package_that_a_script_or_a_plugin_list_names_stays(tmp_path: Path) -> None:
    manifest = MANIFEST.replace('"private": true,', '"private": true, "scripts": {"probe": "ws --help"},')
    files = {"package.json": manifest, "src/sfu.ts": SFU}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    assert work.packages == ["mediasoup"]
    assert "the script probe" in reason(work, "dependencies.named").reason


def test_a_package_of_the_workspace_is_no_dependency_to_remove(tmp_path: Path) -> None:
    files = {
        "package.json": '{"private": true, "workspaces": ["packages/*"], '
        '"dependencies": {"mediasoup-kit": "*"}}',
        "packages/kit/package.json": '{"name": "mediasoup-kit", "private": true}',
    }
    work = work_of(tmp_path, files)
    plan_dependencies(work)
    assert work.packages == []


def test_overrides_catalogs_and_build_permissions_go_once_nobody_asks(tmp_path: Path) -> None:
    root = """{
  "private": true,
  "packageManager": "pnpm@10.0.0",
  "resolutions": {"mediasoup": "3.1", "**/zod": "4"},
  "overrides": {"mediasoup": {"debug": "4"}},
  "pnpm": {
    "onlyBuiltDependencies": ["esbuild", "mediasoup"],
    "overrides": {"server>mediasoup": "3.1"},
    "patchedDependencies": {"mediasoup@3.1.0": "patches/mediasoup.patch"}
  },
  "trustedDependencies": ["mediasoup"]
}
"""
    space = """packages:
  - server
catalog:
  # the SFU
  mediasoup: ^3.0.0
  zod: 4
catalogs:
  media:
    mediasoup: ^3.0.0
onlyBuiltDependencies:
  - esbuild
  - mediasoup
"""
    files = {
        "package.json": root,
        "pnpm-workspace.yaml": space,
        "server/package.json": '{"name": "server", "private": true, '
        '"dependencies": {"mediasoup": "catalog:"}}\n',
        "server/src/sfu.ts": SFU,
    }
    work = work_of(tmp_path, files, gone=("server/src/sfu.ts",))
    plan_dependencies(work)
    after = json.loads(text(work, "package.json"))
    assert after == {
        "private": True,
        "packageManager": "pnpm@10.0.0",
        "resolutions": {"**/zod": "4"},
        "pnpm": {"onlyBuiltDependencies": ["esbuild"]},
    }
    assert text(work, "pnpm-workspace.yaml") == (
        "packages:\n  - server\ncatalog:\n  # the SFU\n  zod: 4\nonlyBuiltDependencies:\n  - esbuild\n"
    )
    assert text(work, "server/package.json") == '{"name": "server", "private": true}\n'
    assert {rule for rule, _ in rules(work, done=True)} == {
        "dependencies.unused",
        "dependencies.overrides",
        "dependencies.catalog",
        "dependencies.allow-built",
    }


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("tsx src/sfu.ts", None),
        ("node dist/sfu.js", None),
        ("node dist/index.js & node dist/sfu.js", "node dist/index.js"),
        ("npm run sfu && npm run web", "npm run web"),
        ("tsc && node dist/sfu.js", "tsc"),
        ("node dist/index.js", "node dist/index.js"),
        ("cat x | node dist/sfu.js", "cat x | node dist/sfu.js"),
        ('concurrently "npm:sfu" "npm:web"', 'concurrently "npm:web"'),
        (
            'concurrently -n sfu,web -c "a,b" "npm:sfu" "npm:web"',
            'concurrently -n web -c "b" "npm:web"',
        ),
        ('concurrently -n sfu "npm:sfu" "npm:web"', 'concurrently -n sfu "npm:sfu" "npm:web"'),
        ('concurrently "tsc -w && next dev" "node dist/sfu.js"', 'concurrently "tsc -w && next dev"'),
        ("concurrently 'npm run sfu' 'node dist/sfu.js'", None),
        ("npm-run-all --parallel sfu web", "npm-run-all --parallel web"),
        ("run-p sfu", None),
        ("cross-env A=b tsx watch --env-file .env src/sfu.ts", None),
        ("node --loader ts-node/esm -r dotenv/config src/sfu.ts", None),
        ("nodemon --watch src/sfu.ts src/index.ts", "nodemon --watch src/sfu.ts src/index.ts"),
        ("nodemon -w src --exec ts-node src/sfu.ts", None),
        ('nodemon --exec "ts-node src/sfu.ts" -e ts', None),
        ("bun run src/sfu.ts", None),
        ("npx vite-node src/sfu.ts", None),
        ("ts-node src/sfu", None),
        ("node dist/sfu", None),
        ("tsup src/index.ts src/sfu.ts", "tsup src/index.ts src/sfu.ts"),
        ("node -e 'x' src/sfu.ts", "node -e 'x' src/sfu.ts"),
        ("next build --out dist/sfu", "next build --out dist/sfu"),
    ],
)
def test_scripts_lose_the_part_that_runs_what_goes(tmp_path: Path, command: str, left: str | None) -> None:
    scripts = {"sfu": "tsx src/sfu.ts", "presfu": "echo soon", "web": "next dev", "it": command}
    files = {
        "package.json": json.dumps({"name": "s", "private": True, "scripts": scripts}, indent=2),
        "src/sfu.ts": SFU,
        "src/index.ts": "export {};\n",
    }
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    after = json.loads(text(work, "package.json"))["scripts"]
    assert after.get("it") == left
    assert "sfu" not in after
    assert "presfu" not in after
    assert after["web"] == "next dev"


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("ts-node src", "src/index.ts"),
        ("tsx src/", "src/index.ts"),
        ("node dist", "src/index.ts"),
        ("node .", "src/server.ts"),
        ("nodemon", "src/server.ts"),
        ("nodemon src/", "src/index.ts"),
        ("nest start --watch", "src/main.ts"),
        ("nest start sfu", "apps/sfu/src/main.ts"),
        ("node server", "server/index.js"),
        ("pm2 start dist/main.js --name x", "src/main.ts"),
    ],
)
def test_what_a_script_starts_by_a_folder_is_known(tmp_path: Path, command: str, file: str) -> None:
    nest = {"projects": {"sfu": {"sourceRoot": "apps/sfu/src", "entryFile": "main"}}}
    manifest = {"name": "s", "private": True, "main": "dist/server.js", "scripts": {"it": command, "a": "b"}}
    places = ("src/index.ts", "src/server.ts", "src/main.ts", "apps/sfu/src/main.ts", "server/index.js")
    files = dict.fromkeys(places, "export {};\n")
    files |= {"package.json": json.dumps(manifest), "nest-cli.json": json.dumps(nest)}
    for gone in places:
        folder = tmp_path / gone.replace("/", "-")
        work = work_of(folder, files, gone=(gone,))
        plan_dependencies(work)
        left = json.loads(text(work, "package.json"))["scripts"]
        assert ("it" not in left) is (gone == file), gone


def test_build_configuration_loses_entries_externals_and_processes(tmp_path: Path) -> None:
    files = {
        "package.json": MANIFEST,
        "src/sfu.ts": SFU,
        "src/index.ts": "export {};\n",
        "tsup.config.ts": 'export default {\n  entry: ["src/index.ts", "src/sfu.ts"],\n'
        '  external: [\n    // native\n    "mediasoup",\n    "pg",\n    "ws",\n  ],\n};\n',
        "vite.config.js": 'export default { build: { rollupOptions: { input: { main: "src/index.ts", '
        'sfu: "src/sfu.ts" } } } };\n',
        "ecosystem.config.js": "module.exports = {\n  apps: [\n"
        '    { name: "api", script: "dist/index.js" },\n'
        '    { name: "sfu", script: "dist/sfu.js", instances: 1 },\n  ],\n};\n',
        "tsconfig.json": '{\n  // all of it\n  "files": ["src/index.ts", "src/sfu.ts"],\n}\n',
    }
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    plan_dependencies(work)
    plan_configs(work)
    assert text(work, "tsup.config.ts") == (
        'export default {\n  entry: ["src/index.ts"],\n  external: [\n    // native\n    "pg",\n  ],\n};\n'
    )
    assert 'input: { main: "src/index.ts" }' in text(work, "vite.config.js")
    assert text(work, "ecosystem.config.js") == (
        'module.exports = {\n  apps: [\n    { name: "api", script: "dist/index.js" },\n  ],\n};\n'
    )
    assert text(work, "tsconfig.json") == '{\n  // all of it\n  "files": ["src/index.ts"],\n}\n'
