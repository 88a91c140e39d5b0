import { appendFile } from "node:fs/promises";
import type { WebhookEvent } from "livekit-server-sdk";

const LOG = process.env.EVENTS_LOG ?? "events.log";

export const onCallEvent = (event: WebhookEvent): Promise<void> =>
  appendFile(LOG, `${event.event} ${event.participant?.identity ?? ""}\n`);
