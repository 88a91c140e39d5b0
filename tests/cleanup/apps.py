"""A small call app in the middle of its move: Mediasoup and LiveKit, and a flag between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CALL = """\
import { useLiveKitCall } from "./useLiveKitCall";
import { useMediasoupCall } from "./useMediasoupCall";

/** LiveKit where the variable says so. */
export const USE_LIVEKIT = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";

export const useCall = USE_LIVEKIT ? useLiveKitCall : useMediasoupCall;
"""
LIVEKIT = """\
import { Room } from "livekit-client";

export function useLiveKitCall() {
  const room = new Room();
  return { join: () => room.connect("ws://localhost:7880", "token") };
}
"""
MEDIASOUP = """\
import { Device } from "mediasoup-client";
import { signal } from "./signaling";

export function useMediasoupCall() {
  const device = new Device();
  return { join: () => signal("join", device.loaded) };
}
"""
SIGNALING = """\
const url = process.env.NEXT_PUBLIC_SIGNALING_URL ?? "ws://localhost:4001";

export async function signal(type: string, data: unknown) {
  new WebSocket(url).send(JSON.stringify({ type, data }));
}
"""
PAGE = """\
import { useCall } from "../call/useCall";

export default function Page() {
  const call = useCall();
  return <button onClick={() => call.join()}>Join</button>;
}
"""
SERVER = """\
import express from "express";
import { env } from "./env";
import { MediaServer } from "./mediasoup/MediaServer";

const app = express();
const media = new MediaServer(env.MEDIASOUP_ANNOUNCED_IP);

await media.ready();
app.get("/health", (_request, response) => response.send("ok"));
app.listen(env.PORT);

process.on("SIGTERM", async () => {
  await media.close();
  process.exit(0);
});
"""
MEDIA_SERVER = """\
import { createWorker } from "mediasoup";
import { WebSocketServer } from "ws";

export class MediaServer {
  private sockets = new WebSocketServer({ port: Number(process.env.MEDIASOUP_SIGNAL_PORT ?? 4001) });
  constructor(private readonly address: string) {}
  async ready() {
    await createWorker({ rtcMinPort: 40000, rtcMaxPort: 40100 });
  }
  async close() {
    this.sockets.close();
  }
}
"""
ENV = """\
import { z } from "zod";

const schema = z.object({
  PORT: z.coerce.number().default(1285),
  // the address that browsers are told
  MEDIASOUP_ANNOUNCED_IP: z.string().default("127.0.0.1"),
  LIVEKIT_URL: z.string().optional(),
});

export const env = schema.parse(process.env);
"""
ENV_EXAMPLE = """\
PORT=1285
NEXT_PUBLIC_USE_LIVEKIT=false

# Mediasoup: the public address, and the port of its signalling
MEDIASOUP_ANNOUNCED_IP=127.0.0.1
MEDIASOUP_SIGNAL_PORT=4001

LIVEKIT_URL=ws://localhost:7880
"""
WEB_MANIFEST = """\
{
  "name": "web",
  "private": true,
  "scripts": { "dev": "next dev" },
  "dependencies": {
    "livekit-client": "^2.0.0",
    "mediasoup-client": "^3.0.0",
    "next": "16.0.0"
  }
}
"""
SERVER_MANIFEST = """\
{
  "name": "server",
  "private": true,
  "type": "module",
  "scripts": {
    "dev": "tsx src/index.ts",
    "media": "tsx src/mediasoup/MediaServer.ts",
    "all": "npm run dev & npm run media"
  },
  "dependencies": {
    "express": "^5.0.0",
    "mediasoup": "^3.0.0",
    "ws": "^8.0.0",
    "zod": "^4.0.0"
  },
  "devDependencies": {
    "@types/ws": "^8.0.0",
    "tsx": "^4.0.0"
  }
}
"""
ROOT_MANIFEST = """\
{
  "name": "app",
  "private": true,
  "workspaces": ["apps/*"],
  "overrides": { "mediasoup": { "debug": "4.4.0" } },
  "trustedDependencies": ["mediasoup", "esbuild"]
}
"""
TSUP = """\
import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/mediasoup/MediaServer.ts"],
  external: ["mediasoup", "ws", "express"],
});
"""
COMPOSE = """\
services:
  livekit:
    image: livekit/livekit-server:v1.13.5
    ports: ["7880:7880"]

  # carries the media
  mediasoup:
    image: example/mediasoup-server
    volumes:
      - sfu-logs:/logs

  backend:
    build: ./apps/server
    ports:
      - "1285:1285"
      - "4001:4001"
      - "40000-40100:40000-40100/udp"
    environment:
      PORT: 1285
      MEDIASOUP_ANNOUNCED_IP: 127.0.0.1
      LIVEKIT_URL: ws://livekit:7880
    depends_on:
      - livekit
      - mediasoup

volumes:
  sfu-logs:
  data:
"""
DOCKERFILE = """\
FROM node:22
WORKDIR /app
# mediasoup's port for media
ENV MEDIASOUP_ANNOUNCED_IP=127.0.0.1
EXPOSE 1285 4001
CMD ["node", "dist/index.js"]
"""
README = """\
# App

## Mediasoup

Calls go through mediasoup: open 40000-40100.

## Licence

MIT
"""
FILES: dict[str, str] = {
    "lkm.toml": "",
    "package.json": ROOT_MANIFEST,
    "README.md": README,
    "docker-compose.yml": COMPOSE,
    "apps/web/package.json": WEB_MANIFEST,
    "apps/web/call/useCall.ts": CALL,
    "apps/web/call/useLiveKitCall.ts": LIVEKIT,
    "apps/web/call/useMediasoupCall.ts": MEDIASOUP,
    "apps/web/call/signaling.ts": SIGNALING,
    "apps/web/app/page.tsx": PAGE,
    "apps/server/package.json": SERVER_MANIFEST,
    "apps/server/tsup.config.ts": TSUP,
    "apps/server/Dockerfile": DOCKERFILE,
    "apps/server/.env.example": ENV_EXAMPLE,
    "apps/server/src/index.ts": SERVER,
    "apps/server/src/env.ts": ENV,
    "apps/server/src/mediasoup/MediaServer.ts": MEDIA_SERVER,
}


def write(root: Path, files: Mapping[str, str] = FILES) -> Path:
    """The app in a folder."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file outside of what lkm and git keep for themselves."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".lkm", ".git"} & set(path.relative_to(root).parts)
    }
