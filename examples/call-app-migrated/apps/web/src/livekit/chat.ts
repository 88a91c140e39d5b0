import type { Room } from "livekit-client";

import { isAdmitted, nameOf } from "./participant";
import type { ChatMessage } from "./types";

/** The topic of LiveKit's own chat components: they and we read each other. */
const TOPIC = "lk.chat";

export function onChatMessage(room: Room, receive: (message: ChatMessage) => void): void {
  room.registerTextStreamHandler(TOPIC, (reader, { identity }) => {
    reader.readAll().then(
      (text) => {
        const name = nameOf(room.remoteParticipants.get(identity) ?? { identity });
        receive({ id: reader.info.id, identity, name, text, sentAt: reader.info.timestamp });
      },
      () => {
        // The sender left in the middle: there is no message.
      },
    );
  });
}

/**
 * Sends a message to those in the call, not to those who wait, and returns it as the others get it.
 */
export async function sendChatMessage(room: Room, text: string): Promise<ChatMessage> {
  const { localParticipant } = room;
  const own = { identity: localParticipant.identity, name: nameOf(localParticipant), text };
  const destinationIdentities = [...room.remoteParticipants.values()]
    .filter(isAdmitted)
    .map((each) => each.identity);
  // An empty list would mean everybody.
  if (destinationIdentities.length === 0)
    return { ...own, id: crypto.randomUUID(), sentAt: Date.now() };
  const sent = await localParticipant.sendText(text, { topic: TOPIC, destinationIdentities });
  return { ...own, id: sent.id, sentAt: sent.timestamp };
}
