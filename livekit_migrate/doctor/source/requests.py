"""Routes of a back end, and whether a value is what a request says, what a session says, or the app's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.parse import Node, word
from .names import callers, exports
from .nodes import (
    FUNCTIONS,
    arguments,
    callee,
    fields,
    function_of,
    members,
    method,
    receiver,
    same,
    string,
    unwrap,
)
from .sources import Module, Sources

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "all", "use"})
_EXPORTED = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_ROUTE_FILE = re.compile(r"(^|/)app/(.*/)?route\.[cm]?[jt]sx?$|(^|/)\+server\.[jt]s$")
_API_FILE = re.compile(
    r"(^|/)pages/api/.*\.[cm]?[jt]sx?$|(^|/)server/(api|routes)/.*\.[cm]?[jt]s$|(^|/)api/[^/]+\.[cm]?[jt]s$"
)
_ASKED = frozenset({"body", "query", "params", "queryStringParameters", "pathParameters", "rawBody"})
_KNOWN = frozenset({"user", "session", "auth", "cookies", "headers", "cookie", "locals", "state"})
_ASKING = frozenset(
    {"json", "formData", "readBody", "getQuery", "getRouterParams", "query", "queries", "parseBody", "valid"}
)
_SAME = frozenset(
    {
        "trim",
        "toString",
        "toLowerCase",
        "toUpperCase",
        "slice",
        "substring",
        "replace",
        "replaceAll",
        "normalize",
    }
)
_MADE = re.compile(
    r"^(randomUUID|uuid(v4)?|nanoid|v4|random|now|cuid|createId|randomBytes|generate\w*|random\w*)$"
)
# Words that only code which knows its callers has any use for.
_ASKS_WHO = re.compile(
    r"^(auth|authori[sz]\w*|authenti\w*|session\w*|cookies?|jwt|verif\w+|bearer|log(ged|in)|signin|signed|passport|clerk"
    r"|supabase|firebase|permission\w*|allow\w*|guard\w*|protect\w*|member\w*|password|passcode|passphrase"
    r"|invite\w*|invitation\w*|roles?|owner|host|forbidden|unauthori[sz]ed|40[13]|signature|hmac|acl|policy|admin|csrf"
    r"|captcha|turnstile|recaptcha|credentials?|account\w*|profile|tenant\w*|subscription\w*|apikey|whitelist\w*)$",
    re.IGNORECASE,
)
_ASKING_TEXT = re.compile(
    r"authoriz|authentic|bearer|cookie|session|unauthori|forbidden|api-?key|csrf|signature|passw|log(ged)? "
    r"?in"
    r"|^40[13]$|denied|permission",
    re.IGNORECASE,
)
_NAMES = frozenset(
    {
        "identifier",
        "property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOT_SIGNS = frozenset({"toJwt", "AccessToken", "roomAdmin", "ingressAdmin"})
# What is put before routes and does not ask who is there; all else may.
_HARMLESS = re.compile(
    r"^(cors|json|urlencoded|static|serveStatic|helmet|compress(ion)?|morgan|logger|pino\w*|bodyParser|text|raw"
    r"|errorHandler|notFound\w*|prettyJSON|timing|etag|poweredBy|requestId|favicon|express\w*|multer|multipart"
    r"|websocket|\w*rout(er|es?|ing)|\w*api|swagger\w*|rateLimit\w*|limiter|async\w*|catchAsync|wrap|handler"
    r"|formbody|(define)?eventHandler|z?validat\w*|ClassSerializer\w*|ValidationPipe|secureHeaders"
    r"|Get|Post|Put|Patch|Delete|All|Controller|HttpCode|Header|Api\w*)$",
    re.IGNORECASE,
)
_PUT_BEFORE = (
    "use", "addHook", "register", "UseGuards", "onBeforeHandle", "derive", "guard", "useGlobalGuards",
    "preHandler",
)  # fmt: skip
_HANDED = frozenset(
    {
        "readBody", "getQuery", "getRouterParams", "getRouterParam", "readRawBody", "setHeader",
        "setResponseStatus", "log", "error", "warn", "info", "stringify", "parse", "safeParse", "json",
        "String",
    }
)  # fmt: skip
_HOST = frozenset({"host", "hostname"})  # of an address, more often than of a meeting


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A function that requests reach.

    Args:
        label: ``GET /api/token`` as far as it is known.
        chain: the functions from the route's own to the one that was asked about.
        around: what else its registration names: middleware.
    """

    module: Module
    function: Node
    label: str
    chain: tuple[tuple[Module, Node], ...]
    around: tuple[Node, ...] = ()


