import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { telephone } from "../format";
import type { Alarm, MemberProfile } from "../generated/messages";
import { aria, label } from "../keys";
import type { Busy, DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.alarms;

/** What needs more than an answer, newest first: step by step what to do. Fires `show-words` with an utterance's id. */
@customElement("alarm-cards")
export class AlarmCards extends LitElement {
  static override styles = [
    shared,
    css`
      ul {
        display: grid;
        gap: 0.75rem;
      }
      .card {
        display: grid;
        gap: 0.5rem;
        padding: 0.75rem 1rem;
        border-color: var(--_bad);
        border-left-width: 4px;
        background: var(--_bad-tint);
      }
      h2 {
        font-size: 1.0625rem;
        font-weight: 650;
        color: var(--_bad);
      }
      ol {
        display: grid;
        gap: 0.25rem;
        margin: 0;
        padding-left: 1.25rem;
        list-style: decimal;
      }
      blockquote {
        margin: 0;
        padding-left: 0.75rem;
        border-left: 2px solid var(--_line);
        overflow-wrap: anywhere;
      }
      .place {
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) alarms: readonly Alarm[] = [];
  @property({ attribute: false }) member: MemberProfile | null = null;
  @property() number = "";
  @property() busy: Busy = null;
  @property({ attribute: false }) store!: DeskStore;

  override render() {
    return html`<ul aria-label=${t.label}>
      ${repeat(
        this.alarms.toReversed(),
        (one) => one.alarm_id,
        (one, index) => this.#card(one, index === 0),
      )}
    </ul>`;
  }

  #card(one: Alarm, keyed: boolean) {
    return html`<li class="card">
      <h2>${one.title}</h2>
      ${one.evidence === "" ? nothing : this.#evidence(one)}
      <ol>
        ${one.steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      <p class="place small"><span class="muted">${t.place}:</span> ${this.#place()}</p>
      <div>
        <button
          aria-label="${t.seen}: ${one.title}"
          aria-keyshortcuts=${keyed ? aria("seen") : nothing}
          aria-disabled=${this.busy !== null}
          @click=${() => this.store.alarmSeen(one.alarm_id)}
        >
          ${t.seen} ${keyed ? html`<kbd>${label("seen")}</kbd>` : nothing}
        </button>
      </div>
    </li>`;
  }

  /** Where help would have to go, and where to call back. */
  #place(): string {
    const { member } = this;
    const numbers = new Set([member?.phone ?? "", this.number].filter((number) => number !== ""));
    return [...(member?.address ?? []), ...[...numbers].map(telephone)].join(" · ");
  }

  #evidence(one: Alarm) {
    return html`<div>
      <p class="small muted">
        ${t.said}
        <button class="bare" @click=${() => this.#show(one.evidence_utterance_id)}>${t.showWords}</button>
      </p>
      <blockquote>“${one.evidence}”</blockquote>
    </div>`;
  }

  #show(utterance_id: string): void {
    this.dispatchEvent(new CustomEvent("show-words", { detail: utterance_id }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "alarm-cards": AlarmCards;
  }
}
