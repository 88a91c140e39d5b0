"""What Go's ``net/url`` refuses as a URL, as far as hosts and ports go."""

from __future__ import annotations

import re

from . import gonumbers

_HOST = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"\x80-\U0010ffff%]*")


def problem(url: str, *, one_colon: bool) -> str:
    """Why ``url.Parse`` says no to an absolute URL; empty when it does not.

    Args:
        one_colon: a host has no colon but the one before its port (from Go 1.26 on).
    """
    if re.search(r"[\x00-\x1f\x7f]", url):
        return "a control character"
    match = re.match(r"[A-Za-z][A-Za-z0-9+\-.]*:", url)
    if match is None:
        return "no scheme"
    rest = url[match.end() :].partition("#")[0].partition("?")[0]
    if bad := re.search(r"%(?![0-9A-Fa-f]{2})", url):
        return f"a percent sign that begins nothing: {url[bad.start() : bad.start() + 3]}"
    if not rest.startswith("//"):
        return ""
    authority = rest[2:].partition("/")[0]
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        return "a character that no host name has"
    if host.startswith("["):
        inside, closed, after = host[1:].partition("]")
        if not closed:
            return "a [ without its ]"
        if not gonumbers.ip(inside.partition("%25")[0]) or (after and not re.fullmatch(r":[0-9]*", after)):
            return "no address in the brackets, or no port behind them"
        return ""
    colon = host.find(":")
    if colon >= 0 and not re.fullmatch(r":[0-9]*", host[host.rfind(":") :]):
        return "no port behind the colon"
    return "more than one colon in a host name" if one_colon and host.count(":") > 1 else ""
