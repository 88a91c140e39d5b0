"""Signalling messages: what a name means, which end is which, and what is none of the app's messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.core.document import Grid, Items
from livekit_migrate.core.report import Reporter
from livekit_migrate.scan.inventory import Scan, scan
from livekit_migrate.scan.rows import rows
from livekit_migrate.scan.signalling import meaning
from livekit_migrate.scan.steps import steps
from livekit_migrate.scan.summary import summary
from tests.scan.apps import CLIENT, FILES, SERVER, write


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("getRouterRtpCapabilities", 42), ("GET_RTP_CAPABILITIES", 42), ("createWebRtcTransport", 43),
        ("create-producer-transport", 43), ("transport-connect", 43), ("sfu:connectTransport", 43),
        ("transport-produce", 14), ("produce", 14), ("consume", 15), ("consumer-resume", 15),
        ("pauseProducer", 48), ("producer_closed", 55), ("closeProducer", 49), ("new-producer", 55),
        ("getProducers", 55), ("peerJoined", 55), ("user-left", 55), ("newPeer", 55), ("join-room", 65),
        ("joinRequest", 66), ("approveUser", 66), ("acceptJoin", 66), ("knock", 66), ("leave", 58),
        ("kickUser", 69), ("endMeeting", 69), ("roomClosed", 69), ("muteAll", 16), ("host-mute", 16),
        ("requestUnmute", 67), ("chatMessage", 67), ("raise_hand", 67), ("startRecording", 26),
        ("setConsumerPreferredLayers", 18), ("setConsumerPriority", 19), ("restartIce", 57),
        ("produceData", 37), ("activeSpeaker", 24), ("audioLevels", 23), ("producerScore", 22),
        ("getTransportStats", 59), ("screenShareStarted", 56), ("breakoutRoomOpened", 72), ("offer", 43),
        ("iceCandidate", 43), ("changeDisplayName", 36),
        ("cursor", None), ("player-moved", None), ("notification-read", None),
    ],
)  # fmt: skip
def test_names(name: str, row: int | None) -> None:
    assert meaning(name)[0] == row


def test_every_row_has_a_sentence() -> None:
    assert sorted(rows()) == list(range(1, 78))
    assert all(each.livekit.endswith(".") and each.topic for each in rows().values())
    assert {each.action for each in rows().values()} == {"mechanical", "scaffold", "ask", "none", "report"}


def look(root: Path, **more: str) -> Scan:
    return scan(write(root, FILES, **more), Reporter(), cache=False)


def test_events_of_mediasoup_reducers_and_tests_are_no_messages(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        **{
            "client__src__reducer.ts": (
                "export function reduce(state: any, action: any) {\n  switch (action.type) {\n"
                '    case "SET_PRODUCERS":\n      return action.value;\n  }\n}\n'
            ),
            "client__src__call.test.ts": (
                'import { socket } from "./socket";\nsocket.emit("onlyInTests", {});\n'
            ),
        },
    )
    names = {each.name for each in found.messages}
    assert "died" not in names
    assert "connection" not in names
    assert "SET_PRODUCERS" not in names
    assert "onlyInTests" not in names
    assert {"join", "createTransport", "produce", "newProducer", "chat"} <= names


def test_a_handler_registered_in_the_apps_own_way_is_named(tmp_path: Path) -> None:
    server = SERVER.replace('socket.on("join", async', 'register(socket, "join", async')
    found = look(tmp_path, **{"server__src__index.ts": server})
    join = next(each for each in found.messages if each.name == "join")
    if not join.answered:
        assert join.named == (("server/src/index.ts", 18),)
    assert join.direction == "client-to-server"


def test_answers_go_with_what_they_answer(tmp_path: Path) -> None:
    server = SERVER.replace('socket.on("chat"', 'socket.emit("joinResponse", {});\n    socket.on("chat"')
    found = look(tmp_path, **{"server__src__index.ts": server})
    answer = next(each for each in found.messages if each.name == "joinResponse")
    assert (answer.answer_to, answer.row) == ("join", 65)
    asked = next(each for each in found.questions if each.id == "authorisation")
    assert [(place.file, place.line) for place in asked.places] == [("server/src/index.ts", 18)]


COMPARING = """\
import { createWorker } from "mediasoup";
import { WebSocketServer } from "ws";

new WebSocketServer({ port: 3000 }).on("connection", (socket) => {
  socket.on("message", async (data) => {
    const { type, room } = JSON.parse(data.toString());
    if (type === "join") {
      const router = await (await createWorker()).createRouter({ mediaCodecs: [] });
      socket.send(JSON.stringify({ type: "newProducer", id: router.id }));
    } else if (type === "video") {
      f();
    }
  });
});
"""


def checked(found: Scan) -> list[str]:
    """What the plan lists under the route that hands out tokens."""
    items = [item for block in steps(found) if isinstance(block, Items) for item in block.items]
    (item,) = (each for each in items if each.text.startswith("A route that answers with a token"))
    return [item.text.rpartition(".")[2].strip(), *item.below]


def test_a_handler_that_compares_is_found_where_the_other_side_sends(tmp_path: Path) -> None:
    found = look(tmp_path, **{"server__src__index.ts": COMPARING})
    join = next(each for each in found.messages if each.name == "join")
    assert [(m.file, m.line, m.end_line) for m in join.answered] == [("server/src/index.ts", 7, 10)]
    assert join.direction == "client-to-server"
    assert "video" not in {each.name for each in found.messages}, "nobody sends it"
    assert checked(found) == ["Joining is checked here today:", "`join`: `server/src/index.ts:7-10`"]


def test_the_line_of_a_client_is_not_where_joining_is_checked(tmp_path: Path) -> None:
    client = CLIENT.replace("export async", 'start(roomId, "join");\nexport async')
    server = SERVER.replace('socket.on("join", async', "socket.on(names[0], async")
    found = look(tmp_path, **{"server__src__index.ts": server, "client__src__call.ts": client})
    line = client[: client.index('socket.emit("join"')].count("\n") + 1
    intro, below = checked(found)
    assert "checked here" not in intro
    assert below.startswith("where the server answers `join` was not found; ")
    asked = next(each for each in found.questions if each.id == "authorisation")
    assert [(place.file, place.line) for place in asked.places] == [("client/src/call.ts", line)]


def test_names_that_are_constants_are_not_said_to_be_no_messages(tmp_path: Path) -> None:
    server = 'import { Server } from "socket.io";\nimport { createWorker } from "mediasoup";\n'
    server += "new Server().on(Events.Join, () => createWorker());\n"
    found = look(tmp_path, **{"server__src__index.ts": server, "client__src__call.ts": ""})
    assert found.messages == ()
    facts = summary(found).blocks[0]
    assert isinstance(facts, Grid)
    assert {row[0]: row[1] for row in facts.rows}["signalling"].endswith("; no message by a literal name")
