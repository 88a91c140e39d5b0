"""Where a random program's flag comes from: a variable, an object, other modules; and who writes to it."""

# ruff: noqa: E501 - each line is a program, or a piece of one

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

NAME = "USE_NEW"


@dataclass
class Origin:
    """The head of a program: what makes the flag known, and what may be said of it later on.

    Args:
        flags: expressions that are the flag.
        objects: names of objects that hold it as ``F``.
        setters: statements that may change what holds it.
        values: other names that are declared.
    """

    head: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    setters: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


class Sources:
    """Makes origins. ``ending`` is that of the modules: ``.js`` or ``.ts``."""

    def __init__(self, pick: random.Random, *, typed: bool, end: str) -> None:
        self.random = pick
        self.typed = typed
        self.ending = ".ts" if typed else ".js"
        self.end = end

    def origin(self) -> Origin:
        """One of all."""
        ways: list[Callable[[Origin], None]] = [
            self._variable, self._variable, self._imported, self._barrel, self._object, self._returned, self._inline,
            self._other_object, self._other_object, self._other_object, self._environment, self._class, self._dynamic,
            self._live, self._frozen, self._nested, self._rest, self._default,
        ]  # fmt: skip
        if self.typed:
            ways += [self._namespace, self._interface, self._enum]
        found = Origin()
        self.random.choice(ways)(found)
        return found

    def type(self, text: str) -> str:
        """An annotation, in TypeScript at times."""
        return f": {text}" if self.typed and self.random.random() < 0.5 else ""

    def condition(self) -> str:
        read = self.random.choice([f"process.env.{NAME}", f'process.env["{NAME}"]'])
        if self.typed and self.random.random() < 0.2:
            read = self.random.choice([f"{read}!", f"({read} as string)"])
        return self.random.choice(
            [
                f'{read} === "true"',
                f'"true" === {read}',
                f'{read} !== "false"',
                f'({read} ?? "false") === "true"',
                f'({read} || "no").toLowerCase() === "true"',
                f'!({read} !== "true")',
                f'["true", "1"].includes({read})',
                f'{read} === "true" ? true : false',
                f'{read} == "true" && true',
                f'Boolean({read} === "true")',
                f'!!({read} === "true")',
                f'JSON.parse({read} || "false") === true',
                f'{read}?.trim() === "true"',
            ]
        )

    # Of the program itself

    def _variable(self, found: Origin) -> None:
        pick, end = self.random, self.end
        word = pick.choice(["const", "const", "let", "var"])
        found.head.append(f"{word} F{self.type('boolean')} = {self.condition()}{end}")
        found.flags.append("F")
        if pick.random() < 0.3:
            found.head.append(f"const G = !F{end}")
            found.flags.append("G")
        if pick.random() < 0.3:
            found.head.append(
                pick.choice([f"const isF = () => F{end}", f"function isF() {{ return F{end} }}"])
            )
            found.flags.append("isF()")
        if pick.random() < 0.15:
            found.head.append(f"async function getF() {{ return F{end} }}")
            found.values.append("getF")

    def _object(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.head.append(f"const config{self.type('any')} = {{ a: 1, F: {self.condition()}, b: 2 }}{end}")
        found.flags.append("config.F")
        if pick.random() < 0.5:
            found.head.append(f"const {{ F: on1, a: cfgA }} = config{end}")
            found.flags.append("on1")
            found.values.append("cfgA")
        self._writes(found, "config", often=0.4)

    def _returned(self, found: Origin) -> None:
        end = self.end
        found.head.append(f"const F0 = {self.condition()}{end}")
        found.head.append(f"const useCtx = () => ({{ s: 5, F0 }}){end}")
        found.head.append(f"const {{ s, F0: on2 }} = useCtx(){end}")
        found.flags += ["on2", "F0"]
        found.values.append("s")

    def _inline(self, found: Origin) -> None:
        found.flags.append(f"({self.condition()})")

    def _environment(self, found: Origin) -> None:
        """Out of the environment by its name, or by another name of that."""
        pick, end = self.random, self.end
        if pick.random() < 0.5:
            found.head.append(f"const env = process.env{end}")
            found.flags += [f"(env.{NAME} === 'true')", f"(env['{NAME}'] !== 'false')"]
        else:
            default = pick.choice(["", ' = "false"', ' = "true"'])
            found.head.append(f"const {{ {NAME}{default}, MODE }} = process.env{end}")
            found.flags.append(f"({NAME} === 'true')")
            found.values.append("MODE")

    def _class(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.head.append(
            pick.choice(
                [
                    f"class Cfg {{ static F{self.type('boolean')} = {self.condition()}{end} }}",
                    f"class Cfg {{ static get F() {{ return {self.condition()}{end} }} }}",
                    f"class Cfg {{ static #f = {self.condition()}; static get F() {{ return Cfg.#f }} }}",
                    f"const Cfg{self.type('any')} = {{ get F() {{ return {self.condition()}{end} }} }}{end}",
                    f"const Cfg = new (class {{ F{self.type('boolean')} = {self.condition()}; a = 1 }})(){end}",
                ]
            )
        )
        found.flags.append("Cfg.F")

    def _frozen(self, found: Origin) -> None:
        end = self.end
        found.head.append(f"const config = Object.freeze({{ F: {self.condition()}, a: 1 }}){end}")
        found.flags.append("config.F")
        found.objects.append("config")

    def _nested(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.head.append(
            f"const all{self.type('any')} = {{ features: {{ F: {self.condition()}, G: 1 }}, n: 3 }}{end}"
        )
        found.flags.append("all.features.F")
        if pick.random() < 0.5:
            found.head.append(f"const {{ features }} = all{end}")
            found.flags.append("features.F")
            found.objects.append("features")
        if pick.random() < 0.3:
            found.setters.append(f"all.features = {{ F: {self.some()}, G: 2 }}{end}")

    def _rest(self, found: Origin) -> None:
        """Taken apart, the rest of it kept."""
        pick, end = self.random, self.end
        found.head.append(f"const config{self.type('any')} = {{ a: 1, F: {self.condition()} }}{end}")
        found.head.append(
            pick.choice(
                [
                    f"const {{ F, ...rest }} = config{end}",
                    f"const {{ a, ...rest }} = config, F = rest.F{end}",
                    f"const {{ F = false }} = config, rest = {{ ...config }}{end}",
                    f"const F = config['F'], rest = Object.keys(config){end}",
                ]
            )
        )
        found.flags += ["F", "config.F"]
        found.values.append("rest")

    # Of TypeScript alone

    def _namespace(self, found: Origin) -> None:
        end = self.end
        found.head.append(
            f"namespace Flags {{\n  export const F = {self.condition()}{end}\n  export const a = 1{end}\n}}"
        )
        found.flags.append("Flags.F")

    def _interface(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.head.append(
            pick.choice(
                [
                    "interface Cfg { F: boolean; a: number }",
                    "interface Cfg {\n  a: number;\n  // which one\n  F: boolean;\n}",
                    "type Cfg = { F: boolean, a?: number }",
                    "interface Base { readonly F: boolean }\ninterface Cfg extends Base { a?: number }",
                ]
            )
        )
        made = pick.choice(
            [
                f"const config: Cfg = {{ F: {self.condition()}, a: 1 }}{end}",
                f"const config = {{ F: {self.condition()}, a: 1 }} satisfies Cfg{end}",
                f"const config = {{ F: {self.condition()}, a: 1 }} as Cfg{end}",
            ]
        )
        found.head.append(made)
        found.flags.append("config.F")
        if pick.random() < 0.5:
            found.head.append(f"function asks(c: Cfg): boolean {{ return c.F{end} }}")
            found.flags.append("asks(config)")
        self._writes(found, "config", often=0.3)

    def _enum(self, found: Origin) -> None:
        end = self.end
        found.head.append("enum Kind { Old, New = 4, Text = 'text' }")
        found.head.append(f"const F = {self.condition()}{end}")
        found.head.append(f"const kind: Kind = F ? Kind.New : Kind.Old{end}")
        found.flags += ["F", "(kind === Kind.New)"]
        found.values += ["kind", "Kind.Text"]

    # Of other modules

    def _imported(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.files[f"flags{self.ending}"] = (
            f"export const F{self.type('boolean')} = {self.condition()}{end}\nexport const isF = () => F{end}\n"
            f"export default F{end}\nexport const other = 7{end}\n"
        )
        found.head.append(
            pick.choice(
                [
                    f'import {{ F, isF }} from "./flags"{end}',
                    f'import F, {{ isF }} from "./flags"{end}',
                    f'import {{ F, isF, other }} from "./flags"{end}',
                    f'import {{ F as F, isF as isF }} from "./flags"{end}',
                    f'import {{ default as F, isF }} from "./flags"{end}',
                ]
            )
        )
        found.flags += ["F", "isF()"]
        if "other" in found.head[-1]:
            found.values.append("other")

    def _barrel(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.files[f"flags{self.ending}"] = (
            f"const F = {self.condition()}{end}\nexport {{ F as flag }}{end}\nexport const z9 = 1{end}\n"
            f"export default function isFlag() {{ return F{end} }}\n"
        )
        found.files[f"barrel{self.ending}"] = pick.choice(
            [
                f'export * from "./flags"{end}\n',
                f'export {{ flag, z9 }} from "./flags"{end}\n',
                f'import {{ flag, z9 }} from "./flags"{end}\nexport {{ flag, z9 }}{end}\n',
                f'export * from "./deep"{end}\nexport const own = 4{end}\n',
            ]
        )
        if "deep" in found.files[f"barrel{self.ending}"]:
            found.files[f"deep{self.ending}"] = (
                f'export {{ flag, z9, default as isFlag }} from "./flags"{end}\n'
            )
        found.head.append(
            pick.choice(
                [
                    f'import {{ flag }} from "./barrel"{end}',
                    f'import * as all from "./barrel"{end}',
                    f'import {{ flag, z9 }} from "./barrel"{end}',
                    f'import isFlag, {{ flag }} from "./flags"{end}\nimport {{ z9 }} from "./barrel"{end}',
                ]
            )
        )
        found.flags.append("all.flag" if "all" in found.head[-1] else "flag")
        found.flags += ["isFlag()"] if "isFlag" in found.head[-1] else []
        found.values += ["z9"] if "z9" in found.head[-1] else []

    def _default(self, found: Origin) -> None:
        """A default export: the flag, a function or an object with it."""
        pick, end = self.random, self.end
        kind = pick.randint(0, 3)
        made, flag = [
            (f"export default {self.condition()}{end}", "F"),
            (f"export default () => {self.condition()}{end}", "F()"),
            (f"export default {{ F: {self.condition()}, a: 1 }}{end}", "F.F"),
            (f"const F = {self.condition()}{end}\nexport {{ F as default }}{end}", "F"),
        ][kind]
        found.files[f"flags{self.ending}"] = made + "\n"
        if pick.random() < 0.3:
            again = pick.choice(
                [
                    f'export {{ default }} from "./flags"{end}',
                    f'export {{ default as F }} from "./flags"{end}',
                ]
            )
            found.files[f"barrel{self.ending}"] = again + "\n"
            taken = "F" if "as F" not in again else "{ F }"
            found.head.append(f'import {taken} from "./barrel"{end}')
        else:
            found.head.append(f'import F from "./flags"{end}')
        found.flags.append(flag)

    def _dynamic(self, found: Origin) -> None:
        pick, end = self.random, self.end
        found.files[f"flags{self.ending}"] = (
            f"export const F = {self.condition()}{end}\nexport const isF = () => F{end}\nexport const z9 = 1{end}\n"
        )
        found.head.append(
            pick.choice(
                [
                    f'const {{ F }} = await import("./flags"){end}',
                    f'const F = (await import("./flags")).F{end}',
                    f'const {{ F, z9 }} = await import("./flags"){end}',
                    f'const F = await import("./flags").then((m) => m.F){end}',
                    f'const all = await import("./flags"), F = all.F{end}',
                    f'import {{ F }} from "./flags"{end}\nconst {{ z9 }} = await import("./flags"){end}',
                    f'import {{ F }} from "./flags"{end}\nlog(Object.keys(await import("./flags"))){end}',
                ]
            )
        )
        found.flags.append("F")
        found.values += ["z9"] if "z9" in found.head[-1] else []

    def _live(self, found: Origin) -> None:
        """A binding that its own module may still write to."""
        pick, end = self.random, self.end
        found.files[f"flags{self.ending}"] = f"export let F = {self.condition()}{end}\n" + pick.choice(
            [
                f"export function setF(value{self.type('any')}) {{ F = value{end} }}\n",
                f"export const setF = () => {{ F ||= true{end} }}\n",
                f"export const setF = () => [F] = [!F]{end}\n",
                f"export const setF = () => 1{end}\n",
            ]
        )
        found.head.append(f'import {{ F, setF }} from "./flags"{end}')
        found.flags.append("F")
        if pick.random() < 0.6:
            found.setters.append(f"setF({self.some()}){end}")

    def _other_object(self, found: Origin) -> None:
        """An object of another module, and helpers of a third one that may write to it."""
        pick, end, any_ = self.random, self.end, self.type("any")
        default = pick.random() < 0.3
        made = f"{{ F: {self.condition()}, a: 1 }}"
        found.files[f"flags{self.ending}"] = (
            f"const config{any_} = {made}{end}\nexport default config{end}\n"
            if default
            else f"export const config{any_} = {made}{end}\n"
        )
        helpers = [
            f"export function put(o{any_}, k{any_}, v{any_}) {{ o[k] = v{end} }}",
            f"export const turn = (o{any_}) => {{ o.F = !o.F{end} }}",
            f"export const mix = (o{any_}, p{any_}) => Object.assign(o, p){end}",
            f"export function drop(o{any_}, k{any_}) {{ delete o[k]{end} }}",
            f"export function each(o{any_}) {{ for (const k in o) {{ o[k] = 0{end} }} }}",
            f"export const deep = (p{any_}) => {{ p.o[p.k] = false{end} }}",
            f"export const late = (o{any_}) => () => {{ Reflect.set(o, 'F', 0){end} }}",
            f"export class Holder {{ o{any_}; constructor(o{any_}) {{ this.o = o; }} put(k{any_}) {{ this.o[k] = 7{end} }} }}",
            f"export const bare = ({{ o, k }}{any_}) => {{ o[k] = 1{end} }}",
            f"export const rest = (...all{any_}) => {{ all[0][all[1]] = null{end} }}",
            f"export const many = (all{any_}) => all.forEach((o{any_}) => {{ o['F'] &&= 0{end} }}){end}",
        ]  # fmt: skip
        calls = {
            "put": "put(config, 'F', {v})", "turn": "turn(config)", "mix": "mix(config, {{ F: {v} }})",
            "drop": "drop(config, 'F')", "each": "each(config)", "deep": "deep({{ o: config, k: 'F' }})",
            "late": "late(config)()", "Holder": "new Holder(config).put('F')", "bare": "bare({{ o: config, k: 'F' }})",
            "rest": "rest(config, 'F')", "many": "many([config])",
        }  # fmt: skip
        chosen = pick.sample(list(zip(helpers, calls.items(), strict=True)), 2)
        also = pick.choice(
            [
                f"export const read = (o{any_}) => o.F{end}",
                f"export const read = (o{any_}) => (o?.F ? 1 : 2){end}",
                f"export function read({{ F }}{any_}) {{ return F{end} }}",
                f'import {{ other }} from "./deep"{end}\nexport const read = (o{any_}) => [o.F, other.F]{end}',
            ]
        )
        if "deep" in also:
            found.files[f"deep{self.ending}"] = f"export const other{any_} = {{ F: 'else' }}{end}\n"
        names = ["read", *(name for _, (name, _) in chosen)]
        found.files[f"helper{self.ending}"] = "\n".join([also, *(text for text, _ in chosen)]) + "\n"
        taken = "config" if default else "{ config }"
        found.head.append(
            f'import {taken} from "./flags"{end}\nimport {{ {", ".join(names)} }} from "./helper"{end}'
        )
        found.flags.append("config.F")
        found.objects.append("config")
        found.values.append("read(config)")
        for _, (_, call) in chosen if pick.random() < 0.6 else ():
            found.setters.append(call.format(v=self.some()) + end)
        if pick.random() < 0.2:
            self._writes(found, "config", often=0.5)

    # Writing

    def some(self) -> str:
        return self.random.choice(["0", "true", "false", "'x'", "rnd(99)", "null"])

    def _writes(self, found: Origin, name: str, *, often: float) -> None:
        pick, end = self.random, self.end
        found.objects.append(name)
        if pick.random() >= often:
            return
        value = self.some()
        found.setters.append(
            pick.choice(
                [
                    f"{name}.F = {value}",
                    f"{name}['F'] = {value}",
                    f"Object.assign({name}, {{ F: {value} }})",
                    f"Object.defineProperty({name}, 'F', {{ value: {value} }})",
                    f"Reflect.set({name}, 'F', {value})",
                    f"delete {name}.F",
                    f"{name}.F &&= {value}",
                    f"for (const k in {name}) {name}[k] = {value}",
                    f"Object.keys({name}).forEach((k) => {{ {name}[k] = {value} }})",
                    f"void [{name}].map((o{self.type('any')}) => {{ o.F = {value} }})",
                    f"void ((o{self.type('any')}) => {{ o['F'] = {value} }})({name})",
                    f"void ({{ F: {name}.F }} = {{ F: {value} }})",
                    f"void ([{name}.F] = [{value}])",
                    f"for ({name}.F of [{value}]) log('w')",
                ]
            )
            + end
        )
