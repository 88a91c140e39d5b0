import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { SessionProvider } from "@/session/SessionProvider";
import "./globals.css";
import { LiveKitProvider } from "../livekit/LiveKitProvider";

export const metadata: Metadata = {
  title: { default: "Huddle", template: "%s · Huddle" },
  description: "Video calls for small teams",
};

export const viewport: Viewport = {
  themeColor: "#0f1420",
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SessionProvider>
          <LiveKitProvider>{children}</LiveKitProvider>
        </SessionProvider>
      </body>
    </html>
  );
}
