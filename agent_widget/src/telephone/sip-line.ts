/**
 * The way to the phone system: SIP over a WebSocket, by JsSIP. A thin driver: what to do is decided in `softphone.ts`.
 * The only module that knows the library, and loaded only where the telephone in the page is switched on.
 */

import { UA, WebSocketInterface } from "jssip";
import { DTMF_TRANSPORT } from "jssip/lib/Constants";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest, OutgoingRequest } from "jssip/lib/SIPMessage";
import type { RTCSessionEvent } from "jssip/lib/UA";
import type { SoftphoneAccount } from "../generated/messages";

/** Tells what happens on the line. */
export interface Listener {
  registered(): void;
  refused(): void;
  lost(): void;
  rings(id: string, from: string): void;
  joined(id: string): void;
  ended(id: string): void;
  hears(track: MediaStreamTrack): void;
}

/** What the telephone needs of a line; a test gives another one. */
export interface SipLine {
  stop(): void;
  renewPassword(password: string): void;
  answer(id: string, microphone: MediaStream): void;
  hangUp(id: string): void;
  renew(id: string): void;
  mute(muted: boolean): void;
  key(key: string): void;
  speakInto(track: MediaStreamTrack): Promise<void>;
}

/** A registration is told again within this time: so long it takes at most to see that another page took it. */
const REGISTERED_S = 30;
const BACK_AT_ONCE_S = 1;
const BACK_AT_MOST_S = 8;
const KEY_MS = 100;
const BETWEEN_KEYS_MS = 70;
const BUSY = 486;
/** Every address of one's own is known by then; servers outside may never answer. */
const ADDRESSES_WITHIN_MS = 1500;

export class JsSipLine implements SipLine {
  readonly #ua: UA;
  readonly #calls = new Map<string, RTCSession>();
  #stopped = false;

  constructor(
    private readonly account: SoftphoneAccount,
    private readonly listener: Listener,
  ) {
    this.#ua = new UA({
      sockets: [new WebSocketInterface(account.server)],
      uri: `sip:${account.name}@${new URL(account.server).hostname}`,
      password: account.password,
      register: true,
      register_expires: REGISTERED_S,
      session_timers: false,
      connection_recovery_min_interval: BACK_AT_ONCE_S,
      connection_recovery_max_interval: BACK_AT_MOST_S,
      user_agent: "Memberline desk",
    });
    this.#ua.on("registered", () => this.#tell(() => listener.registered()));
    this.#ua.on("disconnected", () => this.#tell(() => listener.lost()));
    this.#ua.on("registrationFailed", ({ response }) => {
      // Without an answer the line itself failed, and the library tries again.
      if ((response as typeof response | null)?.status_code) this.#tell(() => listener.refused());
    });
    this.#ua.on("newRTCSession", (event: RTCSessionEvent) => {
      if (event.session.direction.toString() === "incoming") this.#offered(event.session, event.request);
    });
    this.#ua.start();
  }

  /** Puts down what is up, unregisters, closes the socket; nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    this.#ua.stop();
  }

  renewPassword(password: string): void {
    this.#ua.set("password", password);
    this.#ua.register();
  }

  answer(id: string, microphone: MediaStream): void {
    this.#calls.get(id)?.answer({
      mediaStream: microphone,
      pcConfig: { iceServers: this.account.stun.length === 0 ? [] : [{ urls: [...this.account.stun] }] },
    });
  }

  hangUp(id: string): void {
    const session = this.#calls.get(id);
    if (session === undefined || session.isEnded()) return;
    if (session.isEstablished()) session.terminate();
    else session.terminate({ status_code: BUSY });
  }

  /** Asks the other side about the call from where we are now; it has ended where that side knows nothing of it. */
  renew(id: string): void {
    const session = this.#calls.get(id);
    const sound = session?.connection.connectionState;
    session?.renegotiate(sound === "connected" ? {} : { rtcOfferConstraints: { iceRestart: true } });
  }

  mute(muted: boolean): void {
    for (const session of this.#calls.values()) {
      if (muted) session.mute({ audio: true });
      else session.unmute({ audio: true });
    }
  }

  key(key: string): void {
    for (const session of this.#calls.values()) {
      session.sendDTMF(key, {
        duration: KEY_MS,
        interToneGap: BETWEEN_KEYS_MS,
        transportType: DTMF_TRANSPORT.RFC2833,
      });
    }
  }

  /** Another microphone in mid-call. */
  async speakInto(track: MediaStreamTrack): Promise<void> {
    for (const session of this.#calls.values()) {
      for (const sender of session.connection.getSenders()) {
        if (sender.track?.kind === "audio") await sender.replaceTrack(track);
      }
    }
  }

  #offered(session: RTCSession, request: IncomingRequest | OutgoingRequest): void {
    const { id } = session;
    this.#calls.set(id, session);
    const over = () => {
      if (this.#calls.delete(id)) this.#tell(() => this.listener.ended(id));
    };
    session.on("peerconnection", ({ peerconnection }) => this.#connected(peerconnection));
    let waiting: ReturnType<typeof setTimeout> | undefined;
    session.on("icecandidate", ({ ready }) => {
      waiting ??= setTimeout(ready, ADDRESSES_WITHIN_MS);
    });
    session.on("confirmed", () => this.#tell(() => this.listener.joined(id)));
    session.on("ended", over);
    session.on("failed", over);
    this.#tell(() => this.listener.rings(id, request.from.display_name || request.from.uri.user));
  }

  #connected(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track }) => this.#tell(() => this.listener.hears(track)));
  }

  #tell(what: () => void): void {
    if (!this.#stopped) what();
  }
}
