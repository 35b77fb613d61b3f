/** The telephone in the page put together: what `softphone.ts` says is to be done is done on the line and with sound. */

import { Refusal } from "../store/api";
import type { SoftphoneAccount } from "../generated/messages";
import { Accounts } from "./account";
import type { Listener, SipLine } from "./sip-line";
import { after, type Deed, type Happening, SILENT, type Softphone, type Trouble } from "./softphone";
import { NoMicrophone, Sound } from "./sound";

const SWITCHED_ON = "memberline-page-telephone"; // where this browser remembers that the page is the telephone
const ASK_AGAIN_MS = 3000;

export type OpenLine = (account: SoftphoneAccount, listener: Listener) => Promise<SipLine>;

/** The library comes only to who uses it. */
const openLine: OpenLine = async (account, listener) => {
  const { JsSipLine } = await import("./sip-line");
  return new JsSipLine(account, listener);
};

type AccountsAsked = Pick<Accounts, "offered" | "open" | "close">;
type Sounds = Pick<
  Sound,
  "start" | "stop" | "open" | "mute" | "hear" | "hangUp" | "ring" | "hush" | "addEventListener"
>;

/** Fires `change`. `phone` is how it stands; `device` what queues ring, once that is known. */
export class Telephone extends EventTarget {
  phone: Softphone = SILENT;
  device = "";
  /** Whether pages are telephones here. */
  offered = false;
  #ends = 0; // of the password, by this machine's clock
  #line: SipLine | null = null;
  #stopped = false;
  #turn = 0; // of signing on: what an earlier one brings is no longer wanted

