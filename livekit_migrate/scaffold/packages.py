"""Files that a package has anyway: its package.json and its .env.example get what is missing in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..app.look import App
from ..app.manifests import Package, join
from ..core.errors import ConfigError
from ..core.files import BOM, read_bytes
from ..core.result import Finding, Fix, Location
from .edits import manifest
from .edits.model import Outcome
from .files import Target, Wanted
from .model import Work
from .sides import Side
from .templates import Template, Variable


def with_examples(
    files: list[Wanted],
    variables: Sequence[Variable],
    targets: Mapping[str, Target],
    *,
    app: App,
    ours: Mapping[str, str],
    work: Work,
) -> list[Wanted]:
    """Variables into each package's .env.example: one that is there is added to, else one is made."""
    examples: dict[str, list[Variable]] = {}
    for variable in variables:
        if variable.into in targets:
            folder = targets[variable.into.partition("-")[0]].folder
            examples.setdefault(_example_of(folder, app, ours), []).append(variable)
    for path, of_folder in examples.items():
        mine = next((index for index, file in enumerate(files) if file.path == path), None)
        if mine is not None:
            files[mine] = Wanted(path, manifest.with_variables(files[mine].text, of_folder))
        elif (app.root / path).is_file() and path not in ours:
            raw = read_bytes(app.root / path).decode("utf-8", "surrogateescape")
            try:
                text = manifest.with_variables(raw.removeprefix(BOM), of_folder)
            except ConfigError as error:
                work.outcomes.append(
                    Outcome("init.env-example", path, path, "by-hand", (), None, error.message)
                )
                continue
            mark = BOM if raw.startswith(BOM) else ""
            work.texts[path] = (mark + text).encode("utf-8", "surrogateescape")
        else:
            files.append(Wanted(path, manifest.with_variables("", of_folder, targets["root"].style.newline)))
    return files


def _example_of(folder: str, app: App, ours: Mapping[str, str]) -> str:
    """A package's own .env.example; the root's where the app keeps one for all packages."""
    own = join(folder, ".env.example")
    shared = (app.root / ".env.example").is_file() and ".env.example" not in ours
    return ".env.example" if shared and not (app.root / own).is_file() else own


def add_dependencies(
    chosen: Sequence[Template], web: Side | None, server: Side | None, *, app: App, work: Work
) -> None:
    """What the templates need, into the package.json of each side."""
    needs: dict[str, manifest.Needs] = {}
    packages: dict[str, Package] = {}
    for template in chosen:
        side = {"web": web, "server": server}.get(template.into.partition("-")[0])
        package = side.package if side is not None else app.packages.get("")
        if package is None or not (template.dependencies or template.dev_dependencies):
            continue
        before = needs.get(package.folder, manifest.Needs({}, {}))
        needs[package.folder] = manifest.Needs(
            {**before.runtime, **template.dependencies},
            {**before.development, **template.dev_dependencies},
        )
        packages[package.folder] = package
    for folder, package in packages.items():
        raw = read_bytes(app.root / package.file).decode("utf-8", "surrogateescape")
        try:
            text = manifest.with_dependencies(raw, package, needs[folder])
        except ConfigError as error:
            work.outcomes.append(manifest.by_hand(package, needs[folder], package.problem or error.message))
            continue
        work.texts[package.file] = text.encode("utf-8", "surrogateescape")
        for name, there, asked in manifest.too_old(package, needs[folder]):
            work.findings.append(
                Finding(
                    "init.dependency-old",
                    "warn",
                    f"{name} {there} is older than what the code is written for: {asked}",
                    category="init",
                    location=Location(package.file),
                    fix=Fix(f"ask for {asked} there, and look at what else uses it"),
                )
            )
