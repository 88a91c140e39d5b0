import Fastify from "fastify";

import { livekitRoutes } from "./livekit/routes";

const app = Fastify();
await app.register(livekitRoutes, { prefix: "/livekit" });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
