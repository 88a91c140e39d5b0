import type { Room, RoomDetails } from "@call-app/shared";
import { MAX_NAME_LENGTH } from "@call-app/shared";
import { Hono } from "hono";
import { z } from "zod";
import { roomAccess } from "../access";
import { UserError } from "../errors";
import type { Services } from "../services";
import type { SessionVariables } from "../session";
import { requireSession } from "../session";
import { readBody } from "./validate";

const newRoom = z.object({
  name: z.string().trim().min(1).max(MAX_NAME_LENGTH),
  requiresApproval: z.boolean().default(true),
});

export function roomRoutes(services: Services, sessionSecret: string) {
  const { rooms, calls, presence, admission } = services;
  const access = roomAccess(services, sessionSecret);

  async function details(room: Room, identity: string): Promise<RoomDetails> {
    return {
      ...room,
      isHost: rooms.isHost(room, identity),
      mustWait: !(await admission.mayEnter(room, identity)),
      participantCount: await presence.count(room.id),
    };
  }

  return new Hono<SessionVariables>()
    .use(requireSession(sessionSecret))
    .post("/", async (c) => {
      const { identity } = c.get("session");
      const room = await rooms.create({ ...(await readBody(c, newRoom)), hostIdentity: identity });
      return c.json(await details(room, identity), 201);
    })
    .get("/:id", async (c) => {
      const room = await rooms.get(c.req.param("id"));
      return c.json(await details(room, c.get("session").identity));
    })
    .get("/:id/history", async (c) => {
      const asker = await access(c, c.req.param("id"));
      if (!asker.isHost) {
        throw new UserError("Only the host sees who was in the room", 403);
      }
      return c.json(await calls.ofRoom(asker.roomId));
    });
}
