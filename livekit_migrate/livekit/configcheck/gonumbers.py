"""Numbers, durations and addresses as Go's standard library reads them."""

from __future__ import annotations

import ipaddress
import math
import re

_PREFIXES = {"0x": 16, "0b": 2, "0o": 8}
_DIGITS = "0123456789abcdef"
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_WORDS = re.compile(r"[-+]?(?:inf|infinity)|nan", re.ASCII | re.IGNORECASE)
_HEX_FLOAT = re.compile(
    r"[-+]?0[xX](?:[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?|\.[0-9a-fA-F]+)[pP][-+]?[0-9]+", re.ASCII
)
_DURATION_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]+)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}


def parse_int(text: str, base: int, low: int, high: int) -> int | None:
    """``strconv.ParseInt`` with a range; base 0 takes 0x, 0b, 0o and a leading 0 (octal). No underscores."""
    negative = text[:1] == "-"
    digits = text[1:] if text[:1] in ("-", "+") else text
    if base == 0:
        base = 10
        if digits[:2].lower() in _PREFIXES:
            base, digits = _PREFIXES[digits[:2].lower()], digits[2:]
        elif len(digits) > 1 and digits[0] == "0":
            base, digits = 8, digits[1:]
    allowed = _DIGITS[:base]
    if not digits or any(char not in allowed for char in digits.lower()):
        return None
    if len(digits) > 80:
        digits = digits.lstrip("0") or "0"
        if len(digits) > 80:
            return None
    value = int(digits, base)
    value = -value if negative else value
    return value if low <= value <= high else None


def int64(text: str, base: int = 0) -> int | None:
    return parse_int(text, base, -(2**63), 2**63 - 1)


def uint64(text: str, base: int = 0) -> int | None:
    """``strconv.ParseUint``: no sign."""
    return None if text[:1] in ("-", "+") else parse_int(text, base, 0, 2**64 - 1)


def atoi(text: str) -> int | None:
    """``strconv.Atoi``."""
    return int64(text, 10)


def parse_float(text: str) -> float | None:
    """``strconv.ParseFloat`` to 64 bits; None also where it overflows."""
    if _WORDS.fullmatch(text):
        return float(text)
    if _HEX_FLOAT.fullmatch(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return None
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    return None if math.isinf(value) else value


def duration(text: str) -> int | None:
    """``time.ParseDuration``, in nanoseconds."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total, position = 0, 0
    while position < len(rest):
        match = _DURATION_PART.match(rest, position)
        if match is None or not (match[1] or match[2]) or match[3] not in _NANOSECONDS:
            return None
        scale = _NANOSECONDS[match[3]]
        total += int(match[1] or 0) * scale
        if match[2]:
            total += int(match[2]) * scale // 10 ** len(match[2])
        if total > 2**63:
            return None
        position = match.end()
    if not rest:
        return None
    if text[:1] == "-":
        return -total
    return total if total <= 2**63 - 1 else None


def ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """``net.ParseIP``: no zone; an IPv4 address in IPv6 dress is an IPv4 one."""
    if "%" in text or not text.isascii() or text != text.strip():
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def cidr(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """``net.ParseCIDR``: a mask is needed, bits below it may be set."""
    address, slash, bits = text.partition("/")
    if not slash or not re.fullmatch(r"[0-9]{1,3}", bits, re.ASCII) or "%" in address:
        return None
    try:
        return ipaddress.ip_network(f"{address}/{int(bits)}", strict=False)
    except ValueError:
        return None
