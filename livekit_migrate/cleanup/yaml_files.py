"""Compose, Kubernetes and CI files without what goes: services, variables, ports, whole objects."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..app.manifests import folder_of
from ..app.tsconfig import normal
from ..code import yaml, yaml_cut
from ..code.yaml import Document, child, kind_of
from ..code.yaml_cut import Path
from ..core.errors import ConfigError
from ..core.files import BOM
from ..scan.kinds import is_source
from ..scan.kinds import kind_of as file_kind
from .commands import lost_script, sources_of, started
from .ports import closes, within
from .work import Decision, Work

if TYPE_CHECKING:
    from yaml import Node

_SEPARATOR = re.compile(r"^---(?:[ \t][^\n]*)?\r?\n", re.MULTILINE)
_LISTS = frozenset({"environment", "args", "env", "globalEnv", "passThroughEnv"})
_NAMED_SECTIONS = ("volumes", "networks", "secrets", "configs")
_OBJECTS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "Service", "ConfigMap", "Job", "CronJob", "Ingress"}
    | {"HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount", "Pod"}
)


@dataclass(frozen=True, slots=True)
class Gone:
    """An entry that goes, and why."""

    path: Path
    rule: str
    title: str
    reason: str


def plan_yaml_files(work: Work, ports: frozenset[str]) -> None:
    """Plan every Compose, Kubernetes and CI file; what cannot be cut is said, with its line."""
    # What lists the others comes last: by then it is known which of them go.
    for path in sorted(work.app.tree.files, key=lambda each: "kustomization" in each):
        if not path.endswith((".yml", ".yaml")) or work.now(path) is None:
            continue
        if (data := work.before(path)) is None:
            continue
        kind = file_kind(path, data[:4000].decode("utf-8", "replace"))
        if kind == "compose" or (kind in ("k8s", "ci") and _concerned(work, path, data)):
            _plan(work, path, kind, ports)


def _concerned(work: Work, path: str, data: bytes) -> bool:
    """Whether a file may have something that goes: to parse hundreds of charts for nothing takes long."""
    text = data.decode("utf-8", "replace")
    if work.recipe.speaks(text) or any(name in text for name in work.variables):
        return True
    gone = {file.rpartition("/")[2].partition(".")[0] for file in work.removed}
    return any(name in text for name in gone) or path.rpartition("/")[2].startswith("kustomization")


def _plan(work: Work, path: str, kind: str, ports: frozenset[str]) -> None:
    data = work.now(path) or b""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    bom = text.startswith(BOM)
    pieces = list(_documents(text.removeprefix(BOM)))
    kept: list[str] = []
    objects = 0
    for line, head, body in pieces:
        try:
            document = yaml.parse(body, path)
        except ConfigError:
            kept.append(head + body)  # a Helm template: listed with the other text that speaks of it
            continue
        name = _object(work, document) if kind == "k8s" else ""
        if name and work.still:
            _say_still(work, path, line + 1, name)
            name = ""
        if name and work.chosen.wants("services.object"):
            objects += 1
            work.services.append(f"{name} (`{path}`)")
            work.say(Decision("services.object", "safe", path, f"{name} goes", _why(work), line=line + 1))
            continue
        kept.append(head + _cut(work, path, kind, document, line, ports))
    if objects and not any(_says_something(piece) for piece in kept):
        work.put(path, None)
        return
    after = "".join(kept)
    if objects and not pieces[0][1]:
        after = _SEPARATOR.sub("", after, count=1) if after.startswith("---") else after
    work.put(path, ((BOM if bom else "") + after).encode("utf-8"))


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.strip().startswith(("#", "---", "...")) for line in text.split("\n"))


def _documents(text: str) -> Iterator[tuple[int, str, str]]:
    """Each document: the lines before it, its separator, its text."""
    at, head = 0, ""
    for found in [*_SEPARATOR.finditer(text), None]:
        end = found.start() if found else len(text)
        if head or end > at or found is None:
            yield text.count("\n", 0, at), head, text[at:end]
        if found:
            head, at = found[0], found.end()


def _why(work: Work) -> str:
    return f"{work.recipe.old or 'the recipe'}'s, by its name or image"


def _object(work: Work, document: Document) -> str:
    """The name of a Kubernetes object that is the old stack's; empty for any other."""
    what, name = document.value("kind"), document.value("metadata.name")
    if what not in _OBJECTS or not isinstance(name, str):
        return ""
    images = [str(p.node.value) for p in _places(document, "image")]
    ours = work.recipe.is_service(name) and not any(work.recipe.is_kept("", i) for i in images)
    ours = ours or (bool(images) and all(work.recipe.is_service("", image) for image in images))
    return f"{what} {name}" if ours else ""


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    node: Node


