import express from "express";

import { livekitRouter } from "./livekit/routes";

const app = express();
app.use(express.json());
app.use("/livekit", livekitRouter(process.env));
app.listen(Number(process.env.PORT), "127.0.0.1");
