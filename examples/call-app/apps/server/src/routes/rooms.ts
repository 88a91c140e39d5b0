import type { Room, RoomDetails } from "@call-app/shared";
import { MAX_NAME_LENGTH } from "@call-app/shared";
import { Hono } from "hono";
import type { Context } from "hono";
import { z } from "zod";
import { UserError } from "../errors";
import type { Services } from "../services";
import { roomAccess } from "../services/access";
import type { RoomAccess } from "../services/access";
import type { SessionVariables } from "../session";
import { requireSession } from "../session";
import { readBody } from "./validate";

const newRoom = z.object({
  name: z.string().trim().min(1).max(MAX_NAME_LENGTH),
  requiresApproval: z.boolean().default(true),
});

export function roomRoutes(services: Services, sessionSecret: string) {
  const { rooms, calls, presence } = services;
  const accessOf = roomAccess(services, sessionSecret);

  async function details(room: Room, isHost: boolean): Promise<RoomDetails> {
    return { ...room, isHost, participantCount: await presence.count(room.id) };
  }

  async function requireAccess(c: Context, roomId: string): Promise<RoomAccess> {
    const access = await accessOf(c, roomId);
    if (!access) {
      throw new UserError("Sign in first", 401);
    }
    return access;
  }

  return new Hono<SessionVariables>()
    .post("/", requireSession(sessionSecret), async (c) => {
      const { identity } = c.get("session");
      const room = await rooms.create({ ...(await readBody(c, newRoom)), hostIdentity: identity });
      return c.json(await details(room, true), 201);
    })
    .get("/:id", async (c) => {
      const { room, isHost } = await requireAccess(c, c.req.param("id"));
      return c.json(await details(room, isHost));
    })
    .get("/:id/history", async (c) => {
      const { room, isHost } = await requireAccess(c, c.req.param("id"));
      if (!isHost) {
        throw new UserError("Only the host sees who was in the room", 403);
      }
      return c.json(await calls.ofRoom(room.id));
    });
}