def _places(document: Document, key: str) -> Iterator[_Found]:
    for path, mapping in _mappings(document.root, ()):
        for k, value in mapping.value:
            if k.value == key and kind_of(value) == "scalar":
                yield _Found((*path, key), value)


def _mappings(node: Node | None, path: Path, seen: set[int] | None = None) -> Iterator[tuple[Path, Node]]:
    seen = set() if seen is None else seen
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    kind = kind_of(node)
    if kind == "mapping":
        yield path, node
        for key, value in node.value:
            if isinstance(key.value, str):
                yield from _mappings(value, (*path, key.value), seen)
    elif kind == "sequence":
        for index, item in enumerate(node.value):
            yield from _mappings(item, (*path, index), seen)


def _cut(  # noqa: PLR0917
    work: Work, path: str, kind: str, document: Document, line: int, ports: frozenset[str]
) -> str:
    found = list(_variables(work, document))
    if kind == "compose":
        found += _compose(work, path, document, ports)
    elif kind == "ci":
        found += _ci(work, document)
    else:
        found += _kustomize(work, path, document)
    found = [each for each in found if work.chosen.wants(each.rule)]
    if not found:
        return document.text
    try:
        return _all_at_once(work, path, document, line, found)
    except ConfigError:
        return _one_by_one(work, path, document, line, found)


def _without(work: Work, document: Document, found: list[Gone]) -> Document:
    return yaml_cut.without(
        document, [each.path for each in found], keep=[("services",)], about=work.recipe.words
    )


def _all_at_once(work: Work, path: str, document: Document, line: int, found: list[Gone]) -> str:
    changed = _without(work, document, found)
    for each in found:
        _say(work, path, document, line, each)
    return changed.text


def _one_by_one(work: Work, path: str, document: Document, line: int, found: list[Gone]) -> str:
    done: list[Gone] = []
    for each in found:
        try:
            _without(work, document, [*done, each])
        except ConfigError as error:
            place = _line(document, each.path)
            work.say(
                Decision(
                    "services.by-hand",
                    "refuse",
                    path,
                    f"{each.title}: not done",
                    error.message.rpartition("by hand: ")[2],
                    line=line + place if place else None,
                    done=False,
                )
            )
            continue
        done.append(each)
        _say(work, path, document, line, each)
    return _without(work, document, done).text


def _line(document: Document, path: Path) -> int | None:
    key, node = yaml_cut.node_at(document, path)
    mark = key or node
    return int(mark.start_mark.line) + 1 if mark is not None else None


def _say(work: Work, path: str, document: Document, line: int, each: Gone) -> None:
    place = _line(document, each.path)
    shown = document.text.split("\n")[place - 1].strip() if place else ""
    where = line + place if place else None
    work.say(Decision(each.rule, "safe", path, each.title, each.reason, line=where, before=shown))
    if each.rule in ("services.service", "services.port"):
        work.services.append(f"{each.title} (`{path}`)")


def _variables(work: Work, document: Document) -> Iterator[Gone]:
    """Entries of any mapping and items of lists of variables, by name."""
    names = set(work.variables)
    why = "nothing reads it any more"
    for path, mapping in _mappings(document.root, ()):
        for key, value in mapping.value:
            name = key.value if isinstance(key.value, str) else ""
            if name in names and kind_of(value) == "scalar":
                yield Gone((*path, name), "services.variable", f"{name} out of {_dots(path)}", why)
            elif name in _LISTS and kind_of(value) == "sequence":
                for index, item in enumerate(value.value):
                    said = _item_name(item)
                    if said in names:
                        place = (*path, name, index)
                        title = f"{said} out of {_dots((*path, name))}"
                        yield Gone(place, "services.variable", title, why)


def _item_name(item: Node) -> str:
    if kind_of(item) == "scalar":
        return str(item.value).partition("=")[0].strip()
    if kind_of(item) == "mapping":
        named = child(item, "name", follow=False)[1]
        return str(named.value) if named is not None and kind_of(named) == "scalar" else ""
    return ""


def _dots(path: Path) -> str:
    return ".".join(map(str, path)) or "the top"


