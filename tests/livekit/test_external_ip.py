"""The address in a STUN server's answer, as RFC 5769 has it."""

from __future__ import annotations

import pytest

from livekit_migrate.livekit.external_ip import mapped_address

# RFC 5769, 2.2: a response with XOR-MAPPED-ADDRESS 192.0.2.1 port 32853.
SAMPLE = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)


def test_the_sample_of_the_rfc() -> None:
    assert mapped_address(SAMPLE) == "192.0.2.1"


@pytest.mark.parametrize("data", [b"", b"\x00" * 20, SAMPLE[:30], b"\x01\x11" + SAMPLE[2:]])
def test_what_is_no_answer_gives_none(data: bytes) -> None:
    assert mapped_address(data) == ""
