import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { clock } from "../format";
import type { DeskState, OffPhones } from "../generated/messages";
import { ACTIONS, label } from "../keys";
import type { RecentContact } from "../store/desk-store";
import { shared } from "../styles";
import { stateName, texts } from "../texts";
import "./elapsed-time";

const t = texts.idle;

/** The desk between two calls: what is awaited, what was done, and the keys to know. */
@customElement("desk-idle")
export class DeskIdle extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 20rem);
        gap: 1rem;
        align-items: start;
        width: 100%;
        max-width: 64rem;
        margin: 0 auto;
      }
      .card {
        padding: 1rem 1.25rem;
      }
      .waiting {
        grid-column: 1 / -1;
        padding: 2.5rem 1.25rem;
        text-align: center;
      }
      h1 {
        font-size: 1.375rem;
        font-weight: 600;
      }
      h2 {
        margin-bottom: 0.5rem;
      }
      .recent li {
        display: grid;
        grid-template-columns: 5rem minmax(0, 1fr);
        gap: 0 0.75rem;
        padding: 0.5rem 0;
        border-top: 1px solid var(--_line);
        overflow-wrap: anywhere;
      }
      .recent li:first-child {
        border-top: 0;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 0.375rem 0.75rem;
      }
      @media (max-width: 720px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) states: readonly OffPhones[] = [];
  @property({ attribute: false }) recent: readonly RecentContact[] = [];

  override render() {
    const { state } = this.desk;
    const free = state.presence === "available";
    return html`<div class="waiting card">
        <h1>${free ? t.waiting : stateName(state, this.states)}</h1>
        <p class="muted">${free ? t.waitingHelp : t.awayHelp} <elapsed-time .since=${state.since}></elapsed-time></p>
      </div>
      <section class="card" aria-labelledby="recent">
        <h2 id="recent">${t.recent}</h2>
        ${
          this.recent.length === 0
            ? html`<p class="muted">${t.noRecent}</p>`
            : html`<ol class="recent">
                ${repeat(
                  this.recent,
                  (one) => one.contact_id,
                  (one) =>
                    html`<li>
                      <span class="muted numbers">${clock(one.at)}</span>
                      <div>
                        <strong>${one.name}</strong>
                        <span class="badge plain">${texts.resolution[one.resolution]}</span>
                        <p>${one.summary}</p>
                      </div>
                    </li>`,
                )}
              </ol>`
        }
      </section>
      <section class="card" aria-labelledby="keys">
        <h2 id="keys">${t.keys}</h2>
        <dl>
          ${ACTIONS.map(
            (action) =>
              html`<dt><kbd>${label(action)}</kbd></dt>
                <dd>${texts.keys[action]}</dd>`,
          )}
        </dl>
      </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "desk-idle": DeskIdle;
  }
}
