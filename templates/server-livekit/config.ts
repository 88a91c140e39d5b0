/** The variables that LiveKit needs on the server: of a validated env object, or of `process.env`. */
export type LiveKitEnv = LiveKitVariables | NodeJS.ProcessEnv;

interface LiveKitVariables {
  LIVEKIT_URL?: string | undefined;
  PUBLIC_LIVEKIT_URL?: string | undefined;
  LIVEKIT_API_KEY?: string | undefined;
  LIVEKIT_API_SECRET?: string | undefined;
}

export interface LiveKitConfig {
  /** As this server reaches LiveKit. */
  url: string;
  /**
   * As browsers reach it. It travels with the token, so that no build of the web app has it baked
   * in.
   */
  publicUrl: string;
  apiKey: string;
  apiSecret: string;
}

/**
 * Null where nothing of LiveKit is set: a deployment that still runs without it must start, and its
 * LiveKit routes answer 503. A part of the settings is a mistake, and stops the server.
 */
export function loadLiveKitConfig(env: LiveKitEnv): LiveKitConfig | null {
  const {
    LIVEKIT_URL: url,
    PUBLIC_LIVEKIT_URL: publicUrl,
    LIVEKIT_API_KEY: apiKey,
    LIVEKIT_API_SECRET: apiSecret,
  } = env;
  if (!url && !apiKey && !apiSecret) return null;
  if (!url || !apiKey || !apiSecret) {
    throw new Error(
      "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong together: set all of them",
    );
  }
  return { url, publicUrl: publicUrl ?? url, apiKey, apiSecret };
}
