"""A program that has a port: ``squatter.py tcp|udp HOST PORT``; says `held` when it has it."""

from __future__ import annotations

import socket
import sys
import time

kind, host, port = sys.argv[1:]
held = socket.socket(
    socket.AF_INET6 if ":" in host else socket.AF_INET,
    socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM,
)
held.bind((host, int(port)))
if kind == "tcp":
    held.listen()
sys.stdout.write("held\n")
sys.stdout.flush()
time.sleep(600)
