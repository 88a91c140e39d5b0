import type { RouterRtpCodecCapability, TransportListenInfo, WorkerSettings } from "mediasoup/types";
import type { Env } from "../env";

export const workerSettings: WorkerSettings = {
  logLevel: "warn",
  logTags: ["ice", "dtls", "rtp", "srtp"],
};

export const mediaCodecs: RouterRtpCodecCapability[] = [
  {
    kind: "audio",
    mimeType: "audio/opus",
    clockRate: 48_000,
    channels: 2,
  },
  {
    kind: "video",
    mimeType: "video/VP8",
    clockRate: 90_000,
    parameters: { "x-google-start-bitrate": 1000 },
  },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    parameters: {
      "packetization-mode": 1,
      "profile-level-id": "42e01f",
      "level-asymmetry-allowed": 1,
    },
  },
];

export const INITIAL_OUTGOING_BITRATE = 1_000_000;
export const MAX_INCOMING_BITRATE = 3_000_000;

/** UDP first; TCP on the same port for networks that let nothing else through. */
export function listenInfos(env: Env): TransportListenInfo[] {
  return (["udp", "tcp"] as const).map((protocol) => ({
    protocol,
    ip: env.MEDIASOUP_LISTEN_IP,
    port: env.MEDIASOUP_RTC_PORT,
    ...(env.MEDIASOUP_ANNOUNCED_IP && { announcedAddress: env.MEDIASOUP_ANNOUNCED_IP }),
  }));
}
