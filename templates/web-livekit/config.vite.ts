const configured: unknown = import.meta.env.<%= api_url_env %>;

/** The app's server. Vite puts the value into the build: after a change, build again. */
export const API_URL = typeof configured === "string" ? configured : "";
