import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { announcements } from "./announcements";
import type { DeskCall } from "./generated/messages";
import { type HostEvents, hostEvents } from "./host-events";
import { type Action, actionOf } from "./keys";
import "./parts/advice-cards";
import "./parts/alarm-cards";
import type { CallBar } from "./parts/call-bar";
import "./parts/call-bar";
import "./parts/caller-pop";
import "./parts/closed-notice";
import type { ContactForm } from "./parts/contact-form";
import "./parts/contact-form";
import "./parts/contact-view";
import type { DeskHeader } from "./parts/desk-header";
import "./parts/desk-header";
import "./parts/desk-idle";
import type { GuidePanel } from "./parts/guide-panel";
import "./parts/guide-panel";
import type { LiveTranscript } from "./parts/live-transcript";
import "./parts/live-transcript";
import type { SoftphonePanel } from "./parts/softphone-panel";
import "./parts/softphone-panel";
import { Api } from "./store/api";
import type { Unsent } from "./store/contact-draft";
import { DeskStore, type DeskView } from "./store/desk-store";
import { shared, tokens } from "./styles";
import { texts } from "./texts";

/**
 * One agent's desk. `server` is where `/api` lies (empty: the page's own origin); the agent must be signed in there.
 * Fires `call-offered`, `member-identified` and `contact-confirmed` (see `host-events.ts`), `phase-changed` with the
 * call's phase or null, and `signed-out` when the server no longer knows the agent, with what they typed and the server
 * does not have: give it to the next desk as `unsent`.
 */
