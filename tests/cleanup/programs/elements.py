"""JSX that the flag decides something in."""

# ruff: noqa: E501 - each line is a program, or a piece of one

from __future__ import annotations

from .base import Base
from .scope import Scope


class Elements(Base):
    """Elements, their children, and components."""

    def rendered(self, scope: Scope, depth: int) -> str:
        """JSX, as text."""
        return f"show({self.element(scope, depth)})"

    def element(self, scope: Scope, depth: int) -> str:
        """An element with attributes and children that the flag decides."""
        pick, flag = self.random, self.flag(scope)
        tag = pick.choice(["p", "b", "Box", "ui.Row", ""])
        attributes = ""
        with self.still(scope):
            value = self.expression(scope, depth + 2)
        for name in pick.sample(["id", "on", "x-y", "title"], pick.randint(0, 2)) if tag else ():
            attributes += pick.choice(
                [
                    f" {name}={{{flag}}}",
                    f" {name}={{{flag} ? 'a' : 'b'}}",
                    f' {name}={{{flag} ? "a\\u0041" : "&amp;"}}',
                    f" {name}={{{flag} ? {value} : 0}}",
                    f" {name}={{{flag} && {value}}}",
                    f" {name}={{{flag} ? undefined : 'c'}}",
                    f" {{...({flag} ? {{ {name.partition('-')[0]}: 1 }} : {{}})}}",
                    f" {{...({flag} && {{ data: {value} }})}}",
                    f" {name}",
                    f' {name}="q"',
                    f"\n  // a comment\n  {name}={{/* one */ {flag} ? 1 : 2}}",
                    f" {name}={{() => {{ if ({flag}) return 1; }}}}",
                ]
            )
        if tag and pick.random() < 0.2:
            return f"<{tag}{attributes} />"
        inner = "".join(self._child(scope, depth + 1) for _ in range(pick.randint(0, 4)))
        return f"<{tag}{attributes}>{inner}</{tag}>"

    def _child(self, scope: Scope, depth: int) -> str:
        pick, flag, other = self.random, self.flag(scope), self.other()
        white = pick.choice(["", "", " ", "\n  ", "\n\n"])
        if depth > 3:
            return white + pick.choice(["text", "{1}", "<br />", f"{{{flag}}}"])
        one, two = self.element(scope, depth + 1), self.element(scope, depth + 1)
        with self.still(scope):
            value = self.expression(scope, depth + 2)
        return white + pick.choice(
            [
                "a text",
                'it\'s & "b" &lt;',
                "{' '}",
                "{/* note */}",
                f"{{{flag} && {one}}}",
                f"{{!{self.paren(flag)} && {one}}}",
                f"{{{flag} ? {one} : {two}}}",
                f"{{{flag} ? (\n  {one}\n) : (\n  {two}\n)}}",
                f"{{{flag} ? {one} : null}}",
                f"{{{flag} ? null : {one}}}",
                f"{{{flag} ? 'text' : {two}}}",
                f"{{{other} && {flag} && {one}}}",
                f"{{{flag} && {other} && {one}}}",
                f"{{{other} && !{self.paren(flag)} && {one}}}",
                f"{{{other} ? {one} : {flag} ? {two} : null}}",
                f"{{({flag} && {value}) || {one}}}",
                f"{{{flag} || {one}}}",
                f"{{[1, 2].map((n{self.any()}) => {flag} ? <i key={{n}}>{{n}}</i> : {one})}}",
                f"{{{flag} ? [{one}, 'b'] : []}}",
                f"{{{flag} && 'text'}}",
                f"{{{flag} && 0}}",
                f"{{`t${{{flag} ? 1 : 2}}`}}",
                f"{{(() => {{ if ({flag}) return {one}; return {two}; }})()}}",
                f"{{{flag}}}",
                f"{{{value}}}",
                one,
            ]
        )

    def _component(self, scope: Scope, depth: int) -> list[str]:
        """A component that the flag decides something in."""
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(inside=True, loop=False, awaits=False)
        inner.values += ["on", "kids"]
        inner.taken |= {"on", "kids"}
        inner.hide("on")
        inner.values.append("on")
        body = "\n".join(self.statements(inner, pick.randint(0, 2), depth + 1)) if depth < 3 else ""
        element = self.element(inner, 1)
        return [
            (
                f"function C{number}({{ on, kids = {flag} }}: any) {{\n"
                f"if (!{self.paren(flag)} && on) return null{end}\n{body}\nreturn (\n  {element}\n){end}\n}}"
            ),
            f"log(show(<C{number} on={{{flag}}} {pick.choice(['', 'kids', f'{{...({flag} ? {{ kids: 1 }} : {{}})}}'])} />)){end}",
        ]  # fmt: skip
