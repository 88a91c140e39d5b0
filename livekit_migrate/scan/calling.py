"""Calls: what flows into functions and out of them, and which calls are Mediasoup's."""

from __future__ import annotations

from typing import NamedTuple, cast

from . import api
from .api import Side
from .behaviour import COLLECTS, ITERATES, MAKERS, MAPS, PUTS, SAME, SEVERAL, TAKES, THROUGH, WRAPS
from .facts import Call
from .fields import RESULT, Fields
from .graph import Value
from .unit import Function


class Made(NamedTuple):
    """A call in a file: its arguments' nodes (-1 for nothing of interest), its result's, and its place."""

    path: str
    args: tuple[int, ...]
    dst: int
    place: int
    new: bool = False


class Calling(Fields):
    """The part of the solver that follows calls."""

    functions: dict[object, Function]
    found: dict[tuple[str, int], Call]

    def call(self, callee: int, made: Made) -> None:
        self.listen(callee, lambda value: self.call_of(value, made))

    def call_of(self, value: Value, made: Made) -> None:
        match value.kind:
            case "F":
                self.enter(value.which, made)
            case "K" if made.new:
                self.put(made.dst, Value("I", value.which, value.guessed))
                constructor = self.field(("I", value.which), "constructor")
                inside = made._replace(dst=-1, new=False)
                self.listen(constructor, lambda held: self.enter_if(held, inside))
            case "T" if made.new:
                self.put(made.dst, Value("A", value.which, value.guessed))
                self.record(made, *cast("tuple[Side, str]", value.which), "", guessed=value.guessed)
            case "M":
                side, of, name = cast("tuple[Side, str, str]", value.which)
                self.ours(made, side, of, name, guessed=value.guessed)
            case "C":
                # A store's selector, a state's setter, a signal.
                element = self.elements[value.which]
                self.pass_on(element, made.dst, guessed=value.guessed)
                self.put_in(element, made.args)
                self.iterate(element, made.args, (made.dst, element))
            case "X":
                self.foreign(str(value.which), made)

    # Functions of the repository

    def enter_if(self, held: Value, made: Made) -> None:
        if held.kind == "F":
            self.enter(held.which, made)

    def enter(self, which: object, made: Made, this: int = -1) -> None:
        if not self.first("enter", which, made.args, made.dst, this, made.new):
            return
        function = self.functions[which]
        for number, arg in enumerate(made.args):
            if arg < 0:
                continue
            if number < len(function.params):
                self.edge(arg, function.params[number])
            elif function.rest >= 0:
                self.edge(arg, function.rest)
        if this >= 0 and function.this >= 0:
            self.edge(this, function.this)
        if made.dst >= 0:
            self.edge(function.returns, made.dst)
            if made.new and function.this >= 0:
                self.construct(which, function, made.dst)

    def construct(self, which: object, function: Function, dst: int) -> None:
        """``new`` of a plain function: an object with the fields of the function's prototype."""
        value = Value("O", ("new", which))
        self.put(function.this, value)
        self.put(dst, value)
        if value.token not in self.bases:
            prototype = self.field(("F", which), "prototype")
            self.put(prototype, Value("O", ("prototype", which)))
            self.bases[value.token].append(prototype)

    # Functions of others

    def foreign(self, name: str, made: Made) -> None:
        """A function of a library, or of the platform: what it gives may be made of what it was given."""
        if name == "new Promise":
            self.promise(made)
            return
        tail = name.rsplit(".", 1)[-1]
        if tail not in THROUGH and not MAKERS.search(tail) and made.place >= 0:
            # A default import has the name that the file gives it.
            tail = self.files[made.path].unit.places[made.place][3].removeprefix("new ")
        through = tail in THROUGH and not made.new
        if not through and not MAKERS.search(tail):
            self.put(made.dst, RESULT)
            return
        key = (made.path, "new" if made.new else "call", made.dst)
        if key not in self.elements:
            self.elements[key] = self.node()
        element = self.elements[key]
        self.put(made.dst, Value("C", key))
        self.put_in(element, made.args if tail in SEVERAL else made.args[:1])
        self.iterate(element, made.args, (element,))
        for arg in made.args:
            # `create((set, get) => ...)`: the parameters put into the store and take out of it.
            if arg >= 0:
                self.listen(arg, lambda held: self.handed(held, Value("C", key)))
        args = [arg for arg in made.args if arg >= 0]
        if tail in WRAPS:
            for arg in args:
                self.listen(arg, lambda held: self.put(element, held) if held.kind == "F" else None)
        if through:
            self.edge(element, made.dst)
        if tail in COLLECTS or tail in ("Map", "Set"):
            for arg in args:
                self.load(arg, "[]", element)

    def handed(self, held: Value, value: Value) -> None:
        if held.kind == "F":
            for param in self.functions[held.which].params:
                self.put(param, value)

    def promise(self, made: Made) -> None:
        """``new Promise((resolve) => ...)`` is what ``resolve`` is called with."""
        key = (made.path, "promise", made.dst)
        if key in self.elements:
            return
        element = self.elements[key] = self.node()
        self.edge(element, made.dst)

        def listener(held: Value) -> None:
            if held.kind == "F" and (params := self.functions[held.which].params):
                self.put(params[0], Value("C", key))

        for arg in made.args[:1]:
            if arg >= 0:
                self.listen(arg, listener)

    def put_in(self, element: int, args: tuple[int, ...]) -> None:
        """Arguments into a container. A function is called, not kept."""
        for arg in args:
            if arg >= 0 and self.first("put", arg, element):
                self.listen(arg, lambda held: self.put(element, held) if held.kind != "F" else None)

    def iterate(self, element: int, args: tuple[int, ...], results: tuple[int, ...]) -> None:
        """Functions among the arguments are called with what the container holds."""
        for arg in args:
            if arg >= 0 and self.first("iterate", arg, element, results):
                self.listen(arg, lambda held: self.back(held, element, results))

    def back(self, held: Value, element: int, results: tuple[int, ...]) -> None:
        if held.kind != "F":
            return
        function = self.functions[held.which]
        for param in function.params:
            self.edge(element, param)
        for result in results:
            self.edge(function.returns, result)

    def map(self, element: int, made: Made) -> None:
        """``map`` gives a container of what its function gives."""
        key = (made.path, "map", made.dst)
        if key not in self.elements:
            self.elements[key] = self.node()
        inside = self.elements[key]
        self.put(made.dst, Value("C", key))
        returned = self.node()
        self.edge(returned, inside)
        # flatMap: the elements of what is returned.
        self.load(returned, "[]", inside)
        self.iterate(element, made.args, (returned,))

    # Methods

    def method(self, base: int, name: str, made: Made) -> None:
        self.listen(base, lambda value: self.method_of(value, base, name, made))

    def method_of(self, value: Value, base: int, name: str, made: Made) -> None:
        if name in ("then", "catch", "finally") and value.kind != "X":
            self.then(value, name, made)
            return
        match value.kind:
            case "A":
                side, of = cast("tuple[Side, str]", value.which)
                if of == "module" and name in api.APIS[side] and name not in api.APIS[side][of].methods:
                    self.put(made.dst, Value("A", (side, name), value.guessed))
                else:
                    self.ours(made, side, of, name, guessed=value.guessed)
            case "T":
                side, of = cast("tuple[Side, str]", value.which)
                self.ours(made, side, of, name, guessed=value.guessed)
            case "O" | "I" | "K" | "F":
                self.own_method(value, base, name, made)
            case "C":
                self.contained(value, name, made)
            case "X":
                self.foreign(f"{value.which}.{name}", made)

    def then(self, value: Value, name: str, made: Made) -> None:
        """A promise is what it holds, so ``then`` hands its receiver to the callback."""
        if name != "then":
            self.put(made.dst, value)
            return
        for arg in made.args:
            if arg >= 0:
                self.listen(arg, lambda held: self.then_call(held, value, made.dst))

    def then_call(self, held: Value, value: Value, dst: int) -> None:
        if held.kind != "F":
            return
        function = self.functions[held.which]
        if function.params:
            self.put(function.params[0], value)
            if value.kind == "C":
                self.edge(self.elements[value.which], function.params[0])
        self.edge(function.returns, dst)

    def own_method(self, value: Value, base: int, name: str, made: Made, this: Value | None = None) -> None:
        """Args: ``this`` is the object whose prototype ``value`` is."""
        if value.kind == "F" and name in ("call", "apply", "bind"):
            self.applied(value, name, made)
            return
        if not self.first("own", value, name, made, this):
            return
        owner = this or value
        self.listen(self.field(value.token, name), lambda held: self.field_call(held, owner, made))
        if value.kind == "O":
            self.listen(self.field(value.token, "[]"), lambda held: self.field_call(held, owner, made))
        for more in self.bases.get(value.token, ()):
            if more != base:
                self.inherited(more, owner, name, made)

    def applied(self, value: Value, name: str, made: Made) -> None:
        if name == "bind":
            self.put(made.dst, value)
        this = made.args[0] if made.args else -1
        rest = made.args[1:] if name != "apply" else ()
        self.enter(value.which, made._replace(args=rest, new=False), this)

    def inherited(self, more: int, value: Value, name: str, made: Made) -> None:
        def listener(held: Value) -> None:
            if held == value:
                return
            if held.kind in ("O", "I"):
                self.own_method(held, more, name, made, value)
            else:
                self.method_of(held, more, name, made)

        self.listen(more, listener)

    def field_call(self, held: Value, owner: Value, made: Made) -> None:
        if held.kind == "F":
            function = self.functions[held.which]
            if function.this >= 0:
                self.put(function.this, owner)
            self.enter(held.which, made._replace(new=False))
        elif held.kind in ("C", "M", "X"):
            self.call_of(held, made._replace(new=False))

    def contained(self, value: Value, name: str, made: Made) -> None:
        element = self.elements[value.which]
        puts = name in PUTS
        if name in SAME:
            self.put(made.dst, value)
        elif name in TAKES:
            self.pass_on(element, made.dst, guessed=value.guessed)
        if puts:
            # Of a map's key and value only the value is an element.
            self.put_in(element, made.args[-1:] if name == "set" else made.args)
        if name in MAPS:
            self.map(element, made)
        elif name in ITERATES:
            self.iterate(element, made.args, (element,) if puts else ())
        # An object in a store has methods of its own.
        if name not in SAME and name not in TAKES and self.first("member", element, name, made):
            self.listen(element, lambda held: self.member_of(held, element, name, made))

    def member_of(self, held: Value, element: int, name: str, made: Made) -> None:
        if held.kind in ("O", "I"):
            self.own_method(held, element, name, made)

    # Mediasoup

    def ours(self, made: Made, side: Side, of: str, name: str, *, guessed: bool) -> None:
        known = api.APIS[side].get(of)
        if known is None or not (name in known.methods or name in api.EVENTS):
            return
        self.record(made, side, of, name, guessed=guessed)
        if name in api.EVENTS:
            self.listener_of(made, side)
            return
        gives = known.methods[name].gives
        self.put(made.dst, Value("A", (side, gives), guessed) if gives else RESULT)

    def listener_of(self, made: Made, side: Side) -> None:
        """``router.observer.on("newtransport", (transport) => ...)``"""
        if made.place < 0 or len(made.args) < 2 or made.args[1] < 0:
            return
        event = self.files[made.path].unit.places[made.place][4]
        gives = api.EVENT_GIVES.get(event, "")
        if gives not in api.APIS[side]:
            return

        def listener(held: Value) -> None:
            if held.kind == "F" and (params := self.functions[held.which].params):
                self.put(params[0], Value("A", (side, gives)))

        self.listen(made.args[1], listener)

    def record(self, made: Made, side: Side, of: str, name: str, *, guessed: bool) -> None:
        if made.place < 0:
            return
        key = (made.path, made.place)
        before = self.found.get(key)
        if before is not None and (before.confidence == "proven" or guessed):
            return
        line, column, receiver, _, event, hint = self.files[made.path].unit.places[made.place]
        if not name:
            row: int | None = api.CONSTRUCTORS.get((side, of))
        elif hint == "encodings" and side == "client":
            row = 45
        else:
            row = api.method_row(side, of, name, event)
        self.found[key] = Call(
            file=made.path,
            line=line,
            column=column,
            receiver=receiver,
            method=name or f"new {of}",
            type="" if of == "module" else of,
            side=side,
            row=row,
            confidence="inferred" if guessed else "proven",
            event=event,
            why=f"a field of this name holds a {of} elsewhere" if guessed else f"followed from {side} {of}",
        )
