"""CPU and memory of a container: from its control group where this machine has it, else from the engine.

The engine takes a second for each sample (20.10, also with `one-shot`); the control group is two files.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .engine import Client

_BETWEEN_SECONDS = 0.15
_ROOT = Path("/sys/fs/cgroup")

Load = tuple[float | None, int | None]


def of(client: Client, container: str, pid: int | None) -> Load:
    """CPU in percent of one core, and memory in bytes without what the kernel would give back.

    Args:
        pid: of its first process, as the engine sees it; None: ask the engine alone.
    """
    if pid and container in _text(Path(f"/proc/{pid}/cgroup")):
        groups = _text(Path(f"/proc/{pid}/cgroup"))
        found = from_groups(groups, _ROOT)
        if found is not None:
            return found
    try:
        sample = client.stats(container, stream=False)
    except Exception:  # it may end meanwhile, or the engine: then nothing is known
        return None, None
    return cpu(sample), used(sample)


def from_groups(groups: str, root: Path, sleep: Callable[[float], None] = time.sleep) -> Load | None:
    """The load of a control group, version 1 or 2; None where its files are not there.

    Args:
        groups: the text of ``/proc/PID/cgroup``.
        root: where control groups are mounted.
    """
    paths: dict[str, str] = {}
    for line in groups.splitlines():
        _, names, path = line.split(":", 2)
        paths.update(dict.fromkeys(names.split(","), path.lstrip("/")))
    two = root / paths.get("", "")
    if (two / "cpu.stat").is_file() and (two / "memory.current").is_file():
        spent = functools.partial(_spent_two, two)
        memory = _number(two / "memory.current") - _field(two / "memory.stat", "inactive_file")
    elif "cpuacct" in paths and "memory" in paths:
        group = root / "memory" / paths["memory"]
        spent = functools.partial(_number, root / "cpuacct" / paths["cpuacct"] / "cpuacct.usage")
        memory = _number(group / "memory.usage_in_bytes") - _field(
            group / "memory.stat", "total_inactive_file"
        )
    else:
        return None
    before, began = spent(), time.monotonic()
    sleep(_BETWEEN_SECONDS)
    after, seconds = spent(), time.monotonic() - began
    if memory <= 0 or not after:
        return None
    return round(max(0.0, (after - before) / 1e9 / max(seconds, 1e-3) * 100), 1), memory


def _spent_two(group: Path) -> int:
    """Nanoseconds."""
    return _field(group / "cpu.stat", "usage_usec") * 1000


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0


def _field(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdigit():
            return int(value)
    return 0


def cpu(sample: Mapping[str, Any]) -> float | None:
    """Percent of one core, of a sample of the engine that holds the one before."""
    try:
        now, before = sample["cpu_stats"], sample["precpu_stats"]
        spent = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
        whole = now["system_cpu_usage"] - before["system_cpu_usage"]
        cores = now.get("online_cpus") or 1
    except (KeyError, TypeError):
        return None
    return round(max(0.0, 100.0 * spent / whole * cores), 1) if whole > 0 else 0.0


def used(sample: Mapping[str, Any]) -> int | None:
    """Memory in bytes, as `docker stats` counts it: without the cache of files."""
    found = sample.get("memory_stats") or {}
    if "usage" not in found:
        return None
    details = found.get("stats") or {}
    cache = details.get("inactive_file", details.get("total_inactive_file", 0))
    return max(0, int(found["usage"]) - int(cache))
