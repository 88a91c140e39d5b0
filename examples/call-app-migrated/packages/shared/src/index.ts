export * from "./rooms";
export * from "./signaling";