def _compose(work: Work, file: str, document: Document, ports: frozenset[str]) -> Iterator[Gone]:
    section = document.find("services")
    if section is None or section.kind != "mapping":
        return
    services = {key.value: node for key, node in section.node.value if kind_of(node) == "mapping"}
    gone = {name: why for name, node in services.items() if (why := _service_goes(work, file, name, node))}
    for name in list(gone):
        # By its name or image alone: while code still uses the old stack, somebody may still start it.
        if work.still and gone[name] == _why(work):
            del gone[name]
            _say_still(work, file, _line(document, ("services", name)), f"service {name}")
    for name, why in gone.items():
        yield Gone(("services", name), "services.service", f"service {name}", why)
    for name, node in services.items():
        if name in gone:
            continue
        for key in ("depends_on", "links", "volumes_from", "external_links"):
            yield from _references(node, ("services", name, key), gone)
        if not work.recipe.is_kept(name, _scalar(node, "image")):
            yield from _ports(work, node, name, ports)
    yield from _left_alone(document, services, set(gone))


def _say_still(work: Work, path: str, line: int | None, what: str) -> None:
    why = f"{work.still[0]} is still used"
    work.say(Decision("services.used", "refuse", path, f"{what} stays", why, line=line, done=False))


def _scalar(node: Node, key: str) -> str:
    value = child(node, key)[1]
    return str(value.value) if value is not None and kind_of(value) == "scalar" else ""


def _service_goes(work: Work, file: str, name: str, node: Node) -> str:
    image = _scalar(node, "image")
    if work.recipe.is_service(name, image):
        if (build := _build_folder(file, node)) is not None and _builds_other(work, build):
            return ""
        return _why(work)
    if work.recipe.is_kept(name, image):
        return ""
    build = _build_folder(file, node)
    for key in ("command", "entrypoint"):
        value = child(node, key)[1]
        if value is None:
            continue
        words = value.value if kind_of(value) == "sequence" else None
        texts = [str(w.value) for w in words] if words is not None else str(value.value).split()
        place = build or folder_of(file)
        line = shlex.join(texts) if words is not None else str(value.value)
        files = started(work, place, line)
        if files and all(p in work.after and work.after[p] is None for p in files):
            return f"it runs {files[0]}, which goes"
        if script := lost_script(work, place, line):
            return f"it runs the script {script}, which goes"
        for text in texts:
            runs = [p for p in sources_of(work, build or folder_of(file), text) if is_source(p)]
            if runs and all(p in work.after and work.after[p] is None for p in runs):
                return f"it runs {runs[0]}, which goes"
    for folder in (build, _dockerfile_folder(file, node)):
        if folder and folder in work.app.packages and _emptied(work, folder):
            return f"all code of {folder} goes"
    return ""


def _builds_other(work: Work, folder: str) -> bool:
    """Whether the folder that an image is built from has code that stays."""
    if not folder:
        return False  # the whole repository is the context: the name and the Dockerfile say what it is
    inside = [path for path in work.app.tree.files if path.startswith(f"{folder}/") and is_source(path)]
    return (
        bool(inside) and any(work.after.get(path, b"") is not None for path in inside) and bool(work.removed)
    )


def _emptied(work: Work, folder: str) -> bool:
    inside = [path for path in work.app.tree.files if path.startswith(f"{folder}/") and is_source(path)]
    return bool(inside) and all(path in work.after and work.after[path] is None for path in inside)


def _build_folder(file: str, node: Node) -> str | None:
    build = child(node, "build")[1]
    if build is None:
        return None
    text = str(build.value) if kind_of(build) == "scalar" else _scalar(build, "context")
    return normal(f"{folder_of(file) or '.'}/{text or '.'}")


def _dockerfile_folder(file: str, node: Node) -> str | None:
    """The folder of the Dockerfile that an image is built with: of its own package, in a workspace."""
    build = child(node, "build")[1]
    dockerfile = _scalar(build, "dockerfile") if build is not None and kind_of(build) == "mapping" else ""
    folder = folder_of(dockerfile)
    context = _build_folder(file, node)
    return normal(f"{context or '.'}/{folder}") if folder and context is not None else None