def routes(sources: Sources, module: Module, function: Node | None, depth: int = 5) -> Iterator[Route]:
    """The routes that run a function, directly or through functions of the app."""
    yield from _routes(sources, module, function, (), depth, set())


def _routes(  # noqa: PLR0917
    sources: Sources,
    module: Module,
    function: Node | None,
    chain: tuple[tuple[Module, Node], ...],
    depth: int,
    seen: set[tuple[str, int]],
) -> Iterator[Route]:
    if function is None or depth <= 0 or (module.path, function.id) in seen:
        return
    seen.add((module.path, function.id))
    chain = ((module, function), *chain)
    found = _as_route(module, function)
    if found is not None:
        yield Route(module, function, found[0], chain, found[1])
        return
    for where, call in callers(sources, module, function):
        yield from _routes(sources, where, function_of(call), chain, depth - 1, seen)


def _as_route(module: Module, function: Node) -> tuple[str, tuple[Node, ...]] | None:
    path = module.path
    if _ROUTE_FILE.search(path) or _API_FILE.search(path):
        for node, outside, _, specifier in exports(module):
            served = outside in _EXPORTED or outside in ("default", "handler", "=")
            if specifier is None and served and _contains(module, node, function):
                verb = f"{outside} " if outside in _EXPORTED else ""
                return verb + _file_route(path), tuple(_wrappers(function))
    parent = function.parent
    while parent is not None and parent.type in ("arguments", "call_expression", "parenthesized_expression"):
        if parent.type == "call_expression":
            first = string(arguments(parent)[0]) if arguments(parent) else None
            if method(parent) in _VERBS and receiver(parent) is not None and first is not None:
                verb = "" if method(parent) in ("use", "all") else method(parent).upper() + " "
                whole = tuple(each for each in arguments(parent) if not same(each, function))
                return f"{verb}{first}", whole
        parent = parent.parent
    if function.type == "method_definition":
        return _decorated(function)
    return None


def _wrappers(function: Node) -> Iterator[Node]:
    """What is called with a function: ``withSession(handler)``."""
    parent = function.parent
    while parent is not None and parent.type in ("arguments", "call_expression", "parenthesized_expression"):
        if parent.type == "call_expression" and (called := callee(parent)) is not None:
            yield called
        parent = parent.parent


def _contains(module: Module, node: Node, function: Node) -> bool:
    """Whether an export is a function, or holds it: ``export default defineEventHandler(…)``."""
    if node.start_byte <= function.start_byte and function.end_byte <= node.end_byte:
        return function_of(function) is None or node.type != "identifier"
    binding = module.binding(node)
    declared = module.at(binding.declared[0]) if binding is not None and binding.declared else None
    holder = declared.parent if declared is not None else None
    return (
        holder is not None
        and holder.start_byte <= function.start_byte
        and function.end_byte <= holder.end_byte
        and function_of(function) is None
    )


def _file_route(path: str) -> str:
    text = re.sub(r"^.*?(?=(app|pages|server)/)", "", path)
    text = re.sub(r"^(app|pages|server)/", "/", text)
    text = re.sub(r"(/route|/\+server)?\.[cm]?[jt]sx?$", "", text)
    return re.sub(r"\([^)]*\)/", "", text)


def _decorated(function: Node) -> tuple[str, tuple[Node, ...]] | None:
    before = function.prev_named_sibling
    around: list[Node] = []
    label = ""
    while before is not None and before.type in ("decorator", "comment"):
        around.append(before)
        match = re.match(r"@(Get|Post|Put|Patch|Delete|All)\(\s*['\"]?([^'\")]*)", word(before))
        if match:
            label = f"{match[1].upper()} /{match[2].lstrip('/')}"
        before = before.prev_named_sibling
    whole = function.parent.parent if function.parent is not None else None
    outer = whole.parent if whole is not None and whole.parent is not None else None
    for holder in (whole, outer):
        if holder is not None and holder.type in ("class_declaration", "export_statement"):
            around += [child for child in holder.named_children if child.type == "decorator"]
    return (label, tuple(around)) if label else None


def asks_who(sources: Sources, route: Route) -> bool:
    """Whether anything on the way of a request looks as if it knew who asks; when in doubt, it does."""
    if any(_signs(node) for _, node in route.chain) or any(_may_ask(node) for node in route.around):
        return True
    for module, function in route.chain:
        if _hands_on(function) or any(_sign(method(call)) for call in _calls(function) if method(call)):
            return True
        if _file_asks(module):
            return True
    return _app_asks(sources)


def _hands_on(function: Node) -> bool:
    """Whether a function gives the request itself to another one, which may look at who sent it."""
    given = {word(each) for each in _parameters(function)[:1]}
    return any(
        each.type == "identifier" and word(each) in given and method(call) not in _HANDED
        for call in _calls(function)
        for each in arguments(call)
    )


