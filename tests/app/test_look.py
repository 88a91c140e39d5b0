"""What an app on disk is: workspace, packages, frameworks, package manager, env files, services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.app.look import App, look
from tests.app.test_tree import put


def app(root: Path, files: Mapping[str, Any]) -> App:
    put(root, {k: v if isinstance(v, str) else json.dumps(v, indent=2) for k, v in files.items()})
    return look(root)


def names(found: App, folder: str) -> list[str]:
    return [each.label for each in found.frameworks[folder]]


@pytest.mark.parametrize(
    ("files", "tools", "manager", "members"),
    [
        (
            {"package.json": {"workspaces": ["apps/*", "!apps/old"]}, "package-lock.json": "{}"},
            ("npm",), "npm", {"", "apps/api", "apps/web"},
        ),
        (
            {"package.json": {"workspaces": {"packages": ["apps/*"]}}, "yarn.lock": "", "turbo.json": "{}"},
            ("yarn", "turbo"), "yarn", {"", "apps/api", "apps/web", "apps/old"},
        ),
        (
            {
                "package.json": {"packageManager": "pnpm@9.1.0+sha512.aaaa"},
                "pnpm-workspace.yaml": "packages:\n  - 'apps/**'\n  - '!**/old'\n",
            },
            ("pnpm",), "pnpm", {"", "apps/api", "apps/web"},
        ),
        ({"package.json": {"workspaces": ["apps/{api,web}"]}, "bun.lock": ""}, ("bun",), "bun",
         {"", "apps/api", "apps/web"}),
        ({"package.json": {}, "lerna.json": {"packages": ["apps/*"]}, "package-lock.json": "{}"},
         ("lerna",), "npm", {"", "apps/api", "apps/web", "apps/old"}),
        ({"package.json": {}, "nx.json": {}}, ("nx",), "", {"", "apps/api", "apps/web", "apps/old"}),
    ],
)  # fmt: skip
def test_workspaces(
    tmp_path: Path, files: dict[str, Any], tools: tuple[str, ...], manager: str, members: set[str]
) -> None:
    packages = {f"apps/{name}/package.json": {"name": name} for name in ("api", "web", "old")}
    found = app(tmp_path, files | packages)
    assert found.workspace.tools == tools
    assert found.manager.name == manager
    assert {folder for folder, each in found.packages.items() if each.member} == members


def test_a_pinned_manager_beats_the_lockfile_and_two_lockfiles_are_both_named(tmp_path: Path) -> None:
    found = app(
        tmp_path,
        {"package.json": {"packageManager": "pnpm@10.4.1"}, "bun.lock": "", "pnpm-lock.yaml": ""},
    )
    assert (found.manager.name, found.manager.version) == ("pnpm", "10.4.1")
    assert found.manager.lockfiles == ("pnpm-lock.yaml", "bun.lock")


def test_frameworks_of_each_package(tmp_path: Path) -> None:
    found = app(
        tmp_path,
        {
            "web/package.json": {"dependencies": {"next": "15.1.0", "react": "19"}},
            "web/src/app/layout.tsx": "",
            "web/pages/index.tsx": "",
            "server/package.json": {"dependencies": {"@nestjs/core": "10", "socket.io": "4"}},
            "spa/package.json": {"devDependencies": {"vite": "5"}, "dependencies": {"vue": "3"}},
            "spa/pages/index.ts": "",
            "broken/package.json": '{"name": "x",}',
        },
    )
    assert names(found, "web") == ["next (app+pages router)", "react"]
    assert names(found, "server") == ["nest", "socket.io"]
    assert names(found, "spa") == ["vite", "vue"]
    assert [(each.path, each.why) for each in found.problems] == [
        ("broken/package.json", "line 1, column 14: not JSON: illegal trailing comma before end of object")
    ] or found.problems[0].why.startswith("line 1, column 1"), "what Python's json says differs by version"


def test_env_files_give_names_and_no_values(tmp_path: Path) -> None:
    found = app(
        tmp_path,
        {
            ".git/HEAD": "",
            ".gitignore": ".env\n",
            "server/package.json": {},
            "server/.env": "MEDIASOUP_ANNOUNCED_IP=203.0.113.7\n",
            "server/.env.example": "# ports\nexport RTC_MIN_PORT=40000\nRTC_MAX_PORT=49999\n",
            "vite-env.d.ts": "",
            "environment.ts": "",
        },
    )
    assert {each.path: (dict(each.names), each.local) for each in found.env_files} == {
        "server/.env": ({"MEDIASOUP_ANNOUNCED_IP": 1}, True),
        "server/.env.example": ({"RTC_MIN_PORT": 2, "RTC_MAX_PORT": 3}, False),
    }
    assert "203.0.113.7" not in repr(found)


def test_services_of_all_compose_files(tmp_path: Path) -> None:
    found = app(
        tmp_path,
        {
            "docker-compose.prod.yml": (
                "services:\n  sfu:\n    build: ./server\n    network_mode: host\n"
                "  turn:\n    image: coturn/coturn:4\n"
                "    ports: ['3478:3478/udp', {published: 1, target: 2}]\n"
            ),
            "infra/compose.yaml": "services:\n  api:\n    build: {context: ../server}\n",
            "compose.broken.yml": "services: [",
            "not-compose.yml": "services:\n  x: {}\n",
        },
    )
    said = {each.name: (each.file, each.line, each.build, each.host_network) for each in found.services}
    assert said == {
        "sfu": ("docker-compose.prod.yml", 2, "server", True),
        "turn": ("docker-compose.prod.yml", 5, None, False),
        "api": ("infra/compose.yaml", 2, "server", False),
    }
    assert found.services[1].ports == ("3478:3478/udp", "1:2")
    assert [each.path for each in found.problems] == ["compose.broken.yml"]


def test_two_hundred_packages(tmp_path: Path) -> None:
    files: dict[str, Any] = {"package.json": {"workspaces": ["packages/*"]}}
    files |= {f"packages/p{n}/package.json": {"name": f"@x/p{n}"} for n in range(200)}
    files |= {f"packages/p{n}/src/index.ts": "" for n in range(200)}
    found = app(tmp_path, files)
    assert sum(each.member for each in found.packages.values()) == 201
    assert found.resolver.resolve("packages/p0/src/index.ts", "@x/p199") == "packages/p199/src/index.ts"
