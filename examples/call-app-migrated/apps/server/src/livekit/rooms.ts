import { RoomServiceClient, ServerError } from "livekit-server-sdk";
import type { ParticipantInfo, Room } from "livekit-server-sdk";

import type { LiveKitConfig } from "./config";
import { ROLE_ATTRIBUTE } from "./types";

const LIMITS = {
  /** Seconds that a room stays when nobody comes. */
  emptyTimeout: 5 * 60,
  /** Seconds that it stays when the last one has left, so that a reload finds the same room. */
  departureTimeout: 30,
  maxParticipants: 20,
};

export type Admission = "done" | "not-found" | "not-waiting";

export interface RoomService {
  /** Makes the room with its limits; one that is there stays as it is. */
  ensure: (roomId: string) => Promise<Room>;
  list: () => Promise<Room[]>;
  /** Lets somebody in who waits. */
  admit: (roomId: string, identity: string) => Promise<Admission>;
  /** Turns somebody away who waits. */
  deny: (roomId: string, identity: string) => Promise<Admission>;
  /**
   * Ends somebody's part in a call. Their token stays valid until it expires: authorizeCall has to
   * refuse too.
   */
  remove: (roomId: string, identity: string) => Promise<void>;
}

export function createRoomService(config: LiveKitConfig): RoomService {
  const client = new RoomServiceClient(config.url, config.apiKey, config.apiSecret);

  async function whenWaiting(
    roomId: string,
    identity: string,
    act: (participant: ParticipantInfo) => Promise<unknown>,
  ): Promise<Admission> {
    try {
      const participant = await client.getParticipant(roomId, identity);
      // Without this, "deny" would be a way to throw out people who are in the call.
      if (participant.permission?.canSubscribe !== false) return "not-waiting";
      await act(participant);
      return "done";
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return "not-found";
      throw error;
    }
  }

  return {
    ensure: (roomId) => client.createRoom({ name: roomId, ...LIMITS }),
    list: () => client.listRooms(),
    admit: (roomId, identity) =>
      whenWaiting(roomId, identity, (participant) =>
        client.updateParticipant(roomId, identity, {
          // A permission replaces the old one as a whole; what is not named here is taken away.
          permission: {
            canPublish: participant.attributes[ROLE_ATTRIBUTE] !== "viewer",
            canSubscribe: true,
            canPublishData: true,
          },
        }),
      ),
    deny: (roomId, identity) =>
      whenWaiting(roomId, identity, () => client.removeParticipant(roomId, identity)),
    remove: (roomId, identity) => client.removeParticipant(roomId, identity),
  };
}