def _parameters(function: Node) -> list[Node]:
    listed = function.child_by_field_name("parameters")
    if listed is None:
        single = function.child_by_field_name("parameter")
        return [single] if single is not None else []
    patterns = (each.child_by_field_name("pattern") or each for each in listed.named_children)
    return [each for each in patterns if each.type == "identifier" and word(each) in _REQUESTS]


_REQUESTS = frozenset({"req", "request", "_req", "ctx", "context", "c", "event"})


def _may_ask(node: Node) -> bool:
    """Whether what is put before a route may ask who is there: all but texts, and what is known not to."""
    inner = unwrap(node)
    if inner is None or _signs(inner):
        return inner is not None
    if inner.type in ("string", "template_string", "regex", "number", "object", "true", "false", *FUNCTIONS):
        return False
    if inner.type == "array":
        return any(_may_ask(each) for each in inner.named_children)
    if inner.type == "decorator":
        inner = inner.named_children[0]
    if inner.type in ("call_expression", "new_expression", "await_expression"):
        inner = inner.child_by_field_name("function") or inner.named_children[0]
        if inner.type == "call_expression":
            return _may_ask(inner)
    return not _HARMLESS.match(word(inner).rpartition(".")[2])


def _calls(function: Node) -> Iterator[Node]:
    stack = [function]
    while stack:
        node = stack.pop()
        if node.type == "call_expression":
            yield node
        stack.extend(node.named_children)


def _signs(node: Node) -> bool:
    stack = [node]
    while stack:
        here = stack.pop()
        if here.type in _NAMES and _sign(word(here)):
            return True
        if here.type in ("string_fragment", "number") and _ASKING_TEXT.search(word(here)):
            return True
        stack.extend(here.named_children)
    return False


def _sign(text: str) -> bool:
    if text in _NOT_SIGNS or len(text) > 200:
        return False
    words = _WORD.findall(text)
    if text.lower() in _HOST or not words:
        return False
    if words[-1].lower() in ("user", "users"):  # `currentUser`, and not `userName`
        return True
    return any(_ASKS_WHO.match(each) for each in words)


def _file_asks(module: Module) -> bool:
    """Whether a file puts something before its routes that knows who asks: ``router.use(requireUser)``."""
    if "asks" not in module.memo:
        module.memo["asks"] = any(
            method(call) in _PUT_BEFORE and any(_may_ask(each) for each in arguments(call))
            for call in module.nodes("call_expression")
        )
    return bool(module.memo["asks"])


_FRONT = re.compile(
    r"(^|/)(middleware|proxy|hooks\.server|_middleware)\.[cm]?[jt]s$|(^|/)(server/)?middleware/"
)


def _app_asks(sources: Sources) -> bool:
    """Whether the app has something in front of all routes that knows who asks."""
    if "requests.app-asks" not in sources.memo:
        found = False
        for path in sources.paths:
            if _FRONT.search(path):
                module = sources.module(path)
                found = found or (module is not None and _signs(module.parsed.root))
        for module in sources.holding(b".use(", b".addHook(", b"APP_GUARD"):
            found = found or _file_asks(module) or b"APP_GUARD" in module.text.code
        sources.memo["requests.app-asks"] = found
    return bool(sources.memo["requests.app-asks"])


def said_by(sources: Sources, module: Module, node: Node | None, depth: int = 8) -> frozenset[str]:
    """Who decides a value: of ``request``, ``session``, ``app``, ``unknown`` those that may."""
    node = unwrap(node)
    if node is None or depth <= 0:
        return frozenset({"unknown"})
    kind = node.type
    if kind in ("string", "number", "true", "false", "null", "undefined", "string_fragment"):
        return frozenset({"app"})
    if kind == "await_expression":
        return said_by(sources, module, node.named_children[0], depth)
    if kind == "template_string":
        parts = [
            child.named_children[0]
            for child in node.named_children
            if child.type == "template_substitution" and child.named_children
        ]
        return _all(sources, module, parts, depth) or frozenset({"app"})
    if kind == "binary_expression":
        return _all(sources, module, [node.child_by_field_name(n) for n in ("left", "right")], depth)
    if kind == "ternary_expression":
        return _all(
            sources, module, [node.child_by_field_name(n) for n in ("consequence", "alternative")], depth
        )
    if kind == "call_expression":
        return _of_call(sources, module, node, depth)
    if kind in ("member_expression", "subscript_expression"):
        return _of_member(sources, module, node, depth)
    if kind in ("identifier", "shorthand_property_identifier"):
        return _of_name(sources, module, node, depth)
    return frozenset({"unknown"})


