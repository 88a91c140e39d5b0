import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";

import { livekitRoutes } from "./livekit/routes";

const app = new Hono();
app.use(cors({ origin: process.env.WEB_ORIGIN ?? "", credentials: true }));
app.route("/livekit", livekitRoutes(process.env));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
