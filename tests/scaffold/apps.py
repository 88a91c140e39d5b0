"""Apps as their documented quick starts lay them out, and what init does with them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from livekit_migrate.core import journal
from livekit_migrate.scaffold.model import Options, Plan
from livekit_migrate.scaffold.plan import plan


def package(name: str, *needs: str, **more: object) -> str:
    document = {"name": name, "private": True, **more, "dependencies": dict.fromkeys(needs, "^1.0.0")}
    return json.dumps(document, indent=2) + "\n"


# create-next-app --ts --app --src-dir
NEXT = {
    "package.json": package("site", "next", "react", "react-dom", scripts={"dev": "next dev"}),
    "tsconfig.json": '{"compilerOptions": {"strict": true, "paths": {"@/*": ["./src/*"]}}}\n',
    "src/app/layout.tsx": """\
        import type { Metadata } from "next";
        import "./globals.css";

        export const metadata: Metadata = {
          title: "Create Next App",
        };

        export default function RootLayout({
          children,
        }: Readonly<{
          children: React.ReactNode;
        }>) {
          return (
            <html lang="en">
              <body className="antialiased">{children}</body>
            </html>
          );
        }
        """,
    "src/app/page.tsx": """\
        export default function Home() {
          return <main>Hello</main>;
        }
        """,
}

# npm create vite -- --template react-ts
VITE = {
    "package.json": package("front", "react", "react-dom", type="module")[:-3]
    + ',\n  "devDependencies": {\n    "vite": "^7.0.0"\n  }\n}\n',
    "tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}\n',
    "src/main.tsx": """\
        import { StrictMode } from 'react'
        import { createRoot } from 'react-dom/client'
        import './index.css'
        import App from './App.tsx'

        createRoot(document.getElementById('root')!).render(
          <StrictMode>
            <App />
          </StrictMode>,
        )
        """,
    "src/App.tsx": """\
        function App() {
          return <h1>Vite + React</h1>
        }

        export default App
        """,
}

# npm create hono -- --template nodejs
HONO = {
    "package.json": package("api", "hono", "@hono/node-server", type="module"),
    "src/index.ts": """\
        import { serve } from '@hono/node-server'
        import { Hono } from 'hono'

        const app = new Hono()

        app.get('/', (c) => {
          return c.text('Hello Hono!')
        })

        serve({
          fetch: app.fetch,
          port: 3000
        }, (info) => {
          console.log(`Server is running on http://localhost:${info.port}`)
        })
        """,
}

# expressjs.com, Hello world
EXPRESS = {
    "package.json": package("api", "express", main="app.js"),
    "app.js": """\
        const express = require('express')
        const app = express()
        const port = 3000

        app.get('/', (req, res) => {
          res.send('Hello World!')
        })

        app.listen(port, () => {
          console.log(`Example app listening on port ${port}`)
        })
        """,
}

# fastify.dev, Getting started
FASTIFY = {
    "package.json": package("api", "fastify", type="module", main="server.js"),
    "server.js": """\
        import Fastify from 'fastify'

        const fastify = Fastify({
          logger: true
        })

        fastify.get('/', async function handler (request, reply) {
          return { hello: 'world' }
        })

        try {
          await fastify.listen({ port: 3000 })
        } catch (err) {
          fastify.log.error(err)
          process.exit(1)
        }
        """,
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).encode())
    return folder


def workspace(web: Mapping[str, str], server: Mapping[str, str]) -> dict[str, str]:
    """Both in an npm workspace."""
    top = {"package.json": '{\n  "name": "shop",\n  "private": true,\n  "workspaces": ["apps/*"]\n}\n'}
    return (
        top
        | {f"apps/web/{name}": text for name, text in web.items()}
        | {f"apps/server/{name}": text for name, text in server.items()}
    )


def planned(app: Path, **options: object) -> Plan:
    """What init would do; a question of it is a failure."""

    def ask(name: str, sides: object, option: str) -> None:
        raise AssertionError(f"asked for {name}: {option}, {sides}")

    return plan(app, Options(**options), ask)  # type: ignore[arg-type]


def init(app: Path, **options: object) -> Plan:
    """Init, carried out."""
    found = planned(app, **options)
    journal.apply(found.changes)
    return found


def prints(folder: Path) -> dict[str, str]:
    """Every file's hash, what lkm keeps for itself left out."""
    found = {}
    for top, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in (".lkm", ".git")]
        for name in names:
            path = Path(top, name)
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def failed(found: Plan) -> dict[str, str]:
    """What is left to the user: id → file."""
    return {
        each.id: each.location.file if each.location else ""
        for each in found.findings
        if each.status == "fail"
    }
