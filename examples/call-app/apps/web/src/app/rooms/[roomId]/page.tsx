import type { Metadata } from "next";
import { CallProvider } from "@/call/CallProvider";
import { RoomScreen } from "@/components/room/RoomScreen";

export const metadata: Metadata = { title: "Call" };

export default async function RoomPage({ params }: { params: Promise<{ roomId: string }> }) {
  const { roomId } = await params;
  return (
    <CallProvider>
      <RoomScreen roomId={roomId} />
    </CallProvider>
  );
}