  constructor(
    private readonly accounts: AccountsAsked,
    private readonly sound: Sounds,
    private readonly open: OpenLine = openLine,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> = localStorage,
  ) {
    super();
    sound.addEventListener("microphone-gone", () => void this.#otherMicrophone());
    sound.addEventListener("devices", () => {
      if (this.phone.trouble === "microphone_gone") void this.#otherMicrophone(); // one was plugged in, perhaps
    });
  }

  /** Switched on again where it was on when this browser was here before. */
  async start(): Promise<void> {
    this.offered = await this.accounts.offered();
    if (!this.offered || this.#stopped) return;
    this.sound.start();
    this.dispatchEvent(new Event("change"));
    if (this.storage.getItem(SWITCHED_ON) !== null) this.tell({ type: "switched_on" });
  }

  /**
   * The page goes: what is up is put down, but stays switched on for the next time. The account is left to end by
   * itself: the page that comes may have it already.
   */
  stop(): void {
    this.#stopped = true;
    this.tell({ type: "switched_off" });
    this.sound.stop();
  }

  switchOn(): void {
    this.storage.setItem(SWITCHED_ON, "on");
    this.tell({ type: "switched_on" });
  }

  switchOff(): void {
    this.storage.removeItem(SWITCHED_ON);
    this.tell({ type: "switched_off" });
    this.accounts.close();
  }

  /**
   * Open the microphone that is chosen now, so that the browser asks now and not while somebody waits, and the meter
   * shows it; where somebody listens, they are spoken to by it from now on.
   */
  async useMicrophone(): Promise<void> {
    const track = (await this.#microphone())?.getAudioTracks()[0];
    if (track === undefined || this.phone.call?.state !== "talking") return;
    this.sound.mute(this.phone.call.muted);
    await this.#line?.speakInto(track);
  }

  tell(happening: Happening): void {
    const [next, ...deeds] = after(this.phone, happening);
    const changed = next !== this.phone;
    this.phone = next;
    for (const deed of deeds) this.#do(deed);
    if (changed) this.dispatchEvent(new Event("change"));
  }

  #do(deed: Deed): void {
    switch (deed.do) {
      case "sign_on":
        void this.#signOn();
        return;
      case "new_password":
        void this.#newPassword();
        return;
      case "sign_off":
        this.#signOff();
        return;
      case "ring":
        void this.#ring();
        return;
      case "hush":
        this.sound.hush();
        if (this.phone.call === null) this.sound.hangUp();
        return;
      case "answer":
        void this.#answer(deed.id);
        return;
      case "hang_up":
        return this.#line?.hangUp(deed.id);
      case "renew":
        return this.#line?.renew(deed.id);
      case "mute":
        this.#line?.mute(deed.muted);
        this.sound.mute(deed.muted);
        return;
      case "key":
        return this.#line?.key(deed.key);
    }
  }

  async #signOn(): Promise<void> {
    const turn = ++this.#turn;
    this.#line?.stop();
    this.#line = null;
    const account = await this.#account(turn);
    if (account === null) return;
    this.device = account.device;
    let line: SipLine;
    try {
      line = await this.open(account, this.#listener(turn));
    } catch (error) {
      console.warn("The telephone's program could not be loaded:", error);
      if (turn === this.#turn) this.tell({ type: "trouble", trouble: "line_broken" });
      return;
    }
    if (turn === this.#turn) this.#line = line;
    else line.stop();
  }

  async #newPassword(): Promise<void> {
    const account = await this.#account(this.#turn);
    if (account !== null) this.#line?.renewPassword(account.password);
  }

  /** Null where the server gives none, or nobody waits for it any more. One that is away is asked until it is back. */
  async #account(turn: number): Promise<SoftphoneAccount | null> {
    while (turn === this.#turn) {
      try {
        const account = await this.accounts.open();
        this.#ends = Date.now() + account.lasts_s * 1000;
        return turn === this.#turn ? account : null;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status !== 0 && error.status < 500) {
          if (turn === this.#turn) this.tell({ type: "no_account", why: error.message });
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
    return null;
  }

  #signOff(): void {
    this.#turn++;
    this.#line?.stop();
    this.#line = null;
    this.device = "";
  }

  #listener(turn: number): Listener {
    const tell = (happening: Happening) => {
      if (turn === this.#turn) this.tell(happening);
    };
    return {
      registered: () => tell({ type: "registered" }),
      refused: () => tell({ type: "refused", expired: Date.now() >= this.#ends }),
      lost: () => tell({ type: "lost" }),
      rings: (id, from) => tell({ type: "rings", id, from }),
      joined: (id) => tell({ type: "joined", id }),
      ended: (id) => tell({ type: "ended", id }),
      hears: (track) => void this.#hear(track),
    };
  }

  async #ring(): Promise<void> {
    if (!(await this.sound.ring()) && this.phone.call?.state === "ringing") this.#trouble("ringer_blocked");
  }

  async #answer(id: string): Promise<void> {
    const microphone = await this.#microphone();
    if (microphone === null) return;
    if (this.phone.call?.id === id) this.#line?.answer(id, microphone);
    else if (this.phone.call === null) this.sound.hangUp(); // the caller was gone while the browser asked
  }

  async #hear(track: MediaStreamTrack): Promise<void> {
    try {
      await this.sound.hear(track);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (error.name !== "AbortError") this.#trouble("ringer_blocked"); // aborted: the call ended before it was heard
    }
  }

  /** The open one was unplugged: another goes on, where there is one. */
  async #otherMicrophone(): Promise<void> {
    if (this.phone.call === null) return;
    let stream: MediaStream;
    try {
      stream = await this.sound.open();
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      this.#trouble(error.trouble === "microphone_missing" ? "microphone_gone" : error.trouble);
      return;
    }
    const track = stream.getAudioTracks()[0];
    if (track === undefined) return;
    this.sound.mute((this.phone.call as Softphone["call"])?.muted === true);
    await this.#line?.speakInto(track);
    this.#trouble("microphone_changed");
  }

  async #microphone(): Promise<MediaStream | null> {
    try {
      const stream = await this.sound.open();
      this.tell({ type: "microphone_works" });
      return stream;
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      this.#trouble(error.trouble);
      return null;
    }
  }

  #trouble(trouble: Trouble): void {
    this.tell({ type: "trouble", trouble });
  }
}
