/** The app's server. Next.js puts the value into the build: after a change, build again. */
export const API_URL = process.env.NEXT_PUBLIC_API_URL ?? "";
