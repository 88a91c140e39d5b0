"""package.json and pnpm-workspace.yaml without what goes: dependencies, overrides, catalogs, scripts."""

from __future__ import annotations

from collections.abc import Iterator

from ..app.manifests import Package
from ..code import json_cut, yaml, yaml_cut
from ..code.json_cut import Json, Path
from ..core.errors import ConfigError
from ..core.files import BOM
from .dependencies import Unused, unused
from .scripts import plan_scripts
from .work import Decision, Work

_NEEDS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
# Sections keyed by package name, wherever the manager looks for them.
_KEYED: tuple[Path, ...] = (
    *((kind,) for kind in _NEEDS),
    ("peerDependenciesMeta",),
    ("dependenciesMeta",),
    ("overrides",),
    ("resolutions",),
    ("catalog",),
    ("pnpm", "overrides"),
    ("pnpm", "patchedDependencies"),
    ("pnpm", "packageExtensions"),
    ("pnpm", "peerDependencyRules", "allowedVersions"),
    ("pnpm", "allowBuilds"),
    ("allowScripts",),
    ("lavamoat", "allowScripts"),
    ("workspaces", "catalog"),
)
_LISTED: tuple[Path, ...] = (
    ("bundleDependencies",),
    ("bundledDependencies",),
    ("trustedDependencies",),
    ("pnpm", "onlyBuiltDependencies"),
    ("pnpm", "neverBuiltDependencies"),
    ("pnpm", "ignoredBuiltDependencies"),
    ("pnpm", "peerDependencyRules", "ignoreMissing"),
    ("workspaces", "nohoist"),
)
_CATALOGS: tuple[Path, ...] = (("catalogs",), ("workspaces", "catalogs"))
# Of pnpm-workspace.yaml.
_YAML_KEYED = ("overrides", "catalog", "allowBuilds", "patchedDependencies", "packageExtensions")
_YAML_LISTED = ("onlyBuiltDependencies", "neverBuiltDependencies", "ignoredBuiltDependencies")
_RULE_OF: dict[str, str] = {
    "overrides": "overrides",
    "resolutions": "overrides",
    "catalog": "catalog",
    "catalogs": "catalog",
    "onlyBuiltDependencies": "allow-built",
    "neverBuiltDependencies": "allow-built",
    "ignoredBuiltDependencies": "allow-built",
    "allowBuilds": "allow-built",
    "allowScripts": "allow-built",
    "trustedDependencies": "allow-built",
}


def plan_dependencies(work: Work) -> None:
    """Plan every manifest without the packages that nothing uses any more, and without their traces."""
    gone = unused(work) if work.chosen.wants("dependencies.unused") else []
    by_folder: dict[str, dict[str, Unused]] = {}
    for each in gone:
        by_folder.setdefault(each.folder, {})[each.name] = each
    work.packages = sorted({each.name for each in gone})
    nowhere = {name for name in work.packages if not _needed(work, name, by_folder)}
    for folder, package in work.app.packages.items():
        _plan_manifest(work, package, by_folder.get(folder, {}), nowhere if not folder else frozenset())
    for path in work.app.tree.named("pnpm-workspace.yaml"):
        _plan_pnpm(work, path, nowhere)


def _needed(work: Work, name: str, gone: dict[str, dict[str, Unused]]) -> bool:
    """Whether a manifest still asks for a package."""
    return any(
        name in package.needs and name not in gone.get(folder, {})
        for folder, package in work.app.packages.items()
    )


def _plan_manifest(
    work: Work, package: Package, gone: dict[str, Unused], nowhere: frozenset[str] | set[str]
) -> None:
    data = work.now(package.file)
    if data is None:
        return
    try:
        document = json_cut.read(data, package.file)
        paths = list(_paths(work, document, package, gone, nowhere))
        changed = document.without(_with_emptied(document, paths)) if paths else document
        changed = plan_scripts(work, package, changed)
    except ConfigError as error:
        if gone:
            work.say(
                Decision(
                    "dependencies.by-hand", "refuse", package.file, error.message, error.detail, done=False
                )
            )
        return
    work.put(package.file, changed.to_bytes())


