import type { AudioLevelObserver, Router, RtpCapabilities, WebRtcServer } from "mediasoup/types";
import { MediaPeer } from "./MediaPeer";

const SPEAKERS = { maxEntries: 4, threshold: -60, interval: 500 };

/** The media of one call: a router, and the observer that hears who speaks. */
export class MediaRoom {
  private constructor(
    readonly router: Router,
    private readonly webRtcServer: WebRtcServer,
    private readonly audioLevels: AudioLevelObserver,
  ) {}

  static async create(router: Router, webRtcServer: WebRtcServer): Promise<MediaRoom> {
    return new MediaRoom(router, webRtcServer, await router.createAudioLevelObserver(SPEAKERS));
  }

  get rtpCapabilities(): RtpCapabilities {
    return this.router.rtpCapabilities;
  }

  /** @param listener gets the identities of those who speak, the loudest first. */
  onActiveSpeakers(listener: (identities: string[]) => void): void {
    this.audioLevels.on("volumes", (volumes) => {
      listener(volumes.map(({ producer }) => String(producer.appData["identity"])));
    });
    this.audioLevels.on("silence", () => {
      listener([]);
    });
  }

  createPeer(identity: string): MediaPeer {
    return new MediaPeer(identity, this.router, this.webRtcServer, this.audioLevels);
  }

  close(): void {
    this.router.close();
  }
}
