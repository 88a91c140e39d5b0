"""Downloads over HTTP: bounded in time, the user's proxy and certificates, never half a file."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ... import __version__
from ...core.report import Progress
from .sources import SourceError

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
# A transfer that trickles never times out by itself: this much must come in each window.
WINDOW_SECONDS = 30.0
WINDOW_BYTES = 20_000
_TEXT_LIMIT = 1_000_000
_SIZE_LIMIT = 1_000_000_000


def fetch_text(url: str) -> str:
    """A small text file.

    Raises:
        SourceError: the host is not reachable, refuses, or is too slow.
    """
    with _stream(url) as response:
        return b"".join(_chunks(response, url, _TEXT_LIMIT)).decode("utf-8", "replace")


def fetch(url: str, target: Path, progress: Progress) -> str:
    """Download to a new file; returns its sha256 in hex. On any failure the file is removed.

    Raises:
        SourceError: the host is not reachable, refuses, is too slow, or the transfer was cut off.
        OSError: the file cannot be written.
    """
    digest = hashlib.sha256()
    done = 0
    try:
        with _stream(url) as response, target.open("xb") as file:
            total = _length(response)
            progress.amount(0, total)
            for chunk in _chunks(response, url, _SIZE_LIMIT):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                progress.amount(done, total)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


@contextmanager
def _stream(url: str) -> Iterator[httpx.Response]:
    import ssl

    import httpx

    try:
        host = urlsplit(url).hostname or url
        with (
            httpx.Client(
                # The system's authorities, or SSL_CERT_FILE and SSL_CERT_DIR: a company's own CA counts.
                verify=ssl.create_default_context(),
                follow_redirects=True,
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                # Loopback never goes through a proxy.
                trust_env=not _loopback(host),
                headers={"User-Agent": f"lkm/{__version__}", "Accept-Encoding": "identity"},
            ) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise SourceError(f"{url}: HTTP {response.status_code} {response.reason_phrase}".rstrip())
            yield response
    except httpx.ConnectTimeout as error:
        raise SourceError(f"{host}: no connection within {CONNECT_SECONDS:.0f} s") from error
    except httpx.TimeoutException as error:
        raise SourceError(f"{url}: no data for {READ_SECONDS:.0f} s") from error
    except httpx.RemoteProtocolError as error:
        raise SourceError(f"{url}: cut off: {error}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        hint = ""
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            hint = "if your network has its own certificate authority: SSL_CERT_FILE=ca.pem"
        raise SourceError(f"{host}: {reason}", hint) from error
    except (ValueError, ImportError, ssl.SSLError) as error:
        # A proxy variable that httpx cannot read, a certificate file that is none.
        raise SourceError(f"{url}: {error}", "look at HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE") from error


def _chunks(response: httpx.Response, url: str, limit: int) -> Iterator[bytes]:
    since, window, done = time.monotonic(), 0, 0
    for chunk in response.iter_raw():
        yield chunk
        window += len(chunk)
        done += len(chunk)
        if done > limit:
            raise SourceError(f"{url}: more than {limit:,} bytes")
        if time.monotonic() - since > WINDOW_SECONDS:
            if window < WINDOW_BYTES:
                raise SourceError(f"{url}: only {window:,} bytes in {WINDOW_SECONDS:.0f} s")
            since, window = time.monotonic(), 0


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
