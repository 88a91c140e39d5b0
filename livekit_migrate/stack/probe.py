"""Is a LiveKit server there: one `GET /` that costs a millisecond."""

from __future__ import annotations

SECONDS = 3.0


def probe(port: int, timeout: float = SECONDS, host: str = "127.0.0.1") -> tuple[int | None, str]:
    """One ``GET /`` of a server on this machine, never through a proxy.

    Args:
        timeout: seconds for each step of the exchange.

    Returns:
        The HTTP status and what it means; None and why there was none.
    """
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        said = answer.read(200).decode(errors="replace").strip()
    except ConnectionRefusedError:
        return None, "nothing listens yet"
    except TimeoutError:
        return None, f"no answer within {timeout:g} s"
    except (OSError, http.client.HTTPException) as error:
        return None, f"no HTTP: {error or type(error).__name__}"
    finally:
        connection.close()
    return answer.status, f"HTTP {answer.status} {said}".strip()
