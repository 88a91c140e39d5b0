"""Which frameworks a package stands on: from its dependencies and the files that give them away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .manifests import Package, join

Side = Literal["client", "server", "both", "signalling"]


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that a package uses.

    Args:
        name: ``next``, ``vite``, ``express``, …
        side: where its code runs; ``signalling`` is what carries messages between both.
        version: as the manifest asks for it.
        router: of Next.js: ``app``, ``pages``, or ``app+pages``.
        packages: any of which a file imports that uses it.
    """

    name: str
    side: Side
    version: str = ""
    router: str = ""
    packages: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name} ({self.router} router)" if self.router else self.name


# Dependency → what it says. The first that a framework has names its version.
_SIGNS: tuple[tuple[str, Side, tuple[str, ...]], ...] = (
    ("next", "both", ("next",)),
    ("nuxt", "both", ("nuxt", "nuxt3", "nuxt-edge")),
    ("remix", "both", ("@remix-run/react", "@remix-run/node", "@remix-run/dev")),
    ("react-router", "both", ("@react-router/dev",)),
    ("sveltekit", "both", ("@sveltejs/kit",)),
    ("solid-start", "both", ("@solidjs/start", "solid-start")),
    ("astro", "both", ("astro",)),
    ("cra", "client", ("react-scripts",)),
    ("vite", "client", ("vite",)),
    ("webpack", "client", ("webpack",)),
    ("react-native", "client", ("react-native",)),
    ("electron", "client", ("electron",)),
    ("react", "client", ("react", "preact")),
    ("vue", "client", ("vue",)),
    ("svelte", "client", ("svelte",)),
    ("angular", "client", ("@angular/core",)),
    ("solid", "client", ("solid-js",)),
    ("nest", "server", ("@nestjs/core",)),
    ("express", "server", ("express",)),
    ("fastify", "server", ("fastify",)),
    ("hono", "server", ("hono",)),
    ("koa", "server", ("koa",)),
    ("h3", "server", ("h3", "nitropack", "nitro")),
    ("adonis", "server", ("@adonisjs/core",)),
    ("socket.io", "signalling", ("socket.io", "@nestjs/platform-socket.io")),
    ("socket.io-client", "signalling", ("socket.io-client", "vue-socket.io", "ngx-socket-io")),
    ("ws", "signalling", ("ws", "@nestjs/platform-ws", "@hono/node-ws", "@fastify/websocket", "express-ws")),
    ("uwebsockets", "signalling", ("uWebSockets.js",)),
    ("protoo-server", "signalling", ("protoo-server",)),
    ("protoo-client", "signalling", ("protoo-client",)),
    ("peerjs", "signalling", ("peerjs",)),
    ("trpc", "signalling", ("@trpc/server", "@trpc/client")),
    ("graphql", "signalling", ("graphql-subscriptions", "apollo-server-express", "@nestjs/graphql")),
    ("amqp", "signalling", ("amqplib", "amqp-connection-manager")),
    ("redis", "server", ("ioredis", "redis", "@socket.io/redis-adapter")),
)


def frameworks(package: Package, files: Iterable[str]) -> tuple[Framework, ...]:
    """The frameworks of a package.

    Args:
        files: of the app, relative to its root; only those in the package matter.
    """
    found: list[Framework] = []
    for name, side, signs in _SIGNS:
        sign = next((each for each in signs if each in package.needs), None)
        if sign is not None:
            router = next_router(package.folder, files) if name == "next" else ""
            found.append(Framework(name, side, package.needs[sign], router, tuple(signs)))
    return tuple(found)


def next_router(folder: str, files: Iterable[str]) -> str:
    """Which routers of Next.js a package uses: both may stand side by side."""
    routers = []
    for router, sign in (("app", "layout"), ("pages", "")):
        places = tuple(join(folder, f"{top}{router}/") for top in ("", "src/"))
        for path in files:
            if not path.startswith(places):
                continue
            stem = path.rpartition("/")[2].partition(".")[0]
            if not sign or stem in (sign, "page", "route"):
                routers.append(router)
                break
    return "+".join(routers)


def by_name(found: Iterable[Framework]) -> Mapping[str, Framework]:
    """The first of each name."""
    named: dict[str, Framework] = {}
    for each in found:
        named.setdefault(each.name, each)
    return named
