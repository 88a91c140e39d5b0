"""Which file of a package an import of it means: `exports`, `main`, `module`, `types`, and their source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# The order in which a bundler for a TypeScript app would look; `source` and `development` lead to what is
# edited instead of what is built.
_CONDITIONS = ("source", "development", "types", "import", "module", "browser", "node", "require", "default")
_BUILT = ("dist/", "build/", "lib/", "out/", "esm/", "cjs/")


def targets(manifest: Mapping[str, Any], subpath: str) -> list[str]:
    """Files, relative to the package, that ``name/subpath`` may mean, the likeliest first.

    Args:
        subpath: ``""`` for the package itself.
    """
    found = [each.removeprefix("./") for each in _exported(manifest.get("exports"), subpath)]
    if subpath:
        found.append(subpath)
    else:
        for key in ("source", "types", "typings", "module", "main", "svelte", "browser"):
            value = manifest.get(key)
            if isinstance(value, str):
                found.append(value.removeprefix("./"))
    with_sources: list[str] = []
    for each in found:
        with_sources += [*_sources(each), each]
    if subpath:
        with_sources.append(f"src/{subpath}")
    else:
        with_sources += ["src/index", "index", "src/main", "lib/index"]
    return list(dict.fromkeys(with_sources))


def _exported(section: Any, subpath: str) -> Iterator[str]:
    if isinstance(section, str | list):
        if not subpath:
            yield from _conditions(section)
        return
    if not isinstance(section, dict):
        return
    if not any(key.startswith(".") for key in section):
        if not subpath:
            yield from _conditions(section)
        return
    wanted = f"./{subpath}" if subpath else "."
    if wanted in section:
        yield from _conditions(section[wanted])
        return
    patterns = sorted((key for key in section if "*" in key), key=len, reverse=True)
    for pattern in patterns:
        head, _, tail = pattern.partition("*")
        if wanted.startswith(head) and wanted.endswith(tail) and len(wanted) >= len(head) + len(tail):
            part = wanted[len(head) : len(wanted) - len(tail)]
            for target in _conditions(section[pattern]):
                yield target.replace("*", part)
            return


def _conditions(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _conditions(each)
    elif isinstance(value, dict):
        keys = [key for key in _CONDITIONS if key in value]
        for key in keys + [key for key in value if key not in keys]:
            yield from _conditions(value[key])


def _sources(target: str) -> Iterator[str]:
    """Where the source of a built file lies, most often: ``dist/a.js`` comes from ``src/a.ts``."""
    for built in _BUILT:
        if target.startswith(built):
            stem = target[len(built) :]
            for end in (".d.ts", ".d.mts", ".js", ".mjs", ".cjs"):
                if stem.endswith(end):
                    stem = stem[: -len(end)]
                    break
            for inner in ("esm/", "cjs/", "types/", "src/"):
                stem = stem.removeprefix(inner)
            yield f"src/{stem}"
            yield stem