def _references(node: Node, path: Path, gone: dict[str, str]) -> Iterator[Gone]:
    value = child(node, str(path[-1]), follow=False)[1]
    if value is None or kind_of(value) == "scalar":
        return
    mapping = kind_of(value) == "mapping"
    for index, entry in enumerate(value.value):
        named = entry[0] if mapping else entry
        name = str(named.value).partition(":")[0] if kind_of(named) == "scalar" else ""
        if name in gone:
            place = (*path, named.value if mapping else index)
            yield Gone(place, "services.reference", f"{name} out of {_dots(path)}", f"service {name} goes")


def _ports(work: Work, node: Node, name: str, ports: frozenset[str]) -> Iterator[Gone]:
    environment = child(node, "environment")[1]
    entries = [] if environment is None or kind_of(environment) == "scalar" else environment.value
    named = {str(e[0].value) if isinstance(e, tuple) else _item_name(e) for e in entries}
    certain = bool(named & set(work.variables))
    for key in ("ports", "expose"):
        value = child(node, key, follow=False)[1]
        if value is None or kind_of(value) != "sequence":
            continue
        for index, item in enumerate(value.value):
            text = str(item.value) if kind_of(item) == "scalar" else _long(item)
            ours = closes(text, ports, work.variables) or (certain and within(text, work.recipe.ports))
            if ours:
                why = (
                    "only variables that nothing reads any more have named it"
                    if not certain
                    else f"{work.recipe.old}'s port"
                )
                place = ("services", name, key, index)
                yield Gone(place, "services.port", f"port {text} of {name}", why)


def _long(item: Node) -> str:
    return f"{_scalar(item, 'published')}:{_scalar(item, 'target')}"


def _left_alone(document: Document, services: dict[str, Node], gone: set[str]) -> Iterator[Gone]:
    """Named volumes, networks, secrets and configs that only services which go have used."""
    if not gone:
        return
    for section in _NAMED_SECTIONS:
        for name in document.keys(section):
            users = {service for service, node in services.items() if _uses(node, section, name)}
            if users and users <= gone:
                why = f"only {', '.join(sorted(users))} used it"
                yield Gone((section, name), "services.reference", f"{name} out of {section}", why)


def _uses(node: Node, section: str, name: str) -> bool:
    value = child(node, section)[1]
    if value is None or kind_of(value) == "scalar":
        return False
    for entry in value.value:
        if isinstance(entry, tuple):
            said = str(entry[0].value)
        elif kind_of(entry) == "scalar":
            said = str(entry.value).partition(":")[0]
        else:
            said = _scalar(entry, "source")
        if said == name:
            return True
    return False


def _ci(work: Work, document: Document) -> Iterator[Gone]:
    """Services of CI jobs, and steps that do nothing but run what goes."""
    for path, mapping in _mappings(document.root, ()):
        for key, value in mapping.value:
            if key.value == "services" and kind_of(value) == "mapping":
                for name, node in value.value:
                    image = str(node.value) if kind_of(node) == "scalar" else _scalar(node, "image")
                    if work.recipe.is_service(str(name.value), image):
                        place = (*path, "services", name.value)
                        yield Gone(place, "services.service", f"service {name.value}", _why(work))
            elif key.value == "steps" and kind_of(value) == "sequence":
                for index, step in enumerate(value.value):
                    if kind_of(step) == "mapping" and _step_goes(work, step):
                        name = _scalar(step, "name") or "a step"
                        place = (*path, "steps", index)
                        yield Gone(place, "services.ci-step", f"CI step: {name}", "it runs what goes")


def _step_goes(work: Work, step: Node) -> bool:
    lines = [line.strip() for line in _scalar(step, "run").splitlines() if line.strip()]
    folder = _scalar(step, "working-directory").strip("./")
    if not lines:
        return False

    def dead(line: str) -> bool:
        runs = [p for word in line.split() for p in sources_of(work, folder, word) if "/" in word]
        return bool(runs) and all(p in work.after and work.after[p] is None for p in runs)

    return all(dead(line) for line in lines)


def _kustomize(work: Work, file: str, document: Document) -> Iterator[Gone]:
    """Files that a kustomization lists and that go."""
    if not file.rpartition("/")[2].startswith("kustomization"):
        return
    for section in ("resources", "patches", "components"):
        place = document.find(section)
        for index, item in enumerate(place.node.value if place and place.kind == "sequence" else ()):
            if kind_of(item) != "scalar":
                continue
            target = normal(f"{folder_of(file) or '.'}/{item.value}")
            if target in work.after and work.after[target] is None:
                yield Gone(
                    (section, index), "services.reference", f"{item.value} out of {section}", "it goes"
                )
