"""Edits of the app's own files: made where they are sure, else said with file and line."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from livekit_migrate.core.result import Finding
from tests.scaffold.apps import EXPRESS, FASTIFY, HONO, NEXT, VITE, init, package, planned, write


def finding(app: Path, wanted: str, **options: object) -> Finding:
    return next(each for each in planned(app, **options).findings if each.id == wanted)


def mounted(folder: Path, files: dict[str, str]) -> str:
    """What init makes of the file in which it mounts the routes."""
    found = init(write(folder, files))
    outcome = next(each for each in found.outcomes if each.id == "init.routes")
    assert outcome.state == "edit", outcome
    return (folder / outcome.file).read_text()


def express(code: str, name: str = "app.js") -> dict[str, str]:
    return {**EXPRESS, "package.json": package("api", "express", main=name), name: code}


PLACES = {
    "behind middleware, before routes": """\
        const express = require("express");
        const app = express();
        app.use(express.json());
        app.use(session);
        //
        app.use("/api", api);
        app.use((error, req, res, next) => res.send("x"));
        app.listen(1);
        """,
    "in a function": """\
        const express = require("express");
        function make() {
          const app = express();
          app.use(express.json());
          //
          app.get("/", home);
          return app;
        }
        make().listen(1);
        """,
    "before what answers the rest": """\
        const express = require("express");
        const app = express();
        app.set("x", 1);
        //
        app.use((req, res) => res.sendStatus(404));
        app.listen(1);
        """,
    "behind a helper that is middleware by its name": """\
        const express = require("express");
        const app = express();
        setupMiddleware(app);
        //
        setupRoutes(app);
        app.listen(1);
        """,
}


@pytest.mark.parametrize("name", PLACES)
def test_where_express_routes_go(tmp_path: Path, name: str) -> None:
    code = dedent(PLACES[name])
    indent = code[: code.index("//")].rpartition("\n")[2]
    text = mounted(tmp_path, express(code.replace(f"{indent}//\n", "")))
    wanted = code.replace("//\n", 'app.use("/livekit", livekitRouter());\n')
    first, rest = wanted.split("\n", 1)
    assert text == f'{first}\nconst {{ livekitRouter }} = require("./livekit/routes");\n{rest}'


def test_the_app_that_is_served_among_several(tmp_path: Path) -> None:
    files = {
        **HONO,
        "src/index.ts": """\
            import { Hono } from "hono";
            import rooms from "./rooms";
            import { serve } from "@hono/node-server";

            const app = new Hono();
            app.use("*", cors());
            app.route("/rooms", rooms);
            serve(app);
            """,
        "src/rooms.ts": 'import { Hono } from "hono";\nconst rooms = new Hono();\nexport default rooms;\n',
    }
    text = mounted(tmp_path, files)
    assert text.index("cors()") < text.index('app.route("/livekit"') < text.index('app.route("/rooms"')


def test_the_checked_variables_are_handed_over(tmp_path: Path) -> None:
    files = {
        **HONO,
        "src/env.ts": """\
            import { z } from "zod";

            const schema = z.object({
              PORT: z.coerce.number().default(3000),
            });

            export const env = schema.parse(process.env);
            """,
    }
    text = mounted(tmp_path, files)
    assert "import { env } from './env.js'\n" in text
    assert "app.route('/livekit', livekitRoutes(env))\n" in text
    schema = (tmp_path / "src/env.ts").read_text()
    assert "  LIVEKIT_URL: z.string().optional(),\n" in schema
    assert schema.index("PORT:") < schema.index("LIVEKIT_URL:") < schema.index("});")


def test_envalid_and_fastify(tmp_path: Path) -> None:
    files = {
        **FASTIFY,
        "env.js": """\
            import { cleanEnv, str } from 'envalid'

            export const env = cleanEnv(process.env, { HOST: str() })
            """,
    }
    text = mounted(tmp_path, files)
    assert "fastify.register(livekitRoutes, { prefix: '/livekit', env })\n" in text
    assert "{ HOST: str(), LIVEKIT_URL: str({ default: undefined }), " in (tmp_path / "env.js").read_text()


def test_a_schema_that_cannot_be_added_to_is_said(tmp_path: Path) -> None:
    code = "import { cleanEnv, url } from 'envalid'\nexport const env = cleanEnv(process.env, { A: url() })\n"
    found = finding(write(tmp_path, {**FASTIFY, "env.js": code}), "init.env")
    assert found.status == "fail"
    assert str(found.location) == "env.js:2"
    assert "LIVEKIT_URL: str({ default: undefined })," in found.evidence["edit"]


def test_livekit_is_answered_already(tmp_path: Path) -> None:
    code = EXPRESS["app.js"].replace("app.get('/'", "app.get('/livekit/token'")
    found = finding(write(tmp_path, {**EXPRESS, "app.js": code}), "init.routes")
    assert found.status == "fail"
    assert str(found.location) == "app.js:5"
    assert "answers /livekit already" in found.detail
    assert found.evidence["edit"] == (
        "const { livekitRouter } = require('./livekit/routes')\napp.use('/livekit', livekitRouter())"
    )


def test_a_syntax_error_is_left_alone_with_its_line(tmp_path: Path) -> None:
    code = EXPRESS["app.js"] + "\nconst = 1\n"
    app = write(tmp_path, {**EXPRESS, "app.js": code})
    before = (app / "app.js").read_bytes()
    found = finding(app, "init.routes")
    assert found.location is not None
    assert found.location.line == dedent(code).splitlines().index("const = 1") + 1
    init(app)
    assert (app / "app.js").read_bytes() == before
    assert (app / "livekit/routes.js").is_file(), "the rest goes on"


def test_a_server_that_a_syntax_error_hides_is_found_by_its_entry(tmp_path: Path) -> None:
    code = "import { Hono } from 'hono'\nconst app = new Hono(\napp.get('/', => {\n"
    found = finding(write(tmp_path, {**HONO, "src/index.ts": code}), "init.routes")
    assert found.location is not None
    assert (found.location.file, found.location.line) == ("src/index.ts", 2)
    assert "syntax error" in found.detail


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_marks_and_line_ends_of_the_file_are_kept(tmp_path: Path, mark: bytes) -> None:
    app = write(tmp_path, HONO)
    entry = app / "src/index.ts"
    entry.write_bytes(mark + entry.read_bytes().replace(b"\n", b"\r\n"))
    init(app)
    raw = entry.read_bytes()
    assert raw.startswith(mark + b"import")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert b"import { livekitRoutes } from './livekit/routes.js'\r\n" in raw
    written = (app / "src/livekit/config.ts").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > 0


def test_a_layout_with_several_places_is_left_alone(tmp_path: Path) -> None:
    layout = NEXT["src/app/layout.tsx"].replace("{children}</body>", "{children}{children}</body>")
    found = finding(write(tmp_path, {**NEXT, "src/app/layout.tsx": layout}), "init.provider")
    assert found.status == "fail"
    assert found.detail == "2 {children} in the layout"
    assert "<LiveKitProvider>{children}</LiveKitProvider>" in found.evidence["edit"]


def test_the_layout_below_a_language(tmp_path: Path) -> None:
    files = {name.replace("app/layout", "app/[lang]/layout"): text for name, text in NEXT.items()}
    init(write(tmp_path, files))
    text = (tmp_path / "src/app/[lang]/layout.tsx").read_text()
    assert 'from "../../livekit/LiveKitProvider"' in text


def test_an_app_inside_of_providers(tmp_path: Path) -> None:
    main = VITE["src/main.tsx"].replace("<App />", "<Theme><App /></Theme>")
    init(write(tmp_path, {**VITE, "src/main.tsx": main}))
    text = (tmp_path / "src/main.tsx").read_text()
    assert (
        "    <Theme>\n      <LiveKitProvider>\n        <App />\n      </LiveKitProvider>\n    </Theme>\n"
        in text
    )


def test_the_pages_router_is_wrapped_in_its_app(tmp_path: Path) -> None:
    files = {
        "package.json": NEXT["package.json"],
        "pages/index.tsx": "export default function Home() {\n  return null;\n}\n",
        "pages/_app.tsx": """\
            import type { AppProps } from "next/app";

            export default function App({ Component, pageProps }: AppProps) {
              return <Component {...pageProps} />;
            }
            """,
    }
    assert init(write(tmp_path, files)).complete
    text = (tmp_path / "pages/_app.tsx").read_text()
    assert 'import { LiveKitProvider } from "../livekit/LiveKitProvider";\n' in text
    assert "<LiveKitProvider>\n    <Component {...pageProps} />\n  </LiveKitProvider>;" in text


def test_another_server_gets_what_needs_no_framework(tmp_path: Path) -> None:
    files = {
        "package.json": package("api", "@nestjs/core"),
        "src/main.ts": 'import { NestFactory } from "@nestjs/core";\nvoid NestFactory;\n',
    }
    app = write(tmp_path, files)
    found = finding(app, "init.server-unsupported")
    assert found.status == "fail"
    assert str(found.location) == "src/main.ts"
    assert "livekit.token(" in found.evidence["edit"]
    init(app)
    assert (app / "src/livekit/handlers.ts").is_file()
    assert not (app / "src/livekit/routes.ts").exists()
