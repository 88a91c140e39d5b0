import { randomUUID } from "node:crypto";
import type { ChatMessageInfo, ProducerInfo, RequestMethod, Requests } from "@call-app/shared";
import type { CallRooms } from "./CallRooms";
import type { Connection } from "./Connection";

export type Handlers = {
  [M in RequestMethod]: (
    connection: Connection,
    data: Requests[M]["data"],
  ) => Promise<Requests[M]["reply"]> | Requests[M]["reply"];
};

export function createHandlers(rooms: CallRooms): Handlers {
  return {
    ping: () => ({}),

    join: (connection, { roomId }) => rooms.join(connection, roomId),

    leave: async (connection) => {
      await rooms.leave(connection);
      return {};
    },

    createTransport: (connection, { direction }) =>
      rooms.membership(connection).peer.media.createTransport(direction),

    connectTransport: async (connection, { transportId, dtlsParameters }) => {
      await rooms.membership(connection).peer.media.connectTransport(transportId, dtlsParameters);
      return {};
    },

    restartIce: async (connection, { transportId }) => ({
      iceParameters: await rooms.membership(connection).peer.media.restartIce(transportId),
    }),

    produce: async (connection, options) => {
      const { call, peer } = rooms.membership(connection);
      const { identity } = peer.info;
      const producer = await peer.media.produce(options, (score) => {
        call.broadcast("producerScore", { identity, score });
      });
      const info: ProducerInfo = {
        producerId: producer.id,
        identity,
        source: options.source,
        kind: producer.kind,
        paused: producer.paused,
      };
      peer.producers.set(producer.id, info);
      producer.observer.once("close", () => {
        peer.producers.delete(producer.id);
        call.broadcast("producerClosed", { producerId: producer.id }, peer);
      });
      call.broadcast("newProducer", info, peer);
      return { producerId: producer.id };
    },

    pauseProducer: async (connection, { producerId }) => {
      const { call, peer } = rooms.membership(connection);
      await peer.media.pauseProducer(producerId);
      setPaused(peer.producers, producerId, true);
      call.broadcast("producerPaused", { producerId }, peer);
      return {};
    },

    resumeProducer: async (connection, { producerId }) => {
      const { call, peer } = rooms.membership(connection);
      await peer.media.resumeProducer(producerId);
      setPaused(peer.producers, producerId, false);
      call.broadcast("producerResumed", { producerId }, peer);
      return {};
    },

    closeProducer: (connection, { producerId }) => {
      rooms.membership(connection).peer.media.closeProducer(producerId);
      return {};
    },

    consume: (connection, { producerId, rtpCapabilities }) =>
      rooms.membership(connection).peer.media.consume(producerId, rtpCapabilities),

    resumeConsumer: async (connection, { consumerId }) => {
      await rooms.membership(connection).peer.media.resumeConsumer(consumerId);
      return {};
    },

    sendChatMessage: (connection, { text }) => {
      const { call, peer } = rooms.membership(connection);
      const message: ChatMessageInfo = {
        id: randomUUID(),
        identity: peer.info.identity,
        name: peer.info.name,
        text,
        sentAt: Date.now(),
      };
      call.broadcast("chatMessage", message, peer);
      return message;
    },

    approveJoinRequest: async (connection, { identity }) => {
      await rooms.approve(connection, identity);
      return {};
    },

    denyJoinRequest: (connection, { identity }) => {
      rooms.deny(connection, identity);
      return {};
    },
  };
}

function setPaused(producers: Map<string, ProducerInfo>, producerId: string, paused: boolean): void {
  const info = producers.get(producerId);
  if (info) {
    producers.set(producerId, { ...info, paused });
  }
}
