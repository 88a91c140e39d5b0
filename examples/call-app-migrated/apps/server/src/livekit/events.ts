import type { WebhookEvent } from "livekit-server-sdk";

/**
 * What LiveKit tells of calls: room_started, participant_joined, participant_left, room_finished
 * and more. Presence and the history of calls belong here, where the old stack wrote them on join
 * and disconnect.
 *
 * The signature is checked before. An event can come twice, and late: write with `event.id` as the
 * key, and take the time from `event.createdAt`. A rejected promise is answered with 502, and
 * LiveKit sends it again.
 */
export const onCallEvent: (event: WebhookEvent) => Promise<void> = () => Promise.resolve();
