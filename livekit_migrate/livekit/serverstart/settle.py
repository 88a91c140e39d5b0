"""Options that the server does not put in place of what the configuration says, but writes over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .options import Options, Trouble


def settle(options: Options, written: Mapping[str, Any]) -> list[Trouble]:
    """Two options do not replace what the configuration says but are written over it (run).

    One UDP port keeps the end of the configuration's range; an address does not replace another one.

    Args:
        written: key of the configuration → its value, a range and addresses as tuples.

    Returns:
        what is unwise about it. The values in ``options`` are those that hold then.
    """
    troubles = []
    port, before = options.given.get("udp-port"), written.get("rtc.udp_port")
    if port is not None and port.value is not None and isinstance(before, tuple) and before[1]:
        start, end = port.value
        if not end:
            options.given["udp-port"] = port._replace(value=(start, before[1]))
            title = (
                f"{port.spelled}: it replaces the start of rtc.udp_port {before[0]}-{before[1]}, not its end"
            )
            fix = f"write the whole range: {start}-{start + before[1] - before[0]}"
            troubles.append(Trouble("config.option-partial", "warn", title, port.at, "", fix, "rtc.udp_port"))
    address, there = options.given.get("node-ip"), written.get("rtc.node_ip")
    if address is None or not isinstance(address.value, tuple):
        return troubles  # not given, ignored, or of a release that takes any text
    held = there if isinstance(there, tuple) else ("", "")
    new = list(held)
    for one in filter(None, address.value):
        place = 1 if ":" in one else 0
        if new[place] == one:
            continue  # the same, or settled before
        if new[place]:
            title = f"{address.spelled}: the server keeps the configuration's rtc.node_ip {new[place]}"
            detail, fix = "it ignores another one without a word", "take rtc.node_ip out, or write it there"
            troubles.append(
                Trouble("config.option-ignored", "warn", title, address.at, detail, fix, "rtc.node_ip")
            )
            options.given["node-ip"] = address._replace(value=None if tuple(new) == held else tuple(new))
            return troubles
        new[place] = one
    options.given["node-ip"] = address._replace(value=tuple(new))
    return troubles
