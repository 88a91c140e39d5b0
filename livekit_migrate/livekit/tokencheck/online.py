"""What a running server says about a token: its own /rtc/validate."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote

from ...core.endpoint import parse_url, route_to
from ...core.stream import NetError
from ...core.wire import exchange


class Answer(NamedTuple):
    """A server's answer.

    Args:
        said: its words, the token in them left out.
        skew: seconds that its clock is ahead of this one; None without a Date header.
        error: why there is no answer; status is 0 then.
    """

    url: str
    status: int
    said: str
    skew: float | None
    error: str = ""


def ask(url: str, token: str, *, timeout: float) -> Answer:
    """Ask the server at ``url``.

    The token goes into the query, as browsers send it: what stands in between sees what it will see of them.

    Args:
        timeout: seconds for the whole exchange.

    Raises:
        UsageError: the URL is none.
        ConfigError: a proxy variable or SSL_CERT_FILE cannot be used.
    """
    endpoint = parse_url(url)
    target = f"/rtc/validate?access_token={quote(token, safe='', errors='surrogateescape')}"
    try:
        answer = exchange(endpoint, route_to(endpoint), target, time.monotonic() + timeout)
    except NetError as error:
        return Answer(endpoint.ws, 0, "", None, error.text)
    said = re.sub(r"^invalid token: .*, error: ", "", answer.text, flags=re.DOTALL)
    return Answer(endpoint.ws, answer.status, said[:300], _skew(answer.headers.get("date")))


def _skew(date: str | None) -> float | None:
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
