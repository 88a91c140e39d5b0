import type { TransportDirection } from "@call-app/shared";
import { Device } from "mediasoup-client";
import type { RtpCapabilities, Transport } from "mediasoup-client/types";
import { useMemo, useRef } from "react";
import type { Signaling } from "../signaling/useSignaling";
import type { TrackSource } from "../types";

export interface Transports {
  /** @param onFailed called when media cannot reach the server any more. */
  open: (routerRtpCapabilities: RtpCapabilities, onFailed: () => void) => Promise<void>;
  close: () => void;
  send: () => Transport | null;
  receive: () => { transport: Transport; rtpCapabilities: RtpCapabilities } | null;
}

interface OpenTransports {
  device: Device;
  send: Transport;
  recv: Transport;
}

async function createTransport(
  signaling: Signaling,
  device: Device,
  direction: TransportDirection,
  onFailed: () => void,
): Promise<Transport> {
  const options = await signaling.request("createTransport", { direction });
  const transport =
    direction === "send" ? device.createSendTransport(options) : device.createRecvTransport(options);

  transport.on("connect", ({ dtlsParameters }, callback, errback) => {
    signaling
      .request("connectTransport", { transportId: transport.id, dtlsParameters })
      .then(callback, errback);
  });

  transport.on("produce", ({ kind, rtpParameters, appData }, callback, errback) => {
    signaling
      .request("produce", {
        transportId: transport.id,
        kind,
        rtpParameters,
        source: appData["source"] as TrackSource,
      })
      .then(({ producerId }) => {
        callback({ id: producerId });
      }, errback);
  });

  transport.on("connectionstatechange", (state) => {
    if (state === "disconnected") {
      signaling
        .request("restartIce", { transportId: transport.id })
        .then(({ iceParameters }) => transport.restartIce({ iceParameters }))
        .catch(onFailed);
    } else if (state === "failed") {
      onFailed();
    }
  });

  return transport;
}

/** The two WebRTC connections of a call: one to send, one to receive. */
export function useTransports(signaling: Signaling): Transports {
  const current = useRef<OpenTransports | null>(null);

  return useMemo(() => {
    const close = () => {
      current.current?.send.close();
      current.current?.recv.close();
      current.current = null;
    };
    return {
      async open(routerRtpCapabilities, onFailed) {
        close();
        const device = await Device.factory();
        await device.load({ routerRtpCapabilities });
        const [send, recv] = await Promise.all([
          createTransport(signaling, device, "send", onFailed),
          createTransport(signaling, device, "recv", onFailed),
        ]);
        current.current = { device, send, recv };
      },
      close,
      send: () => current.current?.send ?? null,
      receive: () =>
        current.current && {
          transport: current.current.recv,
          rtpCapabilities: current.current.device.recvRtpCapabilities,
        },
    };
  }, [signaling]);
}
