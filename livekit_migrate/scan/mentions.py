"""Words with a meaning for the migration that are no calls: options, events, streaming addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..code.js.parse import Parsed, word
from ..code.js.text import Text
from .facts import Mention

# Keys of option objects, with the mapping's row.
KEYS: dict[str, int] = {
    "mediaCodecs": 3, "rtpCapabilities": 3, "routerRtpCapabilities": 3,
    "listenIps": 6, "listenInfos": 6, "listenIp": 6, "announcedIp": 6, "announcedAddress": 6,
    "rtcMinPort": 7, "rtcMaxPort": 7, "portRange": 7,
    "enableUdp": 8, "enableTcp": 8, "preferUdp": 8, "preferTcp": 8,
    "initialAvailableOutgoingBitrate": 9, "maxIncomingBitrate": 10,
    "enableSctp": 11, "numSctpStreams": 11, "iceServers": 12, "iceTransportPolicy": 13,
    "spatialLayer": 18, "temporalLayer": 18, "preferredLayers": 18, "comedia": 25, "rtcpMux": 25,
    "enableRtx": 33, "enableSrtp": 33, "appData": 36, "maxRetransmits": 38, "maxPacketLifeTime": 38,
    "encodings": 45, "scalabilityMode": 46, "opusDtx": 47, "opusStereo": 47, "opusFec": 47,
    "videoGoogleStartBitrate": 47, "encodedInsertableStreams": 61,
}  # fmt: skip
NAMES: dict[str, int] = {
    "getDisplayMedia": 56, "createEncodedStreams": 61, "RTCRtpScriptTransform": 61, "registerGlobals": 63,
    "ffmpeg": 26, "gst-launch": 26, ".m3u8": 27, "rtmp://": 28, "rtmps://": 28, "rtsp://": 25,
}  # fmt: skip
LAYERS = re.compile(rb"\bL[1-3]T[1-3](?:_KEY)?\b")
AFTER_KEY = re.compile(rb"\s*[:,}=]")
TEXTS = ("string_fragment", "template_string", "template_substitution")
PROPERTIES = ("property_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")


def mentions(text: Text, path: str, parsed: Parsed) -> Iterator[Mention]:
    """Every such word of the file, in order; each word once a line."""
    seen: set[tuple[int, str]] = set()
    for start, found in sorted(_places(parsed.code)):
        line = text.line(start)
        if (line, found) in seen:
            continue
        node = parsed.root.descendant_for_byte_range(start, start + len(found))
        if node is None or node.type == "comment":
            continue
        if found in KEYS:
            if node.type not in PROPERTIES or word(node) != found:
                continue
            mention = Mention(path, line, "key", found, KEYS[found])
        elif node.type in TEXTS:
            mention = Mention(path, line, "text", found, NAMES.get(found, 46))
        elif found in NAMES:
            mention = Mention(path, line, "name", found, NAMES[found])
        else:
            continue
        seen.add((line, found))
        yield mention


def _places(code: bytes) -> Iterator[tuple[int, str]]:
    """Where such words stand. Looking for each is many times faster than one pattern of all."""
    for found in (*KEYS, *NAMES):
        wanted = found.encode()
        at = code.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if found in NAMES or AFTER_KEY.match(code, end):
                yield at, found
            at = code.find(wanted, end)
    for match in LAYERS.finditer(code):
        yield match.start(), match[0].decode()
