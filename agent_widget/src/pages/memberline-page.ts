import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import "../agent-desk";
import "../parts/closed-notice";
import type { Notice, Phase, User } from "../generated/messages";
import { Api, Refusal } from "../store/api";
import type { Unsent } from "../store/contact-draft";
import { shared, tokens } from "../styles";
import { texts } from "../texts";
import "./audit-page";
import "./closing-page";
import type { InboxPage } from "./inbox-page";
import "./inbox-page";
import "./phone-wall";
import "./sign-in-form";
import "./staff-page";

type Place = "desk" | "wall" | "staff" | "audit" | "closing" | "inbox";

/** Where each role begins; who is not named here begins at their desk. */
const FIRST: Readonly<Partial<Record<User["role"], Place>>> = {
  supervisor: "wall",
  scheduler: "wall",
  auditor: "audit",
  administrator: "staff",
};

/** Between which pages each role goes to and fro; who is not named here has one. */
const PLACES: Readonly<Partial<Record<User["role"], readonly Place[]>>> = {
  agent: ["desk", "inbox"],
  senior: ["desk", "inbox"],
  specialist: ["desk", "inbox"],
  supervisor: ["wall", "desk", "inbox", "closing"],
  scheduler: ["wall", "closing"],
  administrator: ["staff", "closing"],
};

/** Who may close; others only see what is closed. */
const MAY_CLOSE: readonly User["role"][] = ["supervisor", "administrator"];

const ASK_AGAIN_MS = 3000;
const NOTICES_MS = 10_000; // on a desk they come by themselves
const RENEW_SESSION_MS = 10 * 60_000; // a third of what a session lasts without being used

/** The key that goes to the inbox and back; like all keys it takes Alt. */
const INBOX_KEY = "I";

/**
 * The whole page: who is not signed in signs in, an agent gets the desk, a supervisor the wall.
 *
 * Beside the inbox the desk goes on out of sight, and comes back when the telephone rings; what was typed in the inbox
 * is still there afterwards.
 */
@customElement("memberline-page")
export class MemberlinePage extends LitElement {
  static override styles = [
    tokens,
    shared,
    css`
      :host {
        height: 100%;
        overflow-y: auto;
      }
      .checking {
        padding: 2rem;
        text-align: center;
      }
    `,
  ];

  readonly #api = new Api();
  @state() private session: User | "none" | "unknown" = "unknown";
  @state() private place: Place = "desk";
  @state() private problem = "";
  @state() private notices: readonly Notice[] = [];
  /** The inbox was opened and is kept, though the desk may be in front of it. */
  @state() private inboxKept = false;
  @state() private news = "";
  @query("inbox-page") private readonly inbox!: InboxPage | null;
  @query("[aria-keyshortcuts]") private readonly toInbox!: HTMLElement | null;
  #before: Place = "desk"; // the inbox was opened
  #unsent: Unsent | null = null;
  #renewing: ReturnType<typeof setInterval> | undefined;
  #watching: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#recognise();
    this.#renewing = setInterval(() => void this.#renew(), RENEW_SESSION_MS);
    this.#watching = setInterval(() => void this.#watch(), NOTICES_MS);
    window.addEventListener("keydown", this.#keydown);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#renewing);
    clearInterval(this.#watching);
    window.removeEventListener("keydown", this.#keydown);
  }

  override updated(): void {
    if (this.renderRoot.querySelector("agent-desk") === null) document.title = texts.product;
  }

  override render() {
    const { session } = this;
    if (session === "unknown") {
      return html`<main class="checking" role="status">${this.problem || texts.signIn.checking}</main>`;
    }
    if (session === "none") {
      return html`<sign-in-form .api=${this.#api} @signed-in=${this.#signedIn}></sign-in-form>`;
    }
    const menu = html`${this.#switch(session)}
      <button slot="menu" class="bare" @click=${this.#leave}>${texts.header.signOut}</button>`;
    if (this.place === "desk" || this.place === "inbox") return this.#deskAndInbox(session, menu);
    return html`<closed-notice .notices=${this.notices}></closed-notice>${this.#page(this.place, session, menu)}`;
  }

  #deskAndInbox(session: User, menu: unknown) {
    const atDesk = this.place === "desk";
    return html`<div class="unseen" role="alert">${this.news}</div>
      <agent-desk
        ?hidden=${!atDesk}
        .unsent=${this.#unsent}
        @signed-out=${this.#signedOut}
        @phase-changed=${this.#phase}
        >${menu}</agent-desk
      >
      ${atDesk ? nothing : html`<closed-notice .notices=${this.notices}></closed-notice>`}
      ${
        this.inboxKept
          ? html`<inbox-page ?hidden=${atDesk} .api=${this.#api} .user=${session} @signed-out=${this.#signedOut}
              >${menu}</inbox-page
            >`
          : nothing
      }`;
  }

  #page(place: Exclude<Place, "desk" | "inbox">, session: User, menu: unknown) {
    switch (place) {
      case "wall":
        return html`<phone-wall .api=${this.#api} @signed-out=${this.#signedOut}>${menu}</phone-wall>`;
      case "staff":
        return html`<staff-page .api=${this.#api} .me=${session.agent_id} @signed-out=${this.#signedOut}
          >${menu}</staff-page
        >`;
      case "audit":
        return html`<audit-page .api=${this.#api} @signed-out=${this.#signedOut}>${menu}</audit-page>`;
      case "closing":
        return html`<closing-page
          .api=${this.#api}
          ?mayChange=${MAY_CLOSE.includes(session.role)}
          @signed-out=${this.#signedOut}
          >${menu}</closing-page
        >`;
    }
  }

  #switch({ role }: User) {
    const others = (PLACES[role] ?? []).filter((place) => place !== this.place);
    return others.map(
      (other) =>
        html`<button
          slot="menu"
          class="bare"
          aria-keyshortcuts=${other === "inbox" ? `Alt+${INBOX_KEY}` : nothing}
          @click=${() => this.#go(other)}
        >
          ${texts.header.goTo[other]}
          ${other === "inbox" ? html`<kbd aria-hidden="true">Alt+${INBOX_KEY}</kbd>` : nothing}
        </button>`,
    );
  }

