"""Calls of Mediasoup's API: followed from its exports to the receivers, whatever the way."""

from __future__ import annotations

import pytest

from livekit_migrate.scan.link import link
from tests.scan.projects import Files, calls, found, marked, read

SERVER = """
import * as mediasoup from 'mediasoup';
const worker = await mediasoup.createWorker(); //! mediasoup.createWorker
const router = await worker.createRouter({}); //! worker.createRouter
"""


WAYS = {
    "factories": """
        import * as mediasoup from 'mediasoup';
        const worker = await mediasoup.createWorker(); //! mediasoup.createWorker
        const router = await worker.createRouter({}); //! worker.createRouter
        const t = await router.createWebRtcTransport({}); //! router.createWebRtcTransport
        const p = await t.produce({}); //! t.produce
        await p?.pause(); //! p.pause
        (await t.consume({}))!.resume(); //! t.consume (awaitt.consume({}))!.resume
    """,
    "named and renamed imports": """
        import { createWorker as make, types } from 'mediasoup';
        const a = await make(); //! .createWorker
        a.close(); //! a.close
    """,
    "require and destructuring": """
        const { createWorker } = require('mediasoup');
        createWorker().then((w) => w.close()); //! .createWorker w.close
        module.exports = {};
    """,
    "type annotations": """
        import type { types as t } from 'mediasoup';
        import { Consumer } from 'mediasoup-client/lib/types';
        function f(a: t.Producer, b: Consumer | undefined, c: Array<t.Transport>) {
          a.close(); //! a.close
          b?.pause(); //! b.pause
          c[0].close(); //! c[0].close
        }
    """,
    "import types": """
        let p: import('mediasoup').types.Producer;
        p.close(); //! p.close
    """,
    "interfaces, aliases and nested objects": """
        import { types } from 'mediasoup';
        interface Peer { id: string; media: { up?: types.Transport } }
        type Maybe = Peer | null;
        function f(peer: Maybe) { peer!.media.up?.close(); } //! peer!.media.up.close
    """,
    "class fields and methods": """
        import { Device } from 'mediasoup-client';
        class Client {
          private device = new Device(); //! Device.newDevice
          #send;
          get up() { return this.#send; }
          async start() {
            await this.device.load({}); //! this.device.load
            this.#send = this.device.createSendTransport({}); //! this.device.createSendTransport
            this.up.produce({}); //! this.up.produce
          }
        }
    """,
    "parameter properties": """
        import { types } from 'mediasoup';
        class Room { constructor(private readonly router: types.Router) {}
          end() { this.router.close(); } //! this.router.close
        }
    """,
    "inheritance": """
        import { types } from 'mediasoup';
        class Base { protected t!: types.Transport }
        class More extends Base { end() { this.t.close(); } } //! this.t.close
    """,
    "maps and sets": """
        import { types } from 'mediasoup';
        const all = new Map<string, types.Producer>();
        all.get('a')?.close(); //! all.get('a').close
        for (const [, p] of all) p.pause(); //! p.pause
        for (const p of all.values()) p.pause(); //! p.pause
        all.forEach((p) => p.resume()); //! p.resume
        [...all.values()].filter((p) => p.paused).map((p) => p.resume()); //! p.resume
    """,
    "untyped containers": """
        import * as m from 'mediasoup';
        const peers = {};
        const list = [];
        async function f(id) {
          const w = await m.createWorker(); //! m.createWorker
          list.push(w);
          peers[id] = { router: await w.createRouter() }; //! w.createRouter
          list[0].close(); //! list[0].close
          peers[id].router.close(); //! peers[id].router.close
          Object.values(peers).forEach((p) => p.router.close()); //! p.router.close
        }
    """,
    "functions that pass it on": """
        import * as m from 'mediasoup';
        async function make() { return await m.createWorker(); } //! m.createWorker
        const use = ({ worker: w }) => w.close(); //! w.close
        make().then((worker) => use({ worker }));
    """,
    "react state, refs and context": """
        import { createContext, useContext, useRef, useState, useCallback } from 'react';
        import { Device, types } from 'mediasoup-client';
        const Ctx = createContext(null);
        const App = () => {
          const ref = useRef<types.Transport | null>(null);
          const [device, setDevice] = useState(null);
          const go = useCallback(async () => {
            const d = new Device(); //! Device.newDevice
            setDevice(d);
            ref.current = d.createSendTransport({}); //! d.createSendTransport
            ref.current.produce({}); //! ref.current.produce
            device.load({}); //! device.load
          }, [device]);
          return <Ctx.Provider value={{ device }}><Child /></Ctx.Provider>;
        };
        const Child = () => {
          const { device } = useContext(Ctx);
          return <button onClick={() => device.canProduce('audio')} />; //! device.canProduce
        };
    """,
    "a store": """
        import create from 'zustand';
        import { Device } from 'mediasoup-client';
        const useStore = create((set, get) => ({
          device: null,
          init: () => set({ device: new Device() }), //! Device.newDevice
          load: () => get().device.load({}), //! get().device.load
        }));
        const A = () => { const device = useStore((s) => s.device); device.load({}); }; //! device.load
    """,
    "a promise made by hand": """
        import * as m from 'mediasoup';
        const get = () => new Promise((resolve) => m.createWorker().then(resolve)); //! m.createWorker
        const one = () => new Promise(async (done) => { done(await m.createWorker()); }); //! m.createWorker
        one().then((w) => w.close()); //! w.close
    """,
    "Promise.all": """
        import * as m from 'mediasoup';
        const [a, b] = await Promise.all([m.createWorker(), 1]); //! m.createWorker
        b.close(); //! b.close
    """,
    "constructor functions": """
        const m = require('mediasoup');
        function Room(router) { this.router = router; }
        Room.prototype.end = function () { this.router.close(); }; //! this.router.close
        m.createWorker().then((w) => new Room(w.createRouter()).end()); //! m.createWorker w.createRouter
    """,
    "observers": """
        import { types } from 'mediasoup';
        function f(router: types.Router) {
          router.observer.on('newtransport', (t) => t.close()); //! router.observer.on t.close
        }
    """,
    "extracted methods": """
        import { types } from 'mediasoup';
        function f({ close }: types.Router) { close(); } //! .close
    """,
    "the global of a script tag": """
        const device = new mediasoupClient.Device(); //! mediasoupClient.Device.newDevice
        device.load({}); //! device.load
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_the_receiver_is_followed(way: str) -> None:
    got, wanted = marked(WAYS[way], "a.tsx")
    assert sorted(got) == sorted(wanted)


def test_it_is_followed_through_files() -> None:
    files = {
        "src/sfu/worker.ts": "import * as m from 'mediasoup';\nexport const start = () => m.createWorker();",
        "src/sfu/types.ts": "export type { Router as SfuRouter } from 'mediasoup/types';",
        "src/sfu/index.ts": "export * from './worker';\nexport * from './types';",
        "src/room.ts": "import { SfuRouter } from '@/sfu';\nexport class Room { router!: SfuRouter }",
        "packages/shared/main.ts": "export { Room } from '../../src/room';",
        "app/a.ts": "import { Room } from '@app/shared';\nconst end = (room: Room) => room.router.close();",
        "app/b.js": "const sfu = require('../src/sfu');\nsfu.start().then((w) => { w.close(); });",
        "app/c.ts": "import * as all from '../src/sfu';\nasync () => (await all.start()).close();",
    }
    assert found(files, {"@app/shared": "packages/shared/main.ts"}) == [
        "app/a.ts:2 room.router.close",
        "app/b.js:2 w.close",
        "app/c.ts:2 (await all.start()).close",
        "src/sfu/worker.ts:2 m.createWorker",
    ]


def test_a_file_of_the_repository_is_no_package() -> None:
    files = {
        "mediasoup/room.ts": "export class Room { close() {} }",
        "a.ts": "import { Room } from 'mediasoup/room';\nnew Room().close();",
    }
    facts = [read(name, text) for name, text in files.items()]
    linked = link(facts, Files(list(files), {"mediasoup/room": "mediasoup/room.ts"}))
    assert [(site.file, site.specifier) for site in linked.own] == [("a.ts", "mediasoup/room")]
    assert linked.calls == ()


def test_scripts_of_a_page_share_their_names() -> None:
    files = {
        "index.html": "<script src='mediasoup-client.js'></script><script src='a.js'></script>",
        "a.js": "let device;\nfunction init() { device = new window.mediasoupClient.Device(); }",
        "b.js": "function go() { device.load({}); }",
    }
    assert found(files)[1:] == ["b.js:1 device.load"]


NOTHING = [
    "const room = io.of('/a'); room.close();",
    "import { Kafka } from 'kafkajs'; const producer = new Kafka().producer(); producer.close();",
    "class Room { produce() {} go() { this.produce(); } } new Room().produce();",
    "import express from 'express'; const router = express.Router(); router.load(); router.close();",
    "const worker = new Worker('a.js'); worker.on('died', f); worker.close();",
    "import mail from 'nodemailer'; const transport = mail.createTransport({}); transport.close();",
    "import winston from 'winston'; const transport = new winston.transports.File({}); transport.close();",
    "function f(a: types.Producer) { a.track.stop(); a.appData.close(); }",
    "video.load(); document.on('score', f);",
]


@pytest.mark.parametrize("code", NOTHING)
def test_something_else_of_that_name_is_none(code: str) -> None:
    assert found({"a.ts": f"import {{ types }} from 'mediasoup';\n{code}"}) == []


def test_without_a_site_there_are_no_calls() -> None:
    assert found({"a.js": "device.createSendTransport({}); producer.close(); router.pipeToRouter()"}) == []


def test_what_only_names_say_is_inferred() -> None:
    files = {
        "a.js": "import 'mediasoup';\nimport { b } from './b';",
        "b.js": "export const b = (transport, x) => {\ntransport.consume()\nx.close()\nx.pipeToRouter()}",
    }
    assert found(files) == ["b.js:2 transport.consume?", "b.js:4 x.pipeToRouter?"]


def test_names_say_nothing_far_from_mediasoup() -> None:
    files = {
        "a.js": "import 'mediasoup';",
        "b.js": "import c from './c';\nexport const f = (producer) => producer.close();",
    }
    assert found(files) == []


def test_what_fields_of_that_name_hold_elsewhere_is_inferred() -> None:
    files = {
        "a.js": "import { Device } from 'mediasoup-client';\nexport const state = { phone: new Device() };",
        "b.js": "import './a';\nexport const go = (x) => x.phone.load({});",
    }
    assert found(files)[1:] == ["b.js:2 x.phone.load?"]


def test_rows_of_the_mapping() -> None:
    code = """
    import { types } from 'mediasoup';
    import { Device, types as c } from 'mediasoup-client';
    function f(w: types.Worker, r: types.Router, t: types.Transport, s: c.Transport, p: c.Producer) {
      w.createRouter({});
      r.createPlainTransport({});
      t.produce({});
      s.produce({ track });
      s.produce({ track, encodings: [] });
      p.replaceTrack({ track });
      s.on('connectionstatechange', g);
      w.on('nothing-known', g);
    }
    """
    assert [(call.method, call.row) for call in calls({"a.ts": code})] == [
        ("createRouter", 2),
        ("createPlainTransport", 25),
        ("produce", 14),
        ("produce", 44),
        ("produce", 45),
        ("replaceTrack", 50),
        ("on", 58),
        ("on", None),
    ]


def test_the_answer_does_not_depend_on_the_order_of_files() -> None:
    files = {
        f"f{n}.ts": f"import {{ p }} from './f{n + 1}';\nexport {{ p }} from './f{n + 1}';\np.close();"
        for n in range(8)
    }
    files["f8.ts"] = "import { types } from 'mediasoup';\nexport let p: types.Producer;"
    backwards = dict(reversed(list(files.items())))
    assert found(files) == found(backwards)
    assert len(found(files)) == 8
