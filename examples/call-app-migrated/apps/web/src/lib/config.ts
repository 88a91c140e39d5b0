// Next.js replaces these at build time, so each has to be written out in full.
export const API_URL = process.env.NEXT_PUBLIC_API_URL ?? "http://localhost:1285";
export const SIGNALING_URL = process.env.NEXT_PUBLIC_SIGNALING_URL ?? "ws://localhost:4001";
