"""A small call app on Mediasoup, as people write them: a workspace with a server and a client."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SERVER = """\
import express from "express";
import { Server } from "socket.io";
import * as mediasoup from "mediasoup";
import type { Router, WebRtcTransport } from "mediasoup/types";
import { mediaCodecs } from "./codecs";

const rooms = new Map<string, Router>();
const io = new Server(express().listen(3000));

async function start() {
  const worker = await mediasoup.createWorker({ rtcMinPort: 40000, rtcMaxPort: 40100 });
  worker.on("died", () => process.exit(1));
  const router = await worker.createRouter({ mediaCodecs });
  rooms.set("demo", router);

  io.on("connection", (socket) => {
    let transport: WebRtcTransport;
    socket.on("join", async ({ roomId }, callback) => {
      callback({ rtpCapabilities: router.rtpCapabilities });
    });
    socket.on("createTransport", async (_data, callback) => {
      transport = await router.createWebRtcTransport({
        listenIps: [{ ip: "0.0.0.0", announcedIp: process.env.MEDIASOUP_ANNOUNCED_IP }],
      });
      callback({ id: transport.id });
    });
    socket.on("produce", async ({ kind, rtpParameters }, callback) => {
      const producer = await transport.produce({ kind, rtpParameters });
      socket.broadcast.emit("newProducer", { id: producer.id });
      callback({ id: producer.id });
    });
    socket.on("startRecording", async () => {
      const plain = await router.createPlainTransport({ listenIp: "127.0.0.1" });
      await plain.connect({ ip: "127.0.0.1", port: 5004 });
    });
    socket.on("chat", (text) => io.emit("chat", text));
  });
}

start();
"""

CLIENT = """\
import { Device } from "mediasoup-client";
import { io } from "socket.io-client";

const socket = io("http://localhost:3000");

export async function join(roomId: string, track: MediaStreamTrack) {
  const device = new Device();
  socket.emit("join", { roomId }, async ({ rtpCapabilities }: any) => {
    await device.load({ routerRtpCapabilities: rtpCapabilities });
    socket.emit("createTransport", {}, async (params: any) => {
      const transport = device.createSendTransport(params);
      const producer = await transport.produce({
        track,
        encodings: [{ maxBitrate: 100000 }, { maxBitrate: 900000 }],
      });
      producer.pause();
    });
  });
  socket.on("newProducer", () => {});
  const room = { close() {} };
  room.close();
}
"""

FILES: Mapping[str, str] = {
    "package.json": '{"name": "calls", "private": true, "workspaces": ["client", "server"]}\n',
    "package-lock.json": (
        '{\n  "name": "calls",\n  "packages": {\n    "node_modules/mediasoup": {\n'
        '      "version": "3.14.7"\n    }\n  }\n}\n'
    ),
    "server/package.json": (
        '{\n  "name": "server",\n  "dependencies": {\n    "express": "^4.19.0",\n'
        '    "mediasoup": "^3.14.0",\n    "socket.io": "^4.7.0"\n  }\n}\n'
    ),
    "server/src/index.ts": SERVER,
    "server/src/codecs.ts": (
        'import type { RtpCodecCapability } from "mediasoup/types";\n\n'
        'export const mediaCodecs: RtpCodecCapability[] = [{ kind: "audio", mimeType: "audio/opus",'
        " clockRate: 48000, channels: 2 }];\n"
    ),
    "server/Dockerfile": "FROM node:20\nRUN apt-get install -y python3 g++ make\nEXPOSE 3000\n",
    "server/.env.example": "MEDIASOUP_ANNOUNCED_IP=203.0.113.7\nDATABASE_URL=postgres://x\n",
    "client/package.json": (
        '{\n  "name": "client",\n  "dependencies": {\n    "mediasoup-client": "^3.7.0",\n'
        '    "react": "^18.0.0",\n    "socket.io-client": "^4.7.0"\n  },\n'
        '  "devDependencies": {\n    "vite": "^5.0.0"\n  }\n}\n'
    ),
    "client/src/call.ts": CLIENT,
    "client/src/Button.tsx": "export const Button = () => <button>Join</button>;\n",
    "docker-compose.yml": (
        "services:\n  sfu:\n    build: ./server\n    ports:\n      - '3000:3000'\n"
        "      - '40000-40100:40000-40100/udp'\n  coturn:\n    image: coturn/coturn:4\n"
    ),
    "nginx.conf": (
        "server {\n  location /socket.io/ {\n    proxy_set_header Upgrade $http_upgrade;\n  }\n}\n"
    ),
    "README.md": "# Calls\n\nThe media goes through mediasoup.\n",
    ".gitignore": "node_modules\n.env\n",
}  # fmt: skip


def write(root: Path, files: Mapping[str, str] = FILES, **more: str) -> Path:
    """Write the app; ``more`` are further files, ``__`` in a name is ``/``."""
    for name, text in {**files, **{key.replace("__", "/"): value for key, value in more.items()}}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root
