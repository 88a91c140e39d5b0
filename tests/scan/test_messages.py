"""Signalling messages, and the words that matter for a migration."""

from __future__ import annotations

import pytest

from tests.scan.projects import read

SENT = [
    ("socket.emit('join', { room }, (answer) => f(answer));", "join", True),
    ("await this.socket.emitWithAck('join', room);", "join", True),
    ("io.to(room).emit('newProducer', id);", "newProducer", False),
    ("socket.emit(`join`, { room });", "join", False),
    ("const a = await peer.request('join', data);", "join", True),
    ("this._protoo.notify('changeName', data);", "changeName", False),
    ("ws.send(JSON.stringify({ type: 'join', room }));", "join", False),
    ("sendRequest({ action: 'join' });", "join", False),
]
ANSWERED = [
    ("socket.on('join', async (data, done) => {\n  done();\n});", "join", 3),
    ("switch (message.type) {\n  case 'join':\n    f();\n    break;\n}", "join", 4),
    ("switch (request.method) {\n  case 'join': {\n    f();\n  }\n}", "join", 4),
    ("if (type === 'join') {\n  f();\n} else if (b) {\n  g();\n}", "join", 3),
    ("if (a) {\n  f();\n} else if (msg.type == 'join' && b) {\n  g();\n}", "join", 5),
    ("class A {\n  @SubscribeMessage('join')\n  join() {}\n}", "join", 2),
]
NONE = [
    "socket.on('disconnect', f);",
    "transport.on('produce', f);",
    "this.audioLevelObserver.on('volumes', f);",
    "switch (action.type) { case 'SET_ROOM': f(); }",
    "switch (kind) { case 'audio': f(); }",
    "if (typeof type === 'string') f();",
    "if (type !== 'join') f(); const a = type === 'join' ? 1 : 2; if (a) { b = type === 'join'; }",
    "if (kind === 'audio') f(); if (get(type === 'join')) f();",
    "process.on('SIGTERM', f);",
    "axios.request({ url: 'a' }); emitter.on(name, f);",
    "fetch('x'); res.send('room joined!');",
    "socket.emit(`join-${room}`);",
]


@pytest.mark.parametrize(("code", "name", "waits"), SENT)
def test_what_is_sent(code: str, name: str, waits: bool) -> None:
    (message,) = read("a.ts", f"// socket\n{code}").messages
    assert (message.role, message.name, message.acknowledged) == ("sends", name, waits)
    assert message.line == 2


@pytest.mark.parametrize(("code", "name", "last"), ANSWERED)
def test_what_is_answered(code: str, name: str, last: int) -> None:
    (message,) = read("a.ts", f"{code} // socket").messages
    assert (message.role, message.name, message.end_line) == ("answers", name, last)


@pytest.mark.parametrize("code", NONE)
def test_what_is_no_message(code: str) -> None:
    assert read("a.ts", f"// socket\n{code}").messages == ()


def test_words_that_matter() -> None:
    code = """
    transport.produce({ track, encodings: [{ scalabilityMode: 'L3T3_KEY' }], appData: { source: 'cam' } });
    await navigator.mediaDevices.getDisplayMedia();
    spawn('ffmpeg', ['-i', `rtmp://${host}/live`]);
    router.encodings(); const appData2 = b.appData; // encodings: ffmpeg
    """
    assert [(m.line, m.kind, m.word, m.row) for m in read("a.ts", code).mentions] == [
        (2, "key", "encodings", 45),
        (2, "key", "scalabilityMode", 46),
        (2, "text", "L3T3_KEY", 46),
        (2, "key", "appData", 36),
        (3, "name", "getDisplayMedia", 56),
        (4, "text", "ffmpeg", 26),
        (4, "text", "rtmp://", 28),
    ]
