"""What sort of file it is, told by its path and the beginning of its text."""

from __future__ import annotations

import re
from typing import Literal

from ..app.envs import is_env
from ..app.services import is_compose
from ..code.js.endings import GRAMMAR_OF_ENDING

Kind = Literal[
    "manifest",
    "lockfile",
    "docker",
    "compose",
    "k8s",
    "env",
    "proxy",
    "turn",
    "ci",
    "docs",
    "script",
    "terraform",
    "config",
    "code",
    "other",
]

SOURCES = (*GRAMMAR_OF_ENDING, ".vue", ".svelte", ".html", ".htm")
"""How the files end that are read as source code."""

LARGEST = 1024 * 1024
"""Bytes. Nobody writes a source file of that size by hand; parsing one takes seconds and hundreds of MB."""

LIMIT = 4 * 1024 * 1024
_LOCK_LIMIT = 64 * 1024 * 1024

_BINARY = frozenset(
    {
        "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "bmp", "tif", "tiff", "psd", "ai", "sketch",
        "fig", "mp3", "mp4", "m4a", "m4v", "mov", "avi", "mkv", "webm", "ogg", "ogv", "wav", "flac", "aac",
        "opus", "woff", "woff2", "ttf", "otf", "eot", "pdf", "zip", "gz", "tgz", "bz2", "xz", "7z", "rar",
        "tar", "jar", "war", "class", "o", "a", "so", "dylib", "dll", "exe", "wasm", "node", "pyc", "pyo",
        "db", "sqlite", "sqlite3", "glb", "gltf", "fbx", "obj", "blend", "bin", "dat", "pack", "idx", "riv",
        "lottie", "keystore", "jks", "p12", "pfx", "der", "map", "snap",
    }
)  # fmt: skip
_CODE = frozenset(
    {
        "py", "pyi", "rs", "go", "java", "kt", "kts", "swift", "m", "mm", "h", "hpp", "c", "cc", "cpp",
        "cs", "dart", "rb", "php", "ex", "exs", "erl", "scala", "lua", "proto", "graphql",
    }
)  # fmt: skip
_NATIVE_MANIFESTS = frozenset(
    {
        "Cargo.toml", "pubspec.yaml", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py",
        "setup.cfg", "go.mod", "Gemfile", "Podfile", "build.gradle", "build.gradle.kts", "mix.exs",
        "composer.json", "Package.swift", "CMakeLists.txt", "environment.yml", "meson.build",
    }
)  # fmt: skip
_LOCKS = frozenset(
    {
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb",
        "Cargo.lock", "pubspec.lock", "poetry.lock", "uv.lock", "Pipfile.lock", "Podfile.lock", "go.sum",
        "mix.lock", "Gemfile.lock", "composer.lock", "deno.lock",
    }
)  # fmt: skip


def worth_reading(path: str) -> bool:
    """Whether a file may hold text, by its name."""
    return path.rpartition("/")[2].rpartition(".")[2].lower() not in _BINARY


def is_source(path: str) -> bool:
    """Whether a file is read as source code, by its name."""
    return path.lower().endswith(SOURCES)


def limit_of(path: str) -> int:
    """Above how many bytes a file is not read."""
    if is_source(path):
        return LARGEST
    return _LOCK_LIMIT if path.rpartition("/")[2] in _LOCKS else LIMIT


def kind_of(path: str, head: str = "") -> Kind:
    """What sort of file it is, by its path and the beginning of its text."""
    folder, _, name = path.rpartition("/")
    low = name.lower()
    end = low.rpartition(".")[2] if "." in low else ""
    return (
        _by_name(name, low, folder)
        or _by_end(low, end, f"/{folder.lower()}/", head)
        or ("code" if end in _CODE else "other")
    )


def _by_name(name: str, low: str, folder: str) -> Kind | None:
    if name in _LOCKS:
        return "lockfile"
    if name == "package.json" or name in _NATIVE_MANIFESTS or low.startswith("requirements"):
        return "manifest"
    if (
        low in (".dockerignore", "containerfile")
        or low.startswith("dockerfile")
        or low.endswith(".dockerfile")
    ):
        return "docker"
    if is_compose(name):
        return "compose"
    if low in (".gitlab-ci.yml", ".travis.yml", "jenkinsfile", "azure-pipelines.yml", "appveyor.yml"):
        return "ci"
    if low in ("bitbucket-pipelines.yml", "render.yaml", "fly.toml", "railway.json", "procfile", "app.yaml"):
        return "ci"
    if re.search(
        r"(^|/)(\.github/(workflows|actions)|\.circleci|\.gitlab|\.buildkite|\.woodpecker)(/|$)", folder
    ):
        return "ci"
    if re.search(r"turnserver|coturn", low):
        return "turn"
    if low.startswith("caddyfile") or "nginx" in low or "haproxy" in low or "traefik" in low:
        return "proxy"
    if low in ("makefile", "justfile", "taskfile.yml", "vagrantfile"):
        return "script"
    return "env" if is_env(name) else None


def _by_end(low: str, end: str, folder: str, head: str) -> Kind | None:
    if end in ("md", "mdx", "rst", "adoc", "txt"):
        return "docs"
    if end in ("sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "service"):
        return "script"
    if end in ("tf", "tfvars", "hcl"):
        return "terraform"
    if end in ("conf", "cfg") and ("nginx" in folder or "server {" in head or "upstream " in head):
        return "proxy"
    if end in ("yaml", "yml", "tpl"):
        chart = (
            low in ("chart.yaml", "values.yaml")
            or "helm" in folder
            or "/k8s/" in folder
            or "kubernetes" in folder
        )
        manifest = re.search(r"^apiVersion:", head, re.MULTILINE) and re.search(r"^kind:", head, re.MULTILINE)
        return "k8s" if chart or manifest else "config"
    return (
        "config"
        if end in ("json", "jsonc", "json5", "toml", "ini", "xml", "cnf", "conf", "properties")
        else None
    )
