"""What one file says about where values flow: small tuples over numbered nodes, cheap to pickle and to solve.

A node is anything that holds values: a variable, a field, a call's result. A token is a value as far as it
matters: a module, a function, a class, an instance, an object, a container. Tokens flow along edges.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Token = tuple[str, str | int]
"""``M`` module by specifier, ``F`` function, ``K`` class, ``I`` instance of a class, ``O`` object
literal or interface, ``C`` container (array, map, ref, state), ``X`` something of the platform by name."""


@dataclass(slots=True)
class Function:
    """Nodes of the parameters in order, of what it returns and of its ``this``; -1 for none."""

    params: list[int]
    rest: int
    returns: int
    this: int


@dataclass(slots=True)
class Unit:
    """The constraints of one file. Fields named ``dst`` are nodes that receive.

    Args:
        nodes: how many nodes there are; they are numbered from 0.
        edges: (from, to).
        tokens: (node, token).
        loads: (base, name, dst); ``[]`` is any element.
        stores: (base, name, from).
        calls: (callee, arguments, dst, made with ``new``, index into ``places`` or -1).
        methods: (base, name, arguments, dst, index into ``places`` or -1).
        instances: (class or type, dst, container or -1): what a type annotation of that name holds; the
            container is for type arguments of types that are not of this repository.
        fields: (token, name, node).
        bases: (token, node): where fields that are missing in the token are looked for.
        elements: node of a container's elements, by container number.
        imports: (dst, specifier, name); ``default`` and ``*`` as names too.
        exports: name to node; ``stars`` are the specifiers of ``export *``.
        cjs: the node of ``module.exports``, -1 where the file has none.
        globals: names at the top of a script that is no module, which other scripts of a page see.
        free: names that the file uses and does not declare.
        places: (line, column, receiver as written, method, event, hint).
        hinted: the tail of the receiver's name for the places in ``methods``.
    """

    nodes: int = 0
    edges: list[tuple[int, int]] = field(default_factory=list)
    tokens: list[tuple[int, Token]] = field(default_factory=list)
    loads: list[tuple[int, str, int]] = field(default_factory=list)
    stores: list[tuple[int, str, int]] = field(default_factory=list)
    calls: list[tuple[int, tuple[int, ...], int, bool, int]] = field(default_factory=list)
    methods: list[tuple[int, str, tuple[int, ...], int, int]] = field(default_factory=list)
    instances: list[tuple[int, int, int]] = field(default_factory=list)
    fields: list[tuple[Token, str, int]] = field(default_factory=list)
    bases: list[tuple[Token, int]] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    classes: int = 0
    objects: int = 0
    imports: list[tuple[int, str, str]] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    cjs: int = -1
    globals: dict[str, int] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    places: list[tuple[int, int, str, str, str, str]] = field(default_factory=list)
