import type { Participant } from "livekit-client";

/** Who waits for a host is connected, but may neither send nor receive. */
export function isAdmitted(participant: Participant): boolean {
  return participant.permissions?.canSubscribe !== false;
}

export function mayPublish(participant: Participant): boolean {
  return participant.permissions?.canPublish === true;
}

/** The server puts the role into the token; nobody can change their own. */
export function isHost(participant: Participant): boolean {
  return participant.attributes.role === "host";
}

/** LiveKit's name can be empty, too. */
export function nameOf({
  name,
  identity,
}: {
  name?: string | undefined;
  identity?: string | undefined;
}): string {
  if (name) return name;
  return identity ?? "";
}
