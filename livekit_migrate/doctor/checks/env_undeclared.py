"""Variables that code reads and that nothing in the project sets, lists or checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...app.envs import is_env
from ...code.env import is_example
from ...core.changes import ChangeSet, change
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.envs import Read, reads, schema_names, written
from ..source.problem import Problem, report
from ..source.sources import Sources, of_context

# Set by the platform, the runtime or the tools, not by the project.
_GIVEN = frozenset(
    {
        "NODE_ENV", "PORT", "HOST", "HOME", "PATH", "USER", "PWD", "CI", "TZ", "MODE", "DEV", "PROD", "SSR",
        "BASE_URL", "HOSTNAME", "TMPDIR", "SHELL", "DEBUG", "NEXT_RUNTIME", "APP_ENV", "PUBLIC_URL",
    }
)  # fmt: skip
_GIVEN_BY = (
    "npm_", "VERCEL", "NETLIFY", "RAILWAY_", "RENDER", "FLY_", "GITHUB_", "AWS_", "K_", "CF_", "HEROKU",
    "NEXT_PHASE", "JEST_", "VITEST", "PLAYWRIGHT_", "TURBO_", "NX_", "EXPO_", "TAURI_", "WEBSITE_",
    "AZURE_", "GOOGLE_", "SOURCE_", "GIT_", "COMMIT_", "BUILD_",
)  # fmt: skip
_PLACES = frozenset({"env", "compose", "docker", "k8s", "ci", "terraform", "config", "script"})
# Whoever runs a script by hand, or builds, gives it what it needs.
_TOOL = re.compile(r"(^|/)(scripts?|tools?|bench|poc|bin)/|\.config\.[cm]?[jt]s$|(^|/)\.[^/]+/")


def problems(sources: Sources) -> Iterator[Problem]:
    for read, example in _missing(sources):
        livekit = "LIVEKIT" in read.name
        yield Problem(
            "warn" if livekit else "info",
            f"{read.name} is read here, and no schema, .env file or service has it",
            read.module.path,
            read.module.line(read.node),
            read.module.column(read.node),
            "Who sets the project up from what is in the repository does not know of it, and it is "
            "undefined there.",
            f"add `{read.name}=` to {example}" if example else "name it in a .env.example",
            evidence={"name": read.name, "example": example},
        )


def _missing(sources: Sources) -> Iterator[tuple[Read, str]]:
    examples = [path for path in sources.app.tree.files if is_env(path) and is_example(path)]
    known = written(sources, _PLACES)
    schema = schema_names(sources)
    if not examples and not schema and not sources.app.services:
        return  # nothing here claims to list what is needed
    seen: set[str] = set()
    for read in reads(sources):
        if _TOOL.search(read.module.path):
            continue
        if not read.needed or read.name in seen or read.name in _GIVEN or read.name.startswith(_GIVEN_BY):
            continue
        seen.add(read.name)
        if read.name not in known and read.name not in schema:
            yield read, _nearest(read.module.path, examples)


def _nearest(path: str, examples: list[str]) -> str:
    """The example in the deepest folder above a file."""
    above = [each for each in examples if path.startswith(each.rpartition("/")[0])]
    return max(above, key=lambda each: each.count("/"), default="")


def _run(context: Context) -> Iterator[Finding]:
    for finding in report(CHECK, context, problems):
        yield _with_fix(finding)


def _with_fix(finding: Finding) -> Finding:
    from dataclasses import replace

    if finding.fix is None or not finding.evidence.get("example"):
        return finding
    return replace(finding, fix=replace(finding.fix, safe=True))


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    """The name, without a value, as the last line of the example; all else in it stays."""
    sources = of_context(context)
    with sources.lock:
        for read, example in _missing(sources):
            if example and read.name == finding.evidence.get("name"):
                return listed(context.root, example, read.name)
    return None


def listed(root: Path, example: str, name: str) -> ChangeSet:
    """The change that adds a name to a file of variables."""
    from ...code import env

    path = root / example
    return ChangeSet("lkm doctor --fix", root, (change(path, env.read(path).set(name, "").to_bytes()),))


CHECK = Check(
    id="env.undeclared",
    title="Variables that code reads are listed somewhere",
    category="env",
    run=_run,
    fix=_fix,
    seconds=10.0,
    order=60,
    why="A migration brings new variables. One that only the code knows is undefined on the next machine, "
    "and the first sign is a call that does not connect.",
    source="found in real migrations: variables in code, and in no example, schema or Compose file",
    evidence="`undefined` in a URL, or `api-key and api-secret must be set` in the log.",
    remedy="List it in .env.example, and in the schema that checks the environment at start.",
    faults=(
        Fault(
            "code reads LIVEKIT_API_SECRET, and .env.example does not have it",
            "LIVEKIT_API_SECRET is read here, and no schema, .env file or service has it",
            "`Error: api-key and api-secret must be set` in the server's log at the first join",
        ),
    ),
)