def _paths(
    work: Work,
    document: Json,
    package: Package,
    gone: dict[str, Unused],
    nowhere: frozenset[str] | set[str],
) -> Iterator[Path]:
    everywhere = set(gone) | set(nowhere)
    for section in _KEYED:
        names = set(gone) if section[-1] in _NEEDS else everywhere
        yield from _keyed(work, document, package.file, section, names, gone)
    for section in _CATALOGS:
        value = document.root.get(*section)
        for key, _, _ in value.parts if value else ():
            yield from _keyed(work, document, package.file, (*section, key), set(nowhere), gone)
    for section in _LISTED:
        value = document.root.get(*section)
        for index, start, item in value.parts if value and value.kind == "array" else ():
            if isinstance(item.scalar, str) and _named(item.scalar) in everywhere:
                rule = f"dependencies.{_RULE_OF.get(str(section[-1]), 'unused')}"
                if not work.chosen.wants(rule):
                    continue
                _said(work, document, package.file, rule, start, f"{item.scalar} out of {_dots(section)}", "")
                yield (*section, index)


def _keyed(  # noqa: PLR0917
    work: Work, document: Json, file: str, section: Path, names: set[str], gone: dict[str, Unused]
) -> Iterator[Path]:
    value = document.root.get(*section)
    if value is None or value.kind != "object":
        return
    for key, start, _ in value.parts:
        name = _named(str(key))
        if name not in names:
            continue
        rule = f"dependencies.{_RULE_OF.get(str(next((s for s in section if s in _RULE_OF), '')), 'unused')}"
        if not work.chosen.wants(rule):
            continue
        why = gone[name].why if name in gone else "no manifest asks for it any more"
        _said(work, document, file, rule, start, f"{key} out of {_dots(section)}", why)
        yield (*section, key)


def _said(  # noqa: PLR0917
    work: Work, document: Json, file: str, rule: str, at: int, title: str, why: str
) -> None:
    line = document.line(at)
    shown = document.text.split("\n")[line - 1].strip()
    work.say(Decision(rule, "safe", file, title, why, line=line, before=shown))


def _dots(section: Path) -> str:
    return ".".join(map(str, section))


def _named(key: str) -> str:
    """The package that a key of an override means: ``a>b@^1`` and ``**/b`` mean ``b``."""
    name = key.rpartition(">")[2].strip().removeprefix("**/")
    head, at, _ = name.rpartition("@")
    name = head if at and head else name
    parts = name.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-2].startswith("@") else parts[-1]


def _with_emptied(document: Json, paths: list[Path]) -> list[Path]:
    """With each section that the paths empty in place of its members: a manager would drop it, too."""
    found = set(paths)
    for parent in {path[:-1] for path in paths}:
        value = document.root.get(*parent)
        if value is not None and parent and all((*parent, key) in found for key, _, _ in value.parts):
            found = {path for path in found if path[: len(parent)] != parent} | {parent}
    return _with_emptied(document, sorted(found, key=str)) if found != set(paths) else sorted(found, key=str)


def _plan_pnpm(work: Work, path: str, nowhere: set[str]) -> None:
    data = work.now(path)
    if data is None or not nowhere:
        return
    try:
        text = data.decode("utf-8")
        document = yaml.parse(text.removeprefix(BOM), path, bom=text.startswith(BOM))
        gone = [(*p, rule) for *p, rule in _pnpm_entries(document, nowhere) if work.chosen.wants(str(rule))]
        changed = yaml_cut.without(document, [each[:-1] for each in gone], about=work.recipe.words)
    except (ConfigError, UnicodeDecodeError) as error:
        work.say(Decision("dependencies.by-hand", "refuse", path, str(error), done=False))
        return
    for each in gone:
        key, node = yaml_cut.node_at(document, each[:-1])
        mark = key or node
        said = each[-2] if key is not None else node.value if node is not None else ""
        line = mark.start_mark.line + 1 if mark is not None else None
        title, why = f"{said} out of {each[0]}", "no manifest asks for it any more"
        work.say(Decision(str(each[-1]), "safe", path, title, why, line=line))
    work.put(path, changed.to_bytes())


def _pnpm_entries(document: yaml.Document, nowhere: set[str]) -> Iterator[tuple[str | int, ...]]:
    """The paths of what goes, each with its rule behind it."""
    catalogs = (("catalogs", key) for key in document.keys("catalogs"))
    for section in (*((name,) for name in _YAML_KEYED), *catalogs):
        for name in document.keys(".".join(section)):
            if _named(name) in nowhere:
                yield (*section, name, f"dependencies.{_RULE_OF.get(section[0], 'unused')}")
    for listed in _YAML_LISTED:
        place = document.find(listed)
        for index, item in enumerate(place.node.value if place and place.kind == "sequence" else ()):
            if isinstance(item.value, str) and _named(item.value) in nowhere:
                yield (listed, index, f"dependencies.{_RULE_OF[listed]}")