@customElement("agent-desk")
export class AgentDesk extends LitElement {
  static override styles = [
    tokens,
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100%;
        min-height: 0;
        container-type: inline-size;
      }
      main {
        display: grid;
        flex: 1;
        min-height: 0;
        gap: 1rem;
        padding: 1rem;
        outline: none;
        grid-template-columns: minmax(17rem, 22rem) minmax(0, 1fr) minmax(20rem, 27rem);
        grid-template-rows: minmax(0, 1fr);
        width: 100%;
        max-width: 120rem;
        margin: 0 auto;
      }
      main.over {
        grid-template-columns: minmax(17rem, 22rem) minmax(0, 1fr) minmax(24rem, 1.1fr);
      }
      main.idle {
        display: block;
        overflow-y: auto;
      }
      caller-pop {
        min-height: 0;
      }
      .talk {
        display: flex;
        flex-direction: column;
        gap: 0.75rem;
        min-width: 0;
        min-height: 0;
      }
      .cards {
        display: grid;
        gap: 0.75rem;
        flex: none;
        max-height: 70%;
        overflow-y: auto;
      }
      live-transcript {
        flex: 1;
      }
      .side {
        display: flex;
        flex-direction: column;
        gap: 0.75rem;
        min-width: 0;
        min-height: 0;
      }
      guide-panel {
        flex: 0 1 auto;
        max-height: 50%;
        overflow-y: auto;
      }
      main.over guide-panel {
        order: 2;
        max-height: 30%;
      }
      contact-form {
        flex: 1;
        min-height: 0;
      }
      .briefing {
        padding: 0.75rem 1rem;
        border-left: 4px solid var(--_edge);
      }
      .briefing p {
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      .notice {
        display: flex;
        align-items: baseline;
        gap: 1rem;
        padding: 0.5rem 1rem;
        color: var(--_accent);
        background: var(--_tint);
        border-bottom: 1px solid var(--_line);
      }
      .notice.problem {
        color: var(--_bad);
        background: var(--_bad-tint);
      }
      .notice button {
        margin-left: auto;
        color: inherit;
      }
      @container (max-width: 1100px) {
        main,
        main.over {
          display: grid;
          grid-template-columns: minmax(16rem, 20rem) minmax(0, 1fr);
          grid-template-rows: none;
          grid-auto-rows: max-content;
          align-items: start;
          overflow-y: auto;
        }
        caller-pop {
          grid-row: 1 / span 2;
        }
        .side {
          grid-column: 2;
        }
        guide-panel {
          max-height: none;
        }
        live-transcript {
          height: 28rem;
          flex: none;
        }
        .cards {
          max-height: none;
        }
      }
      @container (max-width: 720px) {
        main,
        main.over {
          grid-template-columns: minmax(0, 1fr);
          gap: 0.75rem;
          padding: 0.75rem;
        }
        caller-pop,
        .side {
          grid-row: auto;
          grid-column: auto;
        }
      }
    `,
  ];

  @property() server = "";
  @property({ attribute: false }) unsent: Unsent | null = null;
  @state() private view: DeskView | null = null;
  @state() private news: readonly string[] = [];
  /** The id of the contact of before that is open; empty: none. */
  @state() private past = "";
  @query("main") private readonly main!: HTMLElement;
  @query("desk-header") private readonly header!: DeskHeader | null;
  @query("call-bar") private readonly bar!: CallBar | null;
  @query("guide-panel") private readonly guide!: GuidePanel | null;
  @query("contact-form") private readonly form!: ContactForm | null;
  @query("softphone-panel") private readonly telephone!: SoftphonePanel | null;
  @query("live-transcript") private readonly transcript!: LiveTranscript | null;

  #store: DeskStore | null = null;
  #api = new Api();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#api = new Api(this.server);
    this.#store = new DeskStore(this.#api, this.unsent);
    this.#store.addEventListener("change", this.#changed);
    this.#store.start();
    this.view = this.#store.view;
    window.addEventListener("keydown", this.#keydown);
    window.addEventListener("online", this.#online);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#store?.removeEventListener("change", this.#changed);
    this.#store?.stop();
    window.removeEventListener("keydown", this.#keydown);
    window.removeEventListener("online", this.#online);
  }

  override updated(changed: PropertyValues): void {
    const before = changed.get("view") as DeskView | null | undefined;
    if (before === undefined) return;
    if (this.view?.link === "signed_out" && before?.link !== "signed_out") {
      this.#tell("signed-out", this.#store?.unsent ?? null);
    }
    const phase = this.view?.desk?.call?.phase ?? null;
    if (phase !== (before?.desk?.call?.phase ?? null)) this.#tell("phase-changed", phase);
  }

  override render() {
    const { view } = this;
    if (view === null || this.#store === null) return nothing;
    const call = view.desk?.call ?? null;
    return html`<desk-header
        .desk=${view.desk}
        .states=${view.directory?.states ?? []}
        .link=${view.link}
        .store=${this.#store}
        ><slot name="menu"></slot
      ></desk-header>
      <softphone-panel .server=${this.server} .desk=${view.desk} .store=${this.#store}></softphone-panel>
      <closed-notice .notices=${view.closed}></closed-notice>
      <div aria-live="assertive">${this.#notice(view)}</div>
      <div class="unseen" role="status">${this.news.map((sentence) => html`<p>${sentence}</p>`)}</div>
      <main
        tabindex=${call === null ? "0" : "-1"}
        class=${call === null ? "idle" : call.phase === "wrap_up" ? "over" : ""}
      >
        ${call !== null && view.draft !== null ? this.#call(view, call, this.#store) : this.#idle(view)}
      </main>
      ${
        this.past === ""
          ? nothing
          : html`<contact-view
              .api=${this.#api}
              .contact_id=${this.past}
              @close=${() => (this.past = "")}
            ></contact-view>`
      }`;
  }

  #idle(view: DeskView) {
    return view.desk === null
      ? nothing
      : html`<desk-idle .desk=${view.desk} .states=${view.directory?.states ?? []} .recent=${view.recent}></desk-idle>`;
  }

  #call(view: DeskView, call: DeskCall, store: DeskStore) {
    return html`<caller-pop
        .call=${call}
        .store=${store}
        @open-contact=${(event: CustomEvent<string>) => (this.past = event.detail)}
      ></caller-pop>
      <div class="talk">
        <div class="cards">
          <call-bar .call=${call} .directory=${view.directory} .busy=${view.busy} .store=${store}></call-bar>
          ${
            call.briefing === ""
              ? nothing
              : html`<section class="briefing card" aria-labelledby="briefing">
                  <h2 id="briefing">${texts.briefing.label}</h2>
                  <p>${call.briefing}</p>
                </section>`
          }
          ${
            call.alarms.length === 0
              ? nothing
              : html`<alarm-cards
                  .alarms=${call.alarms}
                  .member=${call.member}
                  .number=${call.caller.number}
                  .busy=${view.busy}
                  .store=${store}
                  @show-words=${(event: CustomEvent<string>) => this.transcript?.show(event.detail)}
                ></alarm-cards>`
          }
          ${
            call.suggestions.length === 0
              ? nothing
              : html`<advice-cards
                  .suggestions=${call.suggestions}
                  .directory=${view.directory}
                  .busy=${view.busy}
                  .store=${store}
                  @show-words=${(event: CustomEvent<string>) => this.transcript?.show(event.detail)}
                ></advice-cards>`
          }
        </div>
        <live-transcript .call=${call}></live-transcript>
      </div>
      <div class="side">
        <guide-panel .call=${call} .draft=${view.draft} .store=${store}></guide-panel>
        <contact-form
          .call=${call}
          .draft=${view.draft}
          .topics=${view.directory?.topics ?? []}
          .saved=${view.saved}
          .busy=${view.busy}
          .store=${store}
          @show-words=${(event: CustomEvent<string>) => this.transcript?.show(event.detail)}
        ></contact-form>
      </div>`;
  }

  #notice({ notice }: DeskView) {
    return notice === null
      ? nothing
      : html`<div class="notice ${notice.kind}">
          <span>${notice.text}</span>
          <button class="bare" aria-label=${texts.notices.close} @click=${() => this.#store?.clearNotice()}>×</button>
        </div>`;
  }

  #changed = (): void => {
    const [before, after] = [this.view, this.#store?.view ?? null];
    const said = announcements(before?.desk ?? null, after?.desk ?? null);
    if (said.length > 0) this.news = said;
    this.view = after;
    for (const { name, detail } of hostEvents(before, after)) this.#tell(name, detail);
    void this.#keepFocus();
  };

  /** What had the focus may leave with its call or card: then the keyboard goes on from the desk, not from nowhere. */
  async #keepFocus(): Promise<void> {
    const inside = this.shadowRoot?.activeElement ?? null;
    if (inside === null) return;
    await this.updateComplete;
    if (!inside.isConnected) this.main.focus();
  }

  #online = (): void => this.#store?.hurry();

  #keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || this.hidden) return; // what nobody sees is set off by no key
    const action = actionOf(event);
    if (action !== null && this.#act(action)) event.preventDefault();
  };

  /** Does what a key asks for; false where there is nothing to do it to. */
  #act(action: Action): boolean {
    const desk = this.view?.desk;
    if (!desk) return false;
    switch (action) {
      case "state":
        this.header?.toggleStates();
        return true;
      case "ready":
        void this.#store?.choose("available");
        return true;
      case "more":
        if (desk.state.presence === "wrap_up") void this.#store?.extendWrapUp();
        return desk.state.presence === "wrap_up";
      case "answer":
        return this.telephone?.answer() === true;
      case "hangup":
        return this.telephone?.hangUp() === true;
      case "mute":
        return this.telephone?.toggleMute() === true;
    }
    const { call } = desk;
    if (!call) return false;
    const newest = call.suggestions.at(-1);
    switch (action) {
      case "accept":
        if (newest) void this.#store?.accept(newest.suggestion_id);
        return newest !== undefined;
      case "dismiss":
        if (newest) void this.#store?.dismiss(newest.suggestion_id);
        return newest !== undefined;
      case "transfer":
        this.bar?.togglePicker();
        return true;
      case "guide":
        this.guide?.focus();
        return true;
      case "help":
        void this.#store?.help();
        return true;
      case "seen": {
        const alarm = call.alarms.at(-1);
        if (alarm) void this.#store?.alarmSeen(alarm.alarm_id);
        return alarm !== undefined;
      }
      case "record":
        if (call.recording !== "off") void this.#store?.record();
        return call.recording !== "off";
      case "jump":
        this.transcript?.jump();
        return true;
      case "contact":
        this.form?.focus();
        return true;
      case "confirm":
        void this.#store?.confirm();
        return true;
    }
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "agent-desk": AgentDesk;
  }
  interface HTMLElementEventMap {
    "call-offered": CustomEvent<HostEvents["call-offered"]>;
    "member-identified": CustomEvent<HostEvents["member-identified"]>;
    "contact-confirmed": CustomEvent<HostEvents["contact-confirmed"]>;
  }
}
