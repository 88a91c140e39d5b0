"""Mediasoup's API as data: types, what their methods return, and the row of the mapping for each.

From the typings of mediasoup 3.19, mediasoup-client 3.18, protoo-server and protoo-client 4; names that older
majors had (``createPlainRtpTransport``, version 2's ``Server`` and ``Room``) stand beside the present ones.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Side = Literal["server", "client", "signalling"]


class Method(NamedTuple):
    """``gives`` is the type of the result (a promise counts as what it holds), empty for none of ours."""

    row: int | None
    gives: str = ""


class Type(NamedTuple):
    """``props`` are fields of one of our types; every other field leads out of Mediasoup."""

    methods: dict[str, Method]
    props: dict[str, str]


def _type(methods: dict[str, tuple[int | None, str] | int | None], **props: str) -> Type:
    listed = {name: Method(*row) if isinstance(row, tuple) else Method(row) for name, row in methods.items()}
    return Type(listed, props)


EVENTS = ("on", "once", "off", "addListener", "prependListener", "removeListener", "removeAllListeners")

_SERVER_TRANSPORT: dict[str, tuple[int | None, str] | int | None] = {
    "connect": 5,
    "produce": (14, "Producer"),
    "consume": (15, "Consumer"),
    "produceData": (37, "DataProducer"),
    "consumeData": (37, "DataConsumer"),
    "close": 5,
    "getStats": 34,
    "dump": 35,
    "setMaxIncomingBitrate": 10,
    "setMaxOutgoingBitrate": 9,
    "setMinOutgoingBitrate": 9,
    "restartIce": 57,
    "enableTraceEvent": 21,
    "sendRtcp": 31,
}
_DATA: dict[str, tuple[int | None, str] | int | None] = {
    "close": 37,
    "pause": 37,
    "resume": 37,
    "send": 37,
    "getStats": 34,
    "dump": 35,
    "setBufferedAmountLowThreshold": 37,
    "getBufferedAmount": 37,
    "setSubchannels": 38,
    "addSubchannel": 38,
    "removeSubchannel": 38,
}


def _rtp_observer(row: int) -> Type:
    names = ("addProducer", "removeProducer", "pause", "resume", "close")
    return _type({**dict.fromkeys(names, row), "dump": 35}, observer="Observer")


SERVER: dict[str, Type] = {
    "module": _type(
        {
            "createWorker": (1, "Worker"),
            "getSupportedRtpCapabilities": 3,
            "parseScalabilityMode": 46,
            "setLogEventListeners": None,
            # Version 2.
            "Server": (40, "Server"),
        },
        observer="Observer",
    ),
    "Server": _type({"Room": (40, "V2Room"), "createRoom": (40, "V2Room"), "close": 40}),
    "V2Room": _type(
        dict.fromkeys(
            (
                "close",
                "Peer",
                "RtpStreamer",
                "createRtpStreamer",
                "createActiveSpeakerDetector",
                "getPeerByName",
                "receiveRequest",
                "receiveNotification",
            ),
            40,
        )
    ),
    "Worker": _type(
        {
            "createRouter": (2, "Router"),
            "createWebRtcServer": (4, "WebRtcServer"),
            "getResourceUsage": 1,
            "updateSettings": 1,
            "dump": 35,
            "close": 1,
        },
        observer="Observer",
    ),
    "WebRtcServer": _type({"close": 4, "dump": 35}, observer="Observer"),
    "Router": _type(
        {
            "createWebRtcTransport": (5, "Transport"),
            "createPlainTransport": (25, "PlainTransport"),
            "createPlainRtpTransport": (25, "PlainTransport"),
            "createPipeTransport": (33, "PipeTransport"),
            "createDirectTransport": (30, "DirectTransport"),
            "pipeToRouter": (32, "PipeResult"),
            "createActiveSpeakerObserver": (24, "ActiveSpeakerObserver"),
            "createAudioLevelObserver": (23, "AudioLevelObserver"),
            "canConsume": 15,
            "updateMediaCodecs": 3,
            "dump": 35,
            "close": 2,
        },
        observer="Observer",
    ),
    "PipeResult": _type(
        {},
        pipeProducer="Producer",
        pipeConsumer="Consumer",
        pipeDataProducer="DataProducer",
        pipeDataConsumer="DataConsumer",
    ),
    "Transport": _type(_SERVER_TRANSPORT, observer="Observer"),
    "PlainTransport": _type({**_SERVER_TRANSPORT, "connect": 25, "close": 25}, observer="Observer"),
    "PipeTransport": _type({**_SERVER_TRANSPORT, "connect": 33, "close": 33}, observer="Observer"),
    "DirectTransport": _type({**_SERVER_TRANSPORT, "close": 30}, observer="Observer"),
    "Producer": _type(
        {
            "close": 14,
            "pause": 16,
            "resume": 16,
            "getStats": 34,
            "dump": 35,
            "enableTraceEvent": 21,
            "send": 31,
        },
        observer="Observer",
    ),
    "Consumer": _type(
        {
            "close": 15,
            "pause": 17,
            "resume": 17,
            "getStats": 34,
            "dump": 35,
            "setPreferredLayers": 18,
            "setPriority": 19,
            "unsetPriority": 19,
            "requestKeyFrame": 20,
            "enableTraceEvent": 21,
        },
        observer="Observer",
    ),
    "DataProducer": _type(_DATA, observer="Observer"),
    "DataConsumer": _type(_DATA, observer="Observer"),
    "RtpObserver": _rtp_observer(23),
    "AudioLevelObserver": _rtp_observer(23),
    "ActiveSpeakerObserver": _rtp_observer(24),
    "Observer": _type({}),
}
SERVER["WebRtcTransport"] = SERVER["Transport"]
SERVER["PlainRtpTransport"] = SERVER["PlainTransport"]

_CLIENT_DATA: dict[str, tuple[int | None, str] | int | None] = {"close": 37, "send": 37}

CLIENT: dict[str, Type] = {
    "module": _type(
        {"detectDevice": 41, "detectDeviceAsync": 41, "parseScalabilityMode": 46, "isDeviceSupported": 41},
        observer="Observer",
    ),
    "Device": _type(
        {
            "load": 41,
            "canProduce": 42,
            "createSendTransport": (43, "Transport"),
            "createRecvTransport": (43, "Transport"),
            "createTransport": (43, "Transport"),
            "factory": (41, "Device"),
        },
        observer="Observer",
    ),
    "Transport": _type(
        {
            "produce": (44, "Producer"),
            "consume": (52, "Consumer"),
            "produceData": (37, "DataProducer"),
            "consumeData": (37, "DataConsumer"),
            "restartIce": 57,
            "updateIceServers": 57,
            "getStats": 59,
            "close": 43,
        },
        observer="Observer",
    ),
    "Producer": _type(
        {
            "pause": 48,
            "resume": 48,
            "close": 49,
            "replaceTrack": 50,
            "setMaxSpatialLayer": 51,
            "setRtpEncodingParameters": 51,
            "getStats": 59,
        },
        observer="Observer",
    ),
    "Consumer": _type({"pause": 53, "resume": 53, "close": 53, "getStats": 59}, observer="Observer"),
    "DataProducer": _type(_CLIENT_DATA, observer="Observer"),
    "DataConsumer": _type(_CLIENT_DATA, observer="Observer"),
    "Observer": _type({}),
    # Version 2.
    "Room": _type(
        dict.fromkeys(
            (
                "join",
                "leave",
                "createTransport",
                "createProducer",
                "getPeerByName",
                "receiveNotification",
                "restartIce",
                "canSend",
            ),
            40,
        )
    ),
}

PROTOO: dict[str, Type] = {
    "module": _type({}),
    "WebSocketTransport": _type({"close": 68, "send": 68}),
    "WebSocketServer": _type({"stop": 65}),
    "Room": _type({"createPeer": (65, "Peer"), "hasPeer": 71, "getPeer": (71, "Peer"), "close": 69}),
    "Peer": _type({"request": 68, "notify": 68, "close": 68}),
}

APIS: dict[str, dict[str, Type]] = {"server": SERVER, "client": CLIENT, "signalling": PROTOO}

# What `new` makes, and its row.
CONSTRUCTORS: dict[tuple[str, str], int] = {
    ("client", "Device"): 41,
    ("client", "Room"): 40,
    ("server", "Server"): 40,
    ("signalling", "WebSocketTransport"): 65,
    ("signalling", "WebSocketServer"): 65,
    ("signalling", "Room"): 65,
    ("signalling", "Peer"): 65,
}

# The first argument of an event's listener, and for {producer} and the like the field that holds it.
EVENT_GIVES: dict[str, str] = {
    "newworker": "Worker",
    "newrouter": "Router",
    "newwebrtcserver": "WebRtcServer",
    "newtransport": "Transport",
    "newproducer": "Producer",
    "newconsumer": "Consumer",
    "newdataproducer": "DataProducer",
    "newdataconsumer": "DataConsumer",
}

EVENT_ROWS: dict[str, dict[str, int]] = {
    "server": {
        "died": 1, "subprocessclose": 1, "workerclose": 1, "routerclose": 2, "listenserverclose": 4,
        "score": 22, "volumes": 23, "silence": 23, "dominantspeaker": 24, "trace": 21, "layerschange": 18,
        "transportclose": 5, "producerclose": 15, "producerpause": 17, "producerresume": 17,
        "dataproducerclose": 37, "dataproducerpause": 37, "dataproducerresume": 37, "message": 37,
        "icestatechange": 58, "iceselectedtuplechange": 58, "dtlsstatechange": 58, "sctpstatechange": 11,
        "tuple": 25, "rtcptuple": 25, "rtp": 31, "rtcp": 31,
        **dict.fromkeys(EVENT_GIVES, 34), "newrtpobserver": 34,
    },
    "client": {
        "connect": 43, "produce": 43, "producedata": 43, "connectionstatechange": 58,
        "icegatheringstatechange": 58, "icecandidateerror": 58, "transportclose": 53, "trackended": 49,
        "open": 37, "message": 37, "bufferedamountlow": 37,
        "newdevice": 41, "newtransport": 43, "newproducer": 44, "newconsumer": 52,
    },
    "signalling": {"request": 68, "notification": 68, "connectionrequest": 65, "open": 65, "disconnected": 57,
                   "failed": 57, "close": 69},
}  # fmt: skip


def method_row(side: str, kind: str, method: str, event: str) -> int | None:
    """The mapping's row for a call on a receiver of that type, None where the mapping has none.

    Args:
        event: the event's name where the method listens for one.
    """
    if method in EVENTS:
        if kind == "Observer" and side == "server":
            return 34
        return EVENT_ROWS[side].get(event.removeprefix("@"))
    known = APIS[side].get(kind)
    found = known.methods.get(method) if known is not None else None
    return found.row if found is not None else None


# Methods that no other well-known library has: they say Mediasoup by themselves. With the type of their
# receiver on each side.
UNIQUE: dict[str, tuple[Side, str]] = {
    "createWebRtcServer": ("server", "Worker"),
    "createWebRtcTransport": ("server", "Router"),
    "createPlainTransport": ("server", "Router"),
    "createPlainRtpTransport": ("server", "Router"),
    "createPipeTransport": ("server", "Router"),
    "createDirectTransport": ("server", "Router"),
    "pipeToRouter": ("server", "Router"),
    "createActiveSpeakerObserver": ("server", "Router"),
    "createAudioLevelObserver": ("server", "Router"),
    "canConsume": ("server", "Router"),
    "setMaxIncomingBitrate": ("server", "Transport"),
    "setMaxOutgoingBitrate": ("server", "Transport"),
    "setPreferredLayers": ("server", "Consumer"),
    "createSendTransport": ("client", "Device"),
    "createRecvTransport": ("client", "Device"),
    "canProduce": ("client", "Device"),
    "setMaxSpatialLayer": ("client", "Producer"),
}

# Receivers named after a type, the longest names first.
NAMED: tuple[tuple[str, str], ...] = (
    ("dataproducer", "DataProducer"),
    ("dataconsumer", "DataConsumer"),
    ("audiolevelobserver", "AudioLevelObserver"),
    ("activespeakerobserver", "ActiveSpeakerObserver"),
    ("webrtcserver", "WebRtcServer"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
    ("transport", "Transport"),
    ("router", "Router"),
    ("worker", "Worker"),
    ("device", "Device"),
)

METHODS: frozenset[str] = frozenset(
    {name for api in APIS.values() for kind in api.values() for name in kind.methods} | set(EVENTS)
)
