const PATHS = {
  microphone: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3Zm6-3a6 6 0 0 1-12 0M12 18v3",
  "microphone-off":
    "M15 9.5V6a3 3 0 0 0-5.7-1.3M9 9v3a3 3 0 0 0 4.6 2.5M18 12c0 .8-.2 1.6-.5 2.3M6 12a6 6 0 0 0 9 5.2M12 18v3M4 4l16 16",
  camera: "M3 7.5A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9Zm12 3 6-3v9l-6-3",
  "camera-off":
    "M9.5 6h4A1.5 1.5 0 0 1 15 7.5v4M15 16.5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6M15 10.5l6-3v9l-3-1.5M4 4l16 16",
  screen: "M4 5h16v11H4V5Zm5 15h6M12 16v4M12 13V8.5m0 0L10 10.5m2-2 2 2",
  chat: "M4 5h16v11H9l-5 4V5Zm4 4h8m-8 3h5",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M16 5v4M8 15v4",
  leave: "M4.5 15.5c-1.2-1.2-1.2-3 .3-4.2C6.7 9.8 9.3 9 12 9s5.3.8 7.2 2.3c1.5 1.2 1.5 3 .3 4.2l-.6.6a1 1 0 0 1-1.2.1l-2.2-1.3a1 1 0 0 1-.5-.9v-1.5a9 9 0 0 0-6 0V14a1 1 0 0 1-.5.9l-2.2 1.3a1 1 0 0 1-1.2-.1l-.6-.6Z",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  send: "M4 12 20 4l-4 16-4.5-6.5L4 12Zm7.5 1.5L20 4",
  close: "M6 6l12 12M18 6 6 18",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 8a6 6 0 0 1 12 0M16 5.3a3 3 0 0 1 0 5.400M18 14a6 6 0 0 1 3 5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: what it is beside has the name. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
