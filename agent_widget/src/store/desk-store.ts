/** All that the desk shows and does, without a line of HTML. Elements read `view` and call the verbs. */

import type {
  AnyDeskEvent,
  ContactDraft,
  DeskCall,
  DeskState,
  DirectoryInfo,
  Letter,
  Notice as Closed,
  Offered,
  PastContacts,
  Resolution,
} from "../generated/messages";
import { texts } from "../texts";
import { Api, Refusal, takesCalls } from "./api";
import { apply } from "./apply";
import { Connection, type Link, type Listener } from "./connection";
import { type Corrections, corrected, tidy, type Unsent } from "./contact-draft";
import type { Feed } from "./feed";
import { NoticeFeed } from "./notices";

export interface Notice {
  readonly kind: "problem" | "news";
  readonly text: string;
}

/** A contact confirmed since this page was opened. */
export interface RecentContact {
  readonly contact_id: string;
  readonly at: string;
  readonly name: string;
  readonly summary: string;
  readonly resolution: Resolution;
}

export type Saved = "saved" | "editing" | "saving" | "failed";

/** A command on its way: its button waits, and a second press does nothing. */
export type Busy = "transfer" | "dismiss" | "acting" | "record" | "alarm" | "confirm" | null;

export interface DeskView {
  readonly link: Link;
  readonly desk: DeskState | null;
  readonly draft: ContactDraft | null;
  readonly saved: Saved;
  readonly busy: Busy;
  readonly notice: Notice | null;
  readonly directory: DirectoryInfo | null;
  readonly recent: readonly RecentContact[];
  readonly closed: readonly Closed[];
}

const NOTHING: DeskView = {
  link: "connecting",
  desk: null,
  draft: null,
  saved: "saved",
  busy: null,
  notice: null,
  directory: null,
  recent: [],
  closed: [],
};
const SAVE_AFTER_MS = 800;
const RECENT_BOUND = 8;

export class DeskStore extends EventTarget implements Listener<DeskState, AnyDeskEvent> {
  #view: DeskView = NOTHING;
  #corrections: Corrections | null = null;
  #confirming: string | null = null; // the call whose contact this page has sent
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly #connection: Connection<DeskState, AnyDeskEvent>;

  constructor(
    private readonly api: Api = new Api(),
    private readonly inherited: Unsent | null = null,
    open?: (url: string) => WebSocket,
  ) {
    super();
    const notices = new NoticeFeed(api, (closed) => {
      this.#show({ closed });
    });
    this.#connection = new Connection({ snapshot: api.desk, ticket: api.ticket, apply }, this, open, notices);
  }

  get view(): DeskView {
    return this.#view;
  }

