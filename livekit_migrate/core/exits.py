"""Exit codes: the whole list, in one place, shown by `lkm help exit-codes`."""

OK = 0
FAILED = 1
USAGE = 2
NOT_READY = 3
CONFIG = 4
TIMEOUT = 5
BUG = 70
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    OK: "done, nothing to complain about (warnings do not count)",
    FAILED: "it failed, or there are findings of status fail",
    USAGE: "the command line itself is wrong",
    NOT_READY: "something this machine needs is missing (Docker, a LiveKit server, a package, a platform)",
    CONFIG: "configuration or credentials: lkm.toml, .env, livekit.yaml, keys",
    TIMEOUT: "a service did not become healthy, or could not be judged, in time",
    BUG: "a bug in lkm; the message names the log file",
    INTERRUPTED: "stopped by Ctrl-C",
}
