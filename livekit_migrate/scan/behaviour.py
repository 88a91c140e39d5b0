"""What well-known functions do with what they are given, as far as following values needs it: words only."""

from __future__ import annotations

import re

# Names that browsers and Node give: known, and nothing of ours.
PLATFORM = frozenset(
    {"console", "process", "window", "globalThis", "self", "global", "document", "navigator"}
    | {"Math", "JSON", "Object", "Array", "Promise", "Map", "Set", "WeakMap", "WeakSet", "Reflect"}
    | {"Symbol", "Number", "String", "Boolean", "Date", "RegExp", "Error", "Buffer", "Proxy"}
    | {"fetch", "setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask"}
    | {"requestAnimationFrame", "location", "history", "localStorage", "sessionStorage"}
    | {"performance", "crypto"}
)
# A field of a container that is one of its elements.
PULLS = frozenset({"[]", "current", "value", "state", "getState", "getValue", "peek", "Provider", "Consumer"})
# The places of an array pattern.
SPLITS = ("[0]", "[1]", "[2]", "[3]")
# Methods that give one element.
TAKES = frozenset(
    {
        "get",
        "at",
        "find",
        "findLast",
        "pop",
        "shift",
        "first",
        "last",
        "getState",
        "getValue",
        "reduce",
        "peek",
    }
    | {"next", "then"}
)
# Methods that give a container of the same elements.
SAME = frozenset(
    {"filter", "slice", "values", "entries", "keys", "reverse", "concat", "flat", "sort"}
    | {"toArray", "toSorted", "subscribe", "forEach", "some", "every", "pipe", "splice", "set", "add"}
)
# Methods that put their arguments in.
PUTS = frozenset(
    {
        "set",
        "push",
        "add",
        "unshift",
        "next",
        "put",
        "register",
        "save",
        "store",
        "insert",
        "append",
        "concat",
    }
    | {
        "fill",
        "splice",
        "update",
        "dispatch",
        "provide",
        "setState",
        "setValue",
        "assign",
        "patch",
        "enqueue",
    }
)
# Methods that call their argument with the elements.
ITERATES = frozenset(
    {
        "forEach",
        "map",
        "filter",
        "find",
        "findLast",
        "some",
        "every",
        "flatMap",
        "findIndex",
        "sort",
        "reduce",
    }
    | {"subscribe", "update", "setState", "then", "getState", "set", "watch", "select", "computed", "produce"}
    | {"tap", "pipe", "use"}
)
# Those of them that give a container of what the function gives.
MAPS = ("map", "flatMap")

# Functions that make a container: state, refs, contexts, stores, collections.
MAKERS = re.compile(
    r"^(?:use(?!\w*Effect$|ImperativeHandle)[A-Z]|create[A-Z]|create$|ref$|shallowRef|customRef|signal$|writable"
    r"|readable|atom|observable|box$|state$|reactive|proxy|defineStore|Map$|Set$|WeakMap|WeakSet|Array$|WeakRef)"
    r"|(?:Subject|Map|Set|Cache|Store|Ref|Pool)$"
)
# Functions whose result is what they are given, or what the function that they are given gives.
THROUGH = frozenset(
    {"useContext", "inject", "useMemo", "useCallback", "computed", "toRaw", "markRaw", "unref", "reactive"}
    | {
        "shallowReactive",
        "readonly",
        "observable",
        "use",
        "memo",
        "promisify",
        "forwardRef",
        "observer",
        "get",
    }
    | {"useStore", "useSelector", "useSyncExternalStore", "useShallow", "useSnapshot", "storeToRefs", "proxy"}
    | {"create", "createStore", "combine", "devtools", "persist", "immer", "merge", "derived"}
    | {"subscribeWithSelector", "all", "allSettled", "race", "any", "resolve", "freeze", "seal", "assign"}
    | {"from", "values", "entries", "fromEntries", "of"}
)
# Those whose argument's elements are the elements of the result.
COLLECTS = ("values", "entries", "from", "all", "allSettled", "race", "any", "fromEntries")
# Those that use all arguments; of the others a later argument is dependencies or options.
SEVERAL = ("assign", "combine", "of", "race", "merge")
# Those whose result is the very function that they are given.
WRAPS = ("useCallback", "memo", "forwardRef", "observer", "promisify")

# Field names that say nothing about what is in them.
VAGUE = frozenset(
    {"data", "value", "current", "state", "props", "options", "result", "payload", "item", "items", "args"}
    | {"config", "ctx", "event", "detail", "body", "params", "query", "res", "req", "response", "request"}
    | {"client", "server", "socket", "user", "self", "target", "node", "children", "map", "list", "default"}
    | {"context", "store", "instance", "name", "type", "kind", "get", "set", "then", "app", "key", "length"}
    | {"next", "error", "message"}
)