  /** What would be lost with this store. */
  get unsent(): Unsent | null {
    const agent_id = this.#view.desk?.agent_id;
    if (agent_id === undefined || this.#corrections === null || this.#view.saved === "saved") return null;
    return { ...this.#corrections, agent_id };
  }

  /** Connects and stays connected until `stop`. */
  start(): void {
    void this.#connection.run();
  }

  stop(): void {
    this.#connection.stop();
    void this.#save();
  }

  /** The machine's network is back: do not wait for the next try. */
  hurry(): void {
    this.#connection.hurry();
  }

  // What the server tells

  link(link: Link): void {
    this.#show({ link });
    if (link !== "live") return;
    if (this.#view.directory === null) void this.#loadDirectory();
    if (this.#view.saved === "failed") void this.#save();
  }

  changed(feed: Feed<DeskState, AnyDeskEvent>, event?: AnyDeskEvent): void {
    const before = this.#view.desk?.call ?? null;
    const after = feed.state?.call ?? null;
    const changes: { -readonly [K in keyof DeskView]?: DeskView[K] } = { desk: feed.state };
    if (before !== null && before.call_id !== after?.call_id) {
      // Typing that the timer has not sent yet must not leave with its call.
      if (event?.type !== "ContactConfirmed") void this.#save(before);
      this.#corrections = null;
      changes.saved = "saved";
      changes.busy = null;
      changes.notice = null;
      if (event?.type === "OfferEnded") changes.notice = { kind: "news", text: texts.notices.offerEnded(event.why) };
      if (event?.type === "ContactConfirmed") {
        const mine = this.#confirming === before.call_id;
        if (!mine && this.#view.saved !== "saved") {
          changes.notice = { kind: "problem", text: texts.notices.confirmedElsewhere };
        }
        const draft = mine ? (this.#view.draft ?? before.draft) : before.draft;
        const contact: RecentContact = {
          contact_id: event.contact_id,
          at: event.at,
          name: before.member?.name ?? texts.unknownCaller,
          summary: draft.summary || draft.reason,
          resolution: draft.resolution,
        };
        changes.recent = [contact, ...this.#view.recent].slice(0, RECENT_BOUND);
      }
    }
    if (this.#view.desk === null && this.inherited !== null && this.inherited.agent_id === feed.state?.agent_id) {
      if (this.inherited.call_id === after?.call_id) {
        this.#corrections = this.inherited;
        changes.saved = "failed"; // until the connection stands
      } else {
        changes.notice = { kind: "problem", text: texts.notices.unsentLost };
      }
    }
    changes.draft = after === null ? null : corrected(after.draft, this.#corrections, after.call_id);
    this.#show(changes);
  }

  refused(refusal: unknown): void {
    if (!(refusal instanceof Refusal)) throw refusal;
    this.#show({ notice: { kind: "problem", text: refusal.message } });
  }

  // Verbs

  /** Start the transfer that a suggestion proposes. */
  async accept(suggestion_id: string): Promise<void> {
    const suggestion = this.#view.desk?.call?.suggestions.find((one) => one.suggestion_id === suggestion_id);
    if (suggestion === undefined || !takesCalls(this.#view.directory, suggestion.destination)) return;
    await this.transfer(suggestion.destination, suggestion_id);
  }

  async transfer(destination: string, suggestion_id?: string): Promise<void> {
    await this.#command("transfer", (call) =>
      this.api.transfer(call.call_id, { destination, suggestion_id: suggestion_id ?? null }),
    );
  }

  async dismiss(suggestion_id: string): Promise<void> {
    await this.#command("dismiss", (call) => this.api.dismiss(call.call_id, suggestion_id));
  }

  /** Say that the caller acts for the member by this authority; null: is the member. */
  async acting(authority_id: string | null): Promise<void> {
    await this.#command("acting", (call) => this.api.acting(call.call_id, authority_id));
  }

  /** Passages of the handbook for what is typed; null where it cannot be had (the notice says why). */
  async handbook(words: string): Promise<readonly Offered[] | null> {
    try {
      return (await this.api.handbook(words, this.#view.desk?.call?.call_id ?? "")).passages;
    } catch (error) {
      this.refused(error);
      return null;
    }
  }

  /** A passage is being read: that goes on record with the call. */
  async passageOpened(passage_id: string): Promise<void> {
    const call = this.#view.desk?.call;
    if (!call) return;
    try {
      await this.api.passageOpened(call.call_id, passage_id);
    } catch (error) {
      this.refused(error);
    }
  }

  /** Have a letter or form sent: it becomes a task when the contact is confirmed. Once only. */
  send(letter: Letter): void {
    const { draft } = this.#view;
    if (draft === null || draft.correspondence.some(({ what }) => what === letter.title)) return;
    this.edit({
      correspondence: [...draft.correspondence, { what: letter.title, medium: "mail", due: "", said: [] }],
    });
  }

  /** Raise a hand without a transfer: a supervisor sees it. */
  async help(): Promise<void> {
    await this.#command("alarm", (call) => this.api.alarm(call.call_id, { kind: "help" }));
  }

  /** Say that an alarm was seen to. */
  async alarmSeen(alarm_id: string): Promise<void> {
    await this.#command("alarm", (call) => this.api.alarmSeen(call.call_id, alarm_id));
  }

  /** Pause the recording, or record again where it is paused, by whomever. */
  async record(): Promise<void> {
    await this.#command("record", async ({ call_id, recording }) => {
      if (recording === "off") return;
      const kind = recording === "secret" ? "secret" : "paused";
      await this.api.pauseRecording(call_id, { paused: kind !== recording, kind });
    });
  }

  /** Change some of the draft's fields. They are the agent's from here on; saved shortly after the typing ends. */
  edit(fields: Partial<ContactDraft>): void {
    const call = this.#view.desk?.call;
    if (!call) return;
    this.#corrections = { call_id: call.call_id, fields: { ...this.#corrections?.fields, ...fields } };
    this.#show({ draft: corrected(call.draft, this.#corrections, call.call_id), saved: "editing" });
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.#save(), SAVE_AFTER_MS);
  }

  /** Put the contact into the member's history as the form shows it. */
  async confirm(): Promise<void> {
    const { desk, draft } = this.#view;
    if (desk?.call?.phase !== "wrap_up" || draft === null) return;
    const words = tidy(draft);
    if (words.reason === "" && words.summary === "") {
      this.#show({ notice: { kind: "problem", text: texts.notices.emptyContact } });
      return;
    }
    clearTimeout(this.#saveTimer);
    await this.#saving; // the draft on its way must not land on the confirmed contact
    await this.#command("confirm", async (call) => {
      this.#confirming = call.call_id;
      try {
        await this.api.confirm(call.call_id, words);
      } catch (error) {
        this.#confirming = null; // somebody else may have been first
        throw error;
      }
    });
  }

  /** Take calls again, or do something else. While talking it is kept for after the wrap-up. */
  choose = (name: string) => this.#mine((agent) => this.api.choose(agent, name));

  /** Take calls with this telephone; false where that was refused (the notice says why). */
  signOn = (device: string) => this.#mine((agent) => this.api.signOn(agent, device));

  signOff = () => this.#mine((agent) => this.api.signOff(agent));

  extendWrapUp = () => this.#mine((agent) => this.api.extendWrapUp(agent));

  /** A page of the member's history, newest first; null where it cannot be had (the notice says why). */
  async history(member_id: string, after: string): Promise<PastContacts | null> {
    try {
      return await this.api.contacts(member_id, after);
    } catch (error) {
      this.refused(error);
      return null;
    }
  }

  clearNotice(): void {
    this.#show({ notice: null });
  }

  // Inside

  /** A command about the agent who sits here; what it changes is shown when the phone system says so. */
  async #mine(send: (agent: string) => Promise<unknown>): Promise<boolean> {
    const agent = this.#view.desk?.agent_id;
    if (agent === undefined) return false;
    this.#show({ notice: null });
    try {
      await send(agent);
      return true;
    } catch (error) {
      this.refused(error);
      return false;
    }
  }

  async #command(busy: NonNullable<Busy>, send: (call: DeskCall) => Promise<unknown>): Promise<void> {
    const call = this.#view.desk?.call;
    if (!call || this.#view.busy !== null) return;
    this.#show({ busy, notice: null });
    try {
      await send(call);
    } catch (error) {
      this.refused(error);
    } finally {
      this.#show({ busy: null });
    }
  }

  /** Send what the agent typed, if any is unsent. One at a time and in order. */
  #save(call: DeskCall | null = this.#view.desk?.call ?? null): Promise<void> {
    clearTimeout(this.#saveTimer);
    const { saved } = this.#view;
    if (call === null || saved === "saved" || saved === "saving") return this.#saving;
    const draft = tidy(corrected(call.draft, this.#corrections, call.call_id));
    this.#show({ saved: "saving" });
    this.#saving = this.#saving.then(async () => {
      try {
        await this.api.saveDraft(call.call_id, draft);
        if (this.#view.saved === "saving") this.#show({ saved: "saved" });
      } catch (error) {
        this.refused(error);
        this.#show({ saved: "failed" });
      }
    });
    return this.#saving;
  }

  async #loadDirectory(): Promise<void> {
    try {
      this.#show({ directory: await this.api.directory() });
    } catch (error) {
      this.refused(error);
    }
  }

  #show(changes: Partial<DeskView>): void {
    this.#view = { ...this.#view, ...changes };
    this.dispatchEvent(new Event("change"));
  }
}