  #go(place: Place): void {
    const before = this.place;
    if (place === "inbox") this.#before = before;
    this.inboxKept = place === "inbox" || (place === "desk" && this.inboxKept);
    this.news = "";
    this.place = place;
    void this.#keepFocus(before, place);
  }

  /** The button that was pressed has gone: the keyboard goes on from where it led, or from the way back. */
  async #keepFocus(before: Place, place: Place): Promise<void> {
    await this.updateComplete;
    if (place === "inbox") this.inbox?.reopen();
    else if (before === "inbox") this.toInbox?.focus();
  }

  #keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || typeof this.session === "string") return;
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.code !== `Key${INBOX_KEY}`) return;
    if (!(PLACES[this.session.role] ?? []).includes("inbox")) return;
    event.preventDefault();
    this.#go(this.place === "inbox" ? this.#before : "inbox");
  };

  /** What is closed, where no desk hears of it. */
  async #watch(): Promise<void> {
    if (typeof this.session === "string" || this.place === "desk" || document.hidden) return;
    try {
      this.notices = (await this.#api.notices()).notices;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // asked again soon; the page itself says what is wrong
    }
  }

  /** A session from before a reload goes on. A server that is not there yet is asked again. */
  async #recognise(): Promise<void> {
    try {
      this.#enter(await this.#api.session());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) {
        this.session = "none";
        return;
      }
      this.problem = error.message;
      setTimeout(() => void this.#recognise(), ASK_AGAIN_MS);
    }
  }

  /** A page that is open keeps its session alive, also while nobody touches it; what fails is tried next time. */
  async #renew(): Promise<void> {
    if (typeof this.session === "string") return;
    try {
      await this.#api.renew();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  #enter(session: User): void {
    this.place = FIRST[session.role] ?? "desk";
    this.inboxKept = false;
    this.session = session;
    void this.#watch();
  }

  #signedIn = (event: CustomEvent<User>): void => {
    this.#enter(event.detail);
  };

  #signedOut = (event: CustomEvent<Unsent | null>): void => {
    this.#unsent = event.detail;
    this.session = "none";
  };

  #leave = async (): Promise<void> => {
    try {
      await this.#api.signOut();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // refused or not: nobody sits at this desk any more
    }
    this.#unsent = null;
    this.session = "none";
  };

  /** The tab tells that a phone rings, and never who calls. */
  #phase = (event: CustomEvent<Phase | null>): void => {
    if (event.detail === "ringing" && this.place === "inbox") {
      this.place = "desk";
      this.news = texts.header.rings;
    }
    document.title = event.detail === null ? texts.product : `${texts.phase[event.detail]} – ${texts.product}`;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "memberline-page": MemberlinePage;
  }
}
