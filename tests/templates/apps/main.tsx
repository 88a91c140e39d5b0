import { StrictMode, useEffect, useRef } from "react";
import { createRoot } from "react-dom/client";

import { CallRoom } from "./livekit/components/CallRoom";
import { LiveKitProvider } from "./livekit/LiveKitProvider";
import type { CallTrack } from "./livekit/types";
import { useLiveKitCall } from "./livekit/useLiveKitCall";

// Components of an app's own, which know a call only by its interface.
function Media({ track }: { track: CallTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  const audio = useRef<HTMLAudioElement>(null);
  const { kind, attach } = track;

  useEffect(() => {
    const element = kind === "video" ? video.current : audio.current;
    return element ? attach(element) : undefined;
  }, [kind, attach]);

  return kind === "video" ? <video ref={video} data-source={track.source} width={160} muted /> : <audio ref={audio} />;
}

function OwnRoom({ roomId, autoJoin = false }: { roomId: string; autoJoin?: boolean }) {
  const call = useLiveKitCall();
  const { join } = call;

  // In strict mode: join, leave, join.
  useEffect(() => {
    if (autoJoin) void join({ roomId, microphone: true, camera: true });
  }, [autoJoin, join, roomId]);

  return (
    <main>
      <p role="status">{call.status}</p>
      <button onClick={() => void call.join({ roomId, microphone: true, camera: true })}>Join</button>
      <button onClick={() => void call.leave()}>Leave</button>
      <button onClick={() => void call.toggleMicrophone()}>Microphone</button>
      <pre>{JSON.stringify(call)}</pre>
      {call.participants.map(({ identity, isLocal, tracks }) => (
        <section key={identity} aria-label={identity}>
          {tracks
            .filter(({ kind }) => !isLocal || kind === "video")
            .map((track) => (
              <Media key={track.id} track={track} />
            ))}
        </section>
      ))}
    </main>
  );
}

const [room = "", ui] = location.hash.slice(1).split("/");
const pages = {
  own: () => <OwnRoom roomId={room} />,
  auto: () => <OwnRoom roomId={room} autoJoin />,
};
const Page = pages[ui as keyof typeof pages] ?? (() => <CallRoom roomId={room} />);
const root = document.getElementById("root");
if (!root) throw new Error("no #root");
createRoot(root).render(
  <StrictMode>
    <LiveKitProvider>
      <Page />
    </LiveKitProvider>
  </StrictMode>,
);
