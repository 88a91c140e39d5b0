"""`lkm cache`: where downloads and built servers lie, and removing them."""

from __future__ import annotations

from ...core.result import Result, Table
from ..base import Run, command, group

HELP = "Show or empty the cache of downloads and built servers."
ORDER = 80

app = group("The cache of downloads and built servers.")


@app.command("path")
@command("cache path")
def path(run: Run) -> Result:
    """Print the cache folder. LKM_CACHE_DIR moves it."""
    from ...core.paths import cache_dir, state_dir

    return Result(
        run.command, data={"path": str(cache_dir()), "state": str(state_dir())}, payload=str(cache_dir())
    )


@app.command("clean")
@command("cache clean")
def clean(run: Run) -> Result:
    """Remove everything lkm put into the cache; it is fetched or built again when it is needed.

    Crash logs and what undo needs lie elsewhere and stay.
    """
    from ...core import cache
    from ...core.paths import cache_dir

    removed = cache.clean()
    total = sum(item.size for item in removed)
    data = {
        "path": str(cache_dir()),
        "removed": [{"name": item.name, "bytes": item.size} for item in removed],
        "bytes": total,
    }
    if not removed:
        return Result(run.command, data=data, notes=[f"nothing to remove in {cache_dir()}"])
    rows = tuple((item.name, _megabytes(item.size)) for item in removed)
    notes = [f"{_megabytes(total)} freed in {cache_dir()}"]
    return Result(run.command, data=data, tables=[Table(("removed", "size"), rows)], notes=notes)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
