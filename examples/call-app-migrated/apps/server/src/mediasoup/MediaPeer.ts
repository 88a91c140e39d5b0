import type { ConsumerInfo, Requests, TransportDirection, TransportInfo } from "@call-app/shared";
import type {
  AudioLevelObserver,
  Consumer,
  DtlsParameters,
  IceParameters,
  Producer,
  Router,
  RtpCapabilities,
  RtpParameters,
  WebRtcServer,
  WebRtcTransport,
} from "mediasoup/types";
import { UserError } from "../errors";
import { INITIAL_OUTGOING_BITRATE, MAX_INCOMING_BITRATE } from "./config";

type ProduceOptions = Requests["produce"]["data"];
type ClientRtpCapabilities = Requests["consume"]["data"]["rtpCapabilities"];

function found<T>(items: ReadonlyMap<string, T>, id: string, what: string): T {
  const item = items.get(id);
  if (!item) {
    throw new UserError(`There is no such ${what}`, 404);
  }
  return item;
}

// mediasoup-client knows one header extension that mediasoup does not; it ignores what it does not know.
const forRouter = {
  parameters: (parameters: ProduceOptions["rtpParameters"]) => parameters as RtpParameters,
  capabilities: (capabilities: ClientRtpCapabilities) => capabilities as RtpCapabilities,
};

/** What one person sends to a call and receives from it. */
export class MediaPeer {
  private readonly transports = new Map<string, WebRtcTransport>();
  private readonly producers = new Map<string, Producer>();
  private readonly consumers = new Map<string, Consumer>();

  constructor(
    private readonly identity: string,
    private readonly router: Router,
    private readonly webRtcServer: WebRtcServer,
    private readonly audioLevels: AudioLevelObserver,
  ) {}

  async createTransport(direction: TransportDirection): Promise<TransportInfo> {
    const transport = await this.router.createWebRtcTransport({
      webRtcServer: this.webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
      appData: { identity: this.identity, direction },
    });
    if (direction === "send") {
      await transport.setMaxIncomingBitrate(MAX_INCOMING_BITRATE);
    }
    this.transports.set(transport.id, transport);
    return {
      id: transport.id,
      iceParameters: transport.iceParameters,
      iceCandidates: transport.iceCandidates,
      dtlsParameters: transport.dtlsParameters,
    };
  }

  async connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    await found(this.transports, transportId, "transport").connect({ dtlsParameters });
  }

  async restartIce(transportId: string): Promise<IceParameters> {
    return found(this.transports, transportId, "transport").restartIce();
  }

  /** @param onScore gets what Mediasoup thinks of the quality of the stream, 0 to 10. */
  async produce(options: ProduceOptions, onScore: (score: number) => void): Promise<Producer> {
    const producer = await found(this.transports, options.transportId, "transport").produce({
      kind: options.kind,
      rtpParameters: forRouter.parameters(options.rtpParameters),
      appData: { identity: this.identity, source: options.source },
    });
    this.producers.set(producer.id, producer);
    producer.observer.once("close", () => this.producers.delete(producer.id));
    producer.on("score", (scores) => {
      onScore(Math.max(0, ...scores.map(({ score }) => score)));
    });
    if (options.source === "microphone") {
      await this.audioLevels.addProducer({ producerId: producer.id });
    }
    return producer;
  }

  async pauseProducer(producerId: string): Promise<void> {
    await found(this.producers, producerId, "producer").pause();
  }

  async resumeProducer(producerId: string): Promise<void> {
    await found(this.producers, producerId, "producer").resume();
  }

  closeProducer(producerId: string): void {
    found(this.producers, producerId, "producer").close();
  }

  /** The consumer is made paused: the browser asks for media when it is ready to play it. */
  async consume(producerId: string, clientCapabilities: ClientRtpCapabilities): Promise<ConsumerInfo> {
    const rtpCapabilities = forRouter.capabilities(clientCapabilities);
    if (!this.router.canConsume({ producerId, rtpCapabilities })) {
      throw new UserError("This browser cannot play that stream", 409);
    }
    const transport = [...this.transports.values()].find(
      ({ appData }) => appData["direction"] === "recv",
    );
    if (!transport) {
      throw new UserError("Create a transport first", 409);
    }
    const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
    this.consumers.set(consumer.id, consumer);
    consumer.observer.once("close", () => this.consumers.delete(consumer.id));
    return {
      consumerId: consumer.id,
      producerId,
      kind: consumer.kind,
      rtpParameters: consumer.rtpParameters,
      producerPaused: consumer.producerPaused,
    };
  }

  async resumeConsumer(consumerId: string): Promise<void> {
    await found(this.consumers, consumerId, "consumer").resume();
  }

  close(): void {
    for (const transport of this.transports.values()) {
      transport.close();
    }
    this.transports.clear();
  }
}