def _all(
    sources: Sources, module: Module, nodes: list[Node | None] | list[Node], depth: int
) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for node in nodes:
        found |= said_by(sources, module, node, depth - 1)
    return found


def _of_call(sources: Sources, module: Module, call: Node, depth: int) -> frozenset[str]:
    name, base, given = method(call), receiver(call), arguments(call)
    if _MADE.match(name):
        return frozenset({"app"})
    if base is None:
        if name in ("String", "encodeURIComponent", "decodeURIComponent", "Number", "parseInt") and given:
            return said_by(sources, module, given[0], depth - 1)
        return frozenset({"request"}) if name in _ASKING else frozenset({"unknown"})
    if name in _SAME:
        return said_by(sources, module, base, depth - 1)
    parts = members(base)
    if name in ("get", "getAll") and parts and parts[-1] in ("searchParams", "formData", "query", "params"):
        return frozenset({"request"})
    if name in ("parse", "safeParse", "parseAsync") and given:
        return said_by(sources, module, given[0], depth - 1)
    if name in (*_ASKING, "param") and parts and parts[-1] in ("req", "request"):
        return frozenset({"request"})
    if name == "get" and base.type == "identifier":
        return _of_name(sources, module, base, depth - 1) & {"request"} or frozenset({"unknown"})
    return frozenset({"unknown"})


def _of_member(sources: Sources, module: Module, node: Node, depth: int) -> frozenset[str]:
    parts = members(node)
    if not parts:
        base = unwrap(node.child_by_field_name("object"))
        if base is not None and base.type in ("await_expression", "call_expression"):
            return said_by(sources, module, base, depth - 1)
        return frozenset({"unknown"})
    if parts[:2] in (["process", "env"], ["import.meta", "env"]):
        return frozenset({"app"})
    tail = parts[1:]
    if any(part in _KNOWN for part in parts[:3]):
        return frozenset({"session"})
    if parts[0] in ("req", "request", "ctx", "context", "event", "c") and any(
        part in _ASKED for part in tail[:2]
    ):
        return frozenset({"request"})
    if parts[-1] == "searchParams":
        return frozenset({"request"})
    base = node.child_by_field_name("object")
    inner = unwrap(base)
    if inner is not None and inner.type == "identifier":
        return _of_name(sources, module, inner, depth - 1)
    return frozenset({"unknown"})


def _of_name(sources: Sources, module: Module, node: Node, depth: int) -> frozenset[str]:
    name = word(node)
    if name in _KNOWN:
        return frozenset({"session"})
    binding = module.binding(node)
    declared = module.at(binding.declared[0]) if binding is not None and binding.declared else None
    if binding is None or declared is None or depth <= 0:
        return frozenset({"unknown"})
    if binding.kind == "param":
        return _of_parameter(sources, module, declared, depth)
    if binding.written or binding.kind == "import":
        return frozenset({"unknown"})
    holder: Node | None = declared
    while holder is not None and holder.type != "variable_declarator":
        if holder.type in FUNCTIONS:
            return frozenset({"unknown"})
        holder = holder.parent
    value = holder.child_by_field_name("value") if holder is not None else None
    return said_by(sources, module, value, depth - 1)


def _of_parameter(sources: Sources, module: Module, declared: Node, depth: int) -> frozenset[str]:
    """A parameter: what a framework puts there, or what the callers give."""
    at: Node = declared
    path: list[str] = []
    while at.parent is not None and at.parent.type not in ("formal_parameters", *FUNCTIONS):
        if at.type == "pair_pattern":
            path.append(word(at.child_by_field_name("key")))
        elif at.type == "shorthand_property_identifier_pattern":
            path.append(word(at))
        at = at.parent
    for decorator in at.children_by_field_name("decorator"):
        if word(decorator).startswith(("@Body", "@Query", "@Param")):
            return frozenset({"request"})
    function = function_of(declared)
    if function is None:
        return frozenset({"unknown"})
    if _as_route(module, function) is not None:
        if set(path) & _ASKED:
            return frozenset({"request"})
        return frozenset({"unknown"})
    listed = [
        each
        for each in (function.child_by_field_name("parameters") or function).named_children
        if each.type != "comment"
    ]
    index = next((i for i, each in enumerate(listed) if each.id == at.id), None)
    if index is None:
        return frozenset({"unknown"})
    found: frozenset[str] = frozenset()
    for where, call in callers(sources, module, function):
        given = arguments(call)
        value: Node | None = given[index] if index < len(given) else None
        for part in reversed(path):
            if value is not None and value.type == "object":
                value = fields(value).get(part)
        found |= said_by(sources, where, value, depth - 1) if value is not None else frozenset({"app"})
    return found or frozenset({"unknown"})
