import type { RequestMethod, Requests } from "@call-app/shared";
import { MAX_MESSAGE_LENGTH } from "@call-app/shared";
import { z } from "zod";

// Mediasoup checks the inside of these by itself.
const isObject = (value: unknown) => typeof value === "object" && value !== null;
const dtlsParameters = z.custom<Requests["connectTransport"]["data"]["dtlsParameters"]>(isObject);
const rtpCapabilities = z.custom<Requests["consume"]["data"]["rtpCapabilities"]>(isObject);
const rtpParameters = z.custom<Requests["produce"]["data"]["rtpParameters"]>(isObject);

const empty = z.record(z.string(), z.never());
const id = z.string().min(1).max(100);

export const requestSchemas: { [M in RequestMethod]: z.ZodType<Requests[M]["data"]> } = {
  ping: empty,
  join: z.object({ roomId: id }),
  leave: empty,
  createTransport: z.object({ direction: z.enum(["send", "recv"]) }),
  connectTransport: z.object({ transportId: id, dtlsParameters }),
  restartIce: z.object({ transportId: id }),
  produce: z.object({
    transportId: id,
    kind: z.enum(["audio", "video"]),
    source: z.enum(["camera", "microphone", "screen", "screen-audio"]),
    rtpParameters,
  }),
  pauseProducer: z.object({ producerId: id }),
  resumeProducer: z.object({ producerId: id }),
  closeProducer: z.object({ producerId: id }),
  consume: z.object({ producerId: id, rtpCapabilities }),
  resumeConsumer: z.object({ consumerId: id }),
  sendChatMessage: z.object({ text: z.string().trim().min(1).max(MAX_MESSAGE_LENGTH) }),
  approveJoinRequest: z.object({ identity: id }),
  denyJoinRequest: z.object({ identity: id }),
};

export const envelopeSchema = z.object({
  type: z.literal("request"),
  id: z.number().int().nonnegative(),
  method: z.string().refine((method): method is RequestMethod => Object.hasOwn(requestSchemas, method)),
  data: z.unknown(),
});
