"""The twelve kinds of sites, and what is none."""

from __future__ import annotations

import pytest

from tests.scan.projects import read

KINDS = [
    ("import * as ms from 'mediasoup';", "import", "mediasoup", ("*:ms",)),
    ("import ms, { types as t } from 'mediasoup';", "import", "mediasoup", ("default:ms", "types as t")),
    ("import 'mediasoup-client';", "import", "mediasoup-client", ()),
    (
        "import type { Worker } from 'mediasoup/node/lib/Worker';",
        "import-type",
        "mediasoup/node/lib/Worker",
        ("Worker",),
    ),
    ("export { Device } from 'mediasoup-client';", "export-from", "mediasoup-client", ("Device",)),
    ("export * from 'mediasoup-client/lib/types';", "export-from", "mediasoup-client/lib/types", ("*",)),
    ("const { createWorker } = require('mediasoup');", "require", "mediasoup", ("createWorker",)),
    ("import ms = require('mediasoup');", "require", "mediasoup", ("*:ms",)),
    ("const ms = await import('mediasoup');", "dynamic-import", "mediasoup", ()),
    ("let a: import('mediasoup').types.Worker;", "ts-import-type", "mediasoup", ()),
    ("let a: typeof import('mediasoup');", "ts-import-type", "mediasoup", ()),
    ("const a = await f<typeof import('mediasoup')>();", "ts-import-type", "mediasoup", ()),
    ("/** @type {import('mediasoup').types.Router} */ let a;", "jsdoc-import", "mediasoup", ()),
    ("vi.mock('mediasoup-client', () => ({}));", "mock", "mediasoup-client", ()),
    ("jest.mock(`mediasoup`);", "mock", "mediasoup", ()),
    ("declare module 'mediasoup-client' { }", "declare-module", "mediasoup-client", ()),
    ("const c = window.mediasoupClient;", "global", "window.mediasoupClient", ()),
    ("const c = (window as any)['mediasoupClient'];", "global", "window.mediasoupClient", ()),
    ("const d = new mediasoupClient.Device();", "bare-global", "mediasoupClient", ()),
    ("import { w } from 'mediasoup-client-aiortc';", "import", "mediasoup-client-aiortc", ("w",)),
    ("import p from 'protoo-client';", "import", "protoo-client", ("default:p",)),
]


@pytest.mark.parametrize(("code", "kind", "specifier", "names"), KINDS)
def test_each_kind(code: str, kind: str, specifier: str, names: tuple[str, ...]) -> None:
    (site,) = read("a.ts", f"\n  {code}\n").sites
    assert (site.kind, site.specifier, site.names, site.line) == (kind, specifier, names, 2)


@pytest.mark.parametrize(
    "code",
    [
        "// import ms from 'mediasoup';",
        "/* const ms = require('mediasoup') */",
        "// let a: import('mediasoup').types.Router;",
        "/* import('mediasoup') */",
        "const a = 'mediasoup';",
        "const a = \"import ms from 'mediasoup'\";",
        "import { a } from './mediasoup';",
        "import { a } from '@/mediasoup/client';",
        "import { a } from 'simple-mediasoup-peer';",
        "import { a } from 'mediasouper';",
        "log('mediasoup');",
        "const mediasoupClient = f(); mediasoupClient.g();",
        "a.mediasoupClient.b();",
        "require(`mediasoup/${a}`);",
    ],
)
def test_what_is_no_site(code: str) -> None:
    assert read("a.ts", code).sites == ()


def test_a_site_is_where_its_statement_begins() -> None:
    (site,) = read("a.ts", "x();  import {\n  Device,\n} from\n  'mediasoup-client';").sites
    assert (site.line, site.column) == (1, 7)


def test_families_and_sides_are_told_apart() -> None:
    facts = read("a.ts", "import 'mediasoup'; import 'protoo-server'; import 'livekit-client';")
    assert [(site.family, site.side) for site in facts.sites] == [
        ("mediasoup", "server"),
        ("protoo", "signalling"),
    ]
    assert [(site.package, site.family) for site in facts.livekit] == [("livekit-client", "livekit")]


def test_script_tags_and_scripts_of_a_page() -> None:
    page = """\
    <!-- <script src="mediasoup-client.js"></script> -->
    <script src="https://cdn.example/MediasoupClient.min.js"></script>
    <script src="app.js"></script>
    <script>
      const device = new window.mediasoupClient.Device();
    </script>
    """
    sites = read("index.html", page).sites
    assert [(s.line, s.kind, s.package) for s in sites] == [
        (2, "script-tag", "url:mediasoup-client"),
        (5, "global", "mediasoup-client"),
    ]


@pytest.mark.parametrize("name", ["A.vue", "A.svelte"])
def test_components_are_read_at_their_own_lines(name: str) -> None:
    code = "<template/>\n<script setup lang=\"ts\">\nimport { Device } from 'mediasoup-client'\n</script>"
    assert [(s.line, s.specifier) for s in read(name, code).sites] == [(3, "mediasoup-client")]
