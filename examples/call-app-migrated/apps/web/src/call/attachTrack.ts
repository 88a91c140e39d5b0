/** Plays a track in an element; returns what takes it out again. */
export function attachTrack(track: MediaStreamTrack, element: HTMLMediaElement): () => void {
  const stream = new MediaStream([track]);
  element.srcObject = stream;
  // The element has autoplay, too: a browser that refuses one of them starts with the next click.
  element.play().catch(() => undefined);
  return () => {
    if (element.srcObject === stream) {
      element.srcObject = null;
    }
  };
}
