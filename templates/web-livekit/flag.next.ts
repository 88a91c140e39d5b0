/**
 * Which stack carries the calls: one answer for the whole page, taken when this module is loaded,
 * so that no component can be on the other one. Next.js puts the value into the build: after a
 * change, build again.
 *
 * A room must never be split over two stacks. To move rooms over one by one, let the back end say
 * which stack a room is on (`stack` in its record, set when the room is made and never changed
 * while somebody is in it), and mount one of two providers by that where the room is loaded; this
 * flag is then the default for new rooms.
 */
export const USE_LIVEKIT = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";
