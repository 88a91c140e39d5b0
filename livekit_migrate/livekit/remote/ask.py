"""What a LiveKit server says to somebody without a token: enough to see which of its routes get through.

Seen with livekit-server 1.8.4, 1.11.0 and 1.13.5: a WebSocket request for ``/rtc`` without a token is
answered with 401 ``no permissions to access the room``, the same request without the upgrade with an empty
404, and a Twirp call without a token with 401 and Twirp's JSON. ``/rtc/v1`` is there since 1.9.10; an older
server answers it with 404. So all routes can be told apart from outside.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ...core.endpoint import Endpoint, Route
from ...core.wire import Response, UpgradeRefusedError, WebSocket, exchange

ROOMS = "/twirp/livekit.RoomService/ListRooms"


def upgrade(endpoint: Endpoint, route: Route, deadline: float, path: str = "/rtc") -> Response:
    """The answer to a WebSocket request without a token; status 101 when something took it all the same.

    Raises:
        NetError: no connection, or what answers is not HTTP.
    """
    try:
        WebSocket.open(endpoint, route, path, deadline).close()
    except UpgradeRefusedError as refused:
        return refused.response
    return Response(101, "Switching Protocols")


def validate(endpoint: Endpoint, route: Route, deadline: float) -> Response:
    """The answer of ``/rtc/validate`` to a plain request without a token.

    Raises:
        NetError: no connection, or what answers is not HTTP.
    """
    return exchange(endpoint, route, "/rtc/validate", deadline)


def is_livekit(answer: Response) -> bool:
    """Whether it is LiveKit that refuses a WebSocket request, and not something before it."""
    return answer.status == 401 and "permission" in answer.text


def twirp(endpoint: Endpoint, route: Route, deadline: float) -> Response:
    """The answer of the room service to a call without a token.

    Raises:
        NetError: no connection, or what answers is not HTTP.
    """
    headers = {"Content-Type": "application/json"}
    return exchange(endpoint, route, ROOMS, deadline, method="POST", headers=headers, body=b"{}")


def is_twirp(answer: Response) -> bool:
    """Whether Twirp answered, and not something before it."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(said, dict) and "code" in said and "msg" in said


@dataclass(frozen=True, slots=True)
class Network:
    """A content delivery network that answers in a server's name.

    Args:
        name: whose it is.
        by: the header that says so.
    """

    name: str
    by: str


_NETWORKS = (
    ("cf-ray", "", "Cloudflare"),
    ("server", "cloudflare", "Cloudflare"),
    ("x-amz-cf-id", "", "Amazon CloudFront"),
    ("x-fastly-request-id", "", "Fastly"),
    ("x-served-by", "cache-", "Fastly"),
    ("x-akamai-transformed", "", "Akamai"),
    ("server", "akamaighost", "Akamai"),
    ("x-azure-ref", "", "Azure Front Door"),
    ("x-bunny", "", "bunny.net"),
    ("server", "bunnycdn", "bunny.net"),
)


def network(answer: Response) -> Network | None:
    """The content delivery network that an answer came through, by its headers."""
    for header, begin, name in _NETWORKS:
        value = answer.headers.get(header)
        if value is not None and value.lower().startswith(begin):
            return Network(name, f"{header}: {value}"[:80])
    return None
