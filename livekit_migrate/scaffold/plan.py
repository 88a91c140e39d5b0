"""The plan of `lkm init`: what is to be written, what is edited, and what is left to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..app.look import App, look
from ..app.manifests import join
from ..code.js.style import Style
from ..core.changes import ChangeSet, FileChange, change
from ..core.errors import UsageError
from ..core.files import read_bytes
from ..core.render import render
from ..core.settings import find_root
from . import containers, listens
from . import record as records
from .edits import provider, routes, schema
from .files import Settled, Target, Wanted, settle, wanted
from .model import Ask, Options, Plan, Work
from .packages import add_dependencies, with_examples
from .seam import Seam, plan_seam
from .sides import Side, choose, server_sides, web_sides
from .source import Sources
from .tell import by_hand, clash, conflict, no_side, removed, unreadable, unsupported
from .templates import Template, Variable, fits, templates
from .uses import candidates
from .values import specifier, values

TITLE = "lkm init"
API_TEXT = "the app's server, which gives out the tokens; baked into a production build"
FLAG_TEXT = "true: calls run on LiveKit, anything else: on Mediasoup; baked into a production build"


def plan(root: Path, options: Options, ask: Ask) -> Plan:
    """Plan it all; nothing is written.

    Raises:
        UsageError: no package.json, no side that anything could be brought to, or options that do not fit.
        ConfigError: a file that must be read cannot be.
    """
    app = look(root)
    past = records.read(root) or records.Record()
    if not app.packages:
        raise UsageError(
            f"{root}: no package.json in it or below",
            code="init.no-package",
            detail=_instead(app),
            hint="start in the folder of the app, or make one: npm create vite@latest",
        )
    return _Planner(app, past, options, ask).run()


def _instead(app: App) -> str:
    if any(path.rpartition("/")[2] in ("deno.json", "deno.jsonc") for path in app.files):
        return "this is a Deno app: lkm writes for package.json and Node"
    return ""


class _Planner:
    """One run; collects findings and texts of files while it goes."""

    def __init__(self, app: App, past: records.Record, options: Options, ask: Ask) -> None:
        self.app = app
        self.past = past
        self.options = options
        self.ask = ask
        self.sources = Sources(app, frozenset(past.base))
        self.work = Work()

    def run(self) -> Plan:
        web = self._side("web", web_sides(self.app, self.sources), self.options.web)
        server = self._side("server", server_sides(self.app, self.sources), self.options.server)
        if web is None and server is None:
            raise no_side(self.app)
        if web is not None and server is not None and web.source == server.source:
            server = replace(server, source=join(server.source, "server"))  # both have a livekit/ folder
        self.work.findings += unreadable(self.app)
        for name, side in (("web", web), ("server", server)):
            if side is None or not side.kind:
                self.work.findings.append(unsupported(name, side))
        if server is not None and server.kind:
            self.work.findings.extend(listens.alone(server, self.sources))
        found = schema.find(server, self.sources) if server is not None and server.kind else None
        given: dict[str, Any] = values(self.sources, web, server, found, self.past.base)
        seams = self._seams(web)
        given["seam"] = bool(seams)
        expression, file, name = self._authorize()
        plain = bool(name) and expression == name and server is not None
        given["session_export"] = name if plain else ""
        given["session_import"] = _import_of(server, file) if plain and server is not None else ""
        chosen = [each for each in templates(self.options.folder) if self._fits(each, given, web, server)]
        targets = self._targets(web, server)
        variables = list(_variables(chosen, given))
        if web is not None and web.kind:
            default = f"http://localhost:{given['server_port']}"
            variables.append(Variable(given["api_url_env"], "web", default, API_TEXT, "url"))
        if seams:
            variables.append(
                Variable(f"{given['web_prefix']}USE_LIVEKIT", "web", "false", FLAG_TEXT, "boolean")
            )
        files = _unambiguous(wanted(chosen, given, targets))
        files += containers.stack(self.app, files, self.past.base)
        containers.include(self.app, files, self.past.base, edit=self.options.edit_compose, work=self.work)
        settled = self._files(files, targets, variables)
        add_dependencies(chosen, web, server, app=self.app, work=self.work)
        if server is not None and server.kind and "server-src" in targets:
            self._wire_server(server, targets["server-src"], found, variables)
        if web is not None and web.kind:
            target = join(web.source, f"livekit/LiveKitProvider.{'tsx' if web.language == 'ts' else 'jsx'}")
            self.work.outcomes.append(provider.wrap(web, self.sources, targets["web-src"].style, target))
            for seam in seams:
                self._seam(seam, web, targets["web-src"])
        self._carry_out()
        answers = self._answers(web, server, given)
        base = {**self.past.base, **{each.path: each.base for each in settled if each.base is not None}}
        kept = {path: text for path, text in base.items() if any(each.path == path for each in settled)}
        record = records.Record(answers, {each.name: each.version for each in chosen}, kept)
        self.work.texts[records.FILE] = records.text(record).encode()
        return Plan(
            self.app,
            web,
            server,
            ChangeSet(TITLE, find_root(self.app.root)[0], tuple(self._changes())),
            tuple(settled),
            tuple(self.work.outcomes),
            tuple(self.work.findings),
            answers,
        )

    # Sides

    def _side(self, name: str, sides: list[Side], said: str | None) -> Side | None:
        option = f"--{name}"
        before = self.past.answers.get(name)
        if (
            said is None
            and before is not None
            and (before == "none" or any(_named(each, before) for each in sides))
        ):
            said = before
        chosen, several = choose(sides, said, option, "mediasoup-client" if name == "web" else "mediasoup")
        return self.ask(name, several, option) if several else chosen

    def _fits(
        self, template: Template, given: Mapping[str, Any], web: Side | None, server: Side | None
    ) -> bool:
        place = template.into.partition("-")[0]
        side = {"web": web, "server": server}.get(place)
        # What needs no framework goes to any server; a web app of another framework gets nothing.
        if place != "root" and (side is None or (place == "web" and not side.kind)):
            return False
        return fits(template.when, given)

    def _targets(self, web: Side | None, server: Side | None) -> dict[str, Target]:
        top = Style(newline=self._newline())
        found = {"root": Target("", top)}
        for name, side in (("web", web), ("server", server)):
            if side is None or (name == "web" and not side.kind):
                continue
            # In a package of modules Node asks for it, and every compiler takes it.
            ending = ".js" if name == "server" and side.package.manifest.get("type") == "module" else ""
            style = self.sources.style(side.folder, side.source, ending=ending)
            if name == "web":
                style = replace(style, ending="")  # every bundler takes it, and not every one the others
            elif side.language == "js" and side.module == "esm":
                style = replace(style, ending=".js")  # Node asks for it
            commonjs = side.module == "cjs"
            found[name] = Target(side.folder, style, side.language == "ts", commonjs)
            found[f"{name}-src"] = Target(side.source, style, side.language == "ts", commonjs)
        return found

    def _newline(self) -> str:
        package = next(iter(self.app.packages.values()))
        raw = read_bytes(self.app.root / package.file)
        return "\r\n" if b"\r\n" in raw else "\n"

    # Files of the templates

    def _files(
        self, files: list[Wanted], targets: Mapping[str, Target], variables: Sequence[Variable]
    ) -> list[Settled]:
        files = with_examples(files, variables, targets, app=self.app, ours=self.past.base, work=self.work)
        settled = []
        for file in files:
            one = settle(self.app.root, file, self.past.base.get(file.path))
            settled.append(one)
            if one.after is not None:
                self.work.texts[file.path] = one.after
            if one.state == "clash":
                self.work.findings.append(clash(one))
            elif one.state == "conflict":
                self.work.findings.append(conflict(one))
            elif one.state == "removed":
                self.work.findings.append(removed(one))
        return settled

    # The app's own files

    def _wire_server(
        self, server: Side, target: Target, found: schema.Schema | None, variables: Sequence[Variable]
    ) -> None:
        style = target.style
        checked = None
        if found is not None:
            names = [each.name for each in variables if each.into.startswith("server")]
            outcome = schema.extend(found, names, style)
            self.work.outcomes.append(outcome)
            checked = found if outcome.state != "by-hand" else None
        file = join(server.source, f"livekit/routes.{'ts' if server.language == 'ts' else 'js'}")
        resolver = self.app.resolver
        wiring = routes.Wiring(
            checked,
            lambda path, said: checked is not None and resolver.resolve(path, said) == checked.file,
            *self._expression(),
        )
        self.work.outcomes.append(routes.mount(server, self.sources, style, file, wiring))

    def _expression(self) -> tuple[str, str, str]:
        """What the routes are given where they are mounted; a plain name the template imports itself."""
        expression, file, name = self._authorize()
        return ("", "", "") if expression == name else (expression, file, name)

    def _authorize(self) -> tuple[str, str, str]:
        """The expression, the file and the name that it begins with."""
        said = self.options.authorize or self.past.answers.get("authorize", "")
        if not said:
            return "", "", ""
        file, mark, expression = said.partition("#")
        name = expression.partition("(")[0].strip()
        if not mark or not name.isidentifier() or file not in self.app.files:
            raise UsageError(
                f"--authorize {said}: is not FILE#EXPRESSION with a file of the app",
                code="init.authorize",
                hint='lkm init --authorize "apps/server/src/access.ts#mayJoin"',
            )
        return expression.strip(), file, name

    def _seams(self, web: Side | None) -> tuple[str, ...]:
        before = tuple(filter(None, self.past.answers.get("seams", "").split(" ")))
        seams = tuple(dict.fromkeys((*before, *self.options.seams)))
        if web is None or not web.kind:
            if self.options.seams:
                raise UsageError(
                    "--seam: there is no web app here that is done in full", code="init.seam", hint="lkm init"
                )
            return ()
        if not seams:
            self.work.findings.extend(candidates(web, self.sources))
        return seams

    def _seam(self, said: str, web: Side, target: Target) -> None:
        seam: Seam = plan_seam(said, web, self.sources, target.style)
        self.work.outcomes.append(seam.outcome)
        self.work.findings.extend(seam.findings)

    # Together

    def _carry_out(self) -> None:
        """The splices of each file in one go, and what is left to the user as findings."""
        edited: dict[str, list[Any]] = {}
        for outcome in self.work.outcomes:
            if outcome.state == "edit":
                edited.setdefault(outcome.file, []).extend(outcome.edits)
            elif outcome.state == "by-hand":
                self.work.findings.append(by_hand(outcome))
        for path, edits in edited.items():
            text = self.sources.text(path)
            if text is not None:
                self.work.texts[path] = text.splice(edits)

    def _changes(self) -> Iterator[FileChange]:
        for path, after in sorted(self.work.texts.items()):
            one = change(self.app.root / path, after)
            if not one.empty:
                yield one

    def _answers(self, web: Side | None, server: Side | None, given: Mapping[str, Any]) -> dict[str, str]:
        seams = " ".join(dict.fromkeys((*self.past.answers.get("seams", "").split(), *self.options.seams)))
        answers = {"api_url_env": str(given["api_url_env"])}
        for name, side, said in (("web", web, self.options.web), ("server", server, self.options.server)):
            if side is not None:
                answers[name] = side.shown
            elif "none" in (said, self.past.answers.get(name)):
                answers[name] = "none"  # somebody said so; what is not there yet may come
        authorize = self.options.authorize or self.past.answers.get("authorize", "")
        return answers | ({"seams": seams} if seams else {}) | ({"authorize": authorize} if authorize else {})


def _import_of(side: Side, file: str) -> str:
    """How the server's livekit/ folder imports a file."""
    return specifier(join(side.source, "livekit"), file)


def _named(side: Side, said: str) -> bool:
    return side.shown == said


def _unambiguous(files: Iterable[Wanted]) -> list[Wanted]:
    """Without names that two files would have: a package that is both sides has no one Dockerfile."""
    listed = list(files)
    counted = Counter(each.path for each in listed)
    return [each for each in listed if counted[each.path] == 1]


def _variables(chosen: Sequence[Template], given: Mapping[str, Any]) -> Iterator[Variable]:
    seen: set[tuple[str, str]] = set()
    for template in chosen:
        for variable in template.env:
            name = render(variable.name, given, name=f"templates/{template.name}/template.yaml")
            default = render(variable.default, given, name=f"templates/{template.name}/template.yaml")
            if (variable.into, name) not in seen:
                seen.add((variable.into, name))
                yield replace(variable, name=name, default=default)
