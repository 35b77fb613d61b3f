/** What everybody is told of closures, kept in step with the server over the desk's own connection. */

import type {
  AnyClientMessage,
  AnyDeskEvent,
  AnyServerMessage,
  Notice,
  NoticeChanged,
  Notices,
  Position,
} from "../generated/messages";
import { type Api, Refusal } from "./api";

const SUBJECT = "notices";

/**
 * Each event holds all notices, so the newest place wins and nothing is missed for long: whoever subscribes fetches them
 * too. `show` is called with what stands.
 */
export class NoticeFeed {
  #position: Position | null = null;

  constructor(
    private readonly api: Pick<Api, "notices">,
    private readonly show: (notices: readonly Notice[]) => void,
  ) {}

  subscribe(socket: Pick<WebSocket, "send">): void {
    const message: AnyClientMessage = { type: "subscribe", subject: SUBJECT };
    socket.send(JSON.stringify(message));
  }

  /** Take what the gateway says about notices; false where it is about something else. */
  take(frame: AnyServerMessage | null): boolean {
    if (frame === null || !("subject" in frame) || frame.subject !== SUBJECT) return false;
    if (frame.type === "subscribed") void this.#fetch();
    if (frame.type === "event") {
      const event = frame.event as AnyDeskEvent | NoticeChanged;
      if (event.type === "NoticeChanged") this.#stand({ epoch: frame.epoch, offset: frame.offset }, event.notices);
    }
    return true;
  }

  async #fetch(): Promise<void> {
    let fetched: Notices;
    try {
      fetched = await this.api.notices();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return; // what is shown stays; the next connection asks again
    }
    const known = this.#position;
    const older = known?.epoch === fetched.position.epoch && fetched.position.offset < known.offset;
    if (!older) this.#stand(fetched.position, fetched.notices);
  }

  #stand(position: Position, notices: readonly Notice[]): void {
    this.#position = position;
    this.show(notices);
  }
}
