/** The way to the server: snapshot, ticket, websocket, and back again after a drop. */

import type {
  AnyClientMessage,
  AnyEvent,
  AnyServerMessage,
  Pushed,
  Subscribed,
  TicketInfo,
} from "../generated/messages";
import { Refusal } from "./api";
import { EMPTY, type Feed, feeding, outdated, type Snapshot } from "./feed";
import type { NoticeFeed } from "./notices";

/** What is followed: where its snapshots and tickets come from, and how its events change it. */
export interface Source<State, Event extends AnyEvent> {
  snapshot(): Promise<Snapshot<State>>;
  ticket(): Promise<TicketInfo>;
  apply(state: State, event: Event): State;
}

/** How the page stands to its server. Two end it: `signed_out` until a new sign-in, `outdated` until the page is loaded anew. */
export type Link = "connecting" | "live" | "reconnecting" | "signed_out" | "outdated";

export interface Listener<State, Event extends AnyEvent> {
  /** The feed moved; `event` is what moved it, absent after a snapshot. */
  changed(feed: Feed<State, Event>, event?: Event): void;
  link(link: Link): void;
  /** The server is there and says no; the connection keeps trying. */
  refused(refusal: Refusal): void;
}

/** The protocol's versions that this page speaks. */
const VERSIONS = "1";
const CLOSE_VERSION = 4406;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PULSE_MS = 20_000;
/** A server that has said nothing by then counts as gone. */
const ANSWER_LIMIT_MS = 10_000;

/** Milliseconds before the next try: doubling, with jitter so that a room of desks does not come back at once. */
export function backoff(attempt: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random / 2);
}

export class Connection<State, Event extends AnyEvent> {
  #feed: Feed<State, Event> = EMPTY;
  readonly #feeding: ReturnType<typeof feeding<State, Event>>;
  #subject = "";
  #socket: WebSocket | null = null;
  #stopped = false;
  #attempt = 0;
  #fetching: WebSocket | null = null; // the conversation in which a snapshot is on its way
  #wake: (() => void) | null = null;
  #returnAfter: number | null = null; // milliseconds, where the gateway said so before it ended

  constructor(
    private readonly source: Source<State, Event>,
    private readonly listener: Listener<State, Event>,
    private readonly open: (url: string) => WebSocket = (url) => new WebSocket(url),
    private readonly notices: NoticeFeed | null = null,
  ) {
    this.#feeding = feeding((state: State, event: Event) => source.apply(state, event));
  }

  /** Runs until `stop` or until the server no longer knows who we are. */
  async run(): Promise<void> {
    this.listener.link("connecting");
    while (!this.#stopped) {
      try {
        if (this.#feed.stale) {
          this.#feed = outdated(this.#feed); // what an earlier conversation brought is in the snapshot, or in another epoch
          this.#take(await this.source.snapshot());
        }
        const { url } = await this.source.ticket();
        if (this.#halted()) return; // nobody would close what is opened now
        if ((await this.#converse(`${url}&v=${VERSIONS}`)) === CLOSE_VERSION) {
          this.listener.link("outdated");
          return;
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status === 401) {
          this.listener.link("signed_out");
          return;
        }
        if (error.status !== 0) this.listener.refused(error);
      }
      if (this.#halted()) return;
      this.listener.link("reconnecting");
      await this.#wait(this.#returnAfter ?? backoff(this.#attempt++, Math.random()));
      this.#returnAfter = null;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.close();
    this.#wake?.();
  }

  /** Try again now rather than after the wait: the machine says its network is back. */
  hurry(): void {
    this.#wake?.();
  }

  /** One websocket from greeting to close; its close code. A server that is silent for too long is given up: the line may be dead. */
  #converse(url: string): Promise<number> {
    return new Promise((resolve) => {
      const socket = this.open(url);
      this.#socket = socket;
      let pulse: ReturnType<typeof setInterval> | undefined;
      let silence: ReturnType<typeof setTimeout> | undefined;
      const end = (code = 0) => {
        clearInterval(pulse);
        clearTimeout(silence);
        socket.onmessage = null;
        this.#socket = null;
        resolve(code);
      };
      const expectAnswer = () => {
        clearTimeout(silence);
        silence = setTimeout(() => {
          socket.close();
          end();
        }, ANSWER_LIMIT_MS);
      };
      expectAnswer();
      socket.onclose = (closed) => end(closed.code);
      socket.onmessage = (message: MessageEvent<unknown>) => {
        const frame = parse(message.data);
        if (this.notices?.take(frame) === true) return;
        switch (frame?.type) {
          case "hello":
            this.#subscribe(socket);
            this.notices?.subscribe(socket);
            expectAnswer();
            // Browsers hide pings from pages; to subscribe again costs little, changes nothing, and must be answered.
            pulse = setInterval(() => {
              this.#subscribe(socket);
              expectAnswer();
            }, PULSE_MS);
            break;
          case "subscribed":
          case "event":
            clearTimeout(silence);
            this.#hear(socket, frame);
            break;
          case "bye":
            this.#returnAfter = 1000 * frame.return_after_s + backoff(0, Math.random());
            break;
          case "error":
            console.warn("The gateway did not understand this page:", frame.message);
        }
      };
    });
  }

  #subscribe(socket: WebSocket): void {
    const message: AnyClientMessage = { type: "subscribe", subject: this.#subject, ...this.#feed.position };
    socket.send(JSON.stringify(message));
  }

  #hear(socket: WebSocket, frame: Subscribed | Pushed): void {
    if (frame.type === "subscribed") {
      this.#attempt = 0;
      if (!frame.recovered) this.#feed = outdated(this.#feed);
      this.listener.link("live");
    } else {
      const before = this.#feed;
      const event = frame.event as Event; // the subject says whose events they are, and it is the only one here
      this.#feed = this.#feeding.receive(before, { ...frame, event });
      if (this.#feed.state !== before.state) this.listener.changed(this.#feed, event);
    }
    if (this.#feed.stale) void this.#refetch(socket);
  }

  /** A new snapshot in mid-conversation. What fails here closes the socket: the way back in sets it right. */
  async #refetch(socket: WebSocket): Promise<void> {
    if (this.#fetching === socket) return;
    this.#fetching = socket;
    try {
      const snapshot = await this.source.snapshot();
      if (this.#socket !== socket) return; // that conversation is over, and another one may know better
      this.#take(snapshot);
      if (this.#feed.stale) socket.close();
    } catch (error) {
      socket.close();
      if (!(error instanceof Refusal)) throw error;
    } finally {
      if (this.#fetching === socket) this.#fetching = null;
    }
  }

  #take(snapshot: Snapshot<State>): void {
    this.#subject = snapshot.subject;
    this.#feed = this.#feeding.load(this.#feed, snapshot);
    this.listener.changed(this.#feed);
  }

  #halted(): boolean {
    return this.#stopped;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A frame from the gateway; null for what is no JSON object. Its type may be one that only newer desks know. */
function parse(data: unknown): AnyServerMessage | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as AnyServerMessage | null;
  } catch {
    return null;
  }
}
