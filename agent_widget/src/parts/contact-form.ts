import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { calendarDay, clockSeconds, duration, secondsBetween, words } from "../format";
import type { ContactDraft, DeskCall, ProposedUpdate, Resolution } from "../generated/messages";
import { aria, label } from "../keys";
import { byHand } from "../store/contact-draft";
import type { Busy, DeskStore, Saved } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";
import "./draft-notes";
import { showWords } from "./draft-notes";

const t = texts.contact;
/** Below it an agent is asked to look again. */
const SURE = 0.8;
const RESOLUTIONS: readonly Resolution[] = ["resolved", "transferred", "follow_up", "unresolved"];

/** The documentation of the call: written along by the server, corrected and confirmed by the agent. */
@customElement("contact-form")
export class ContactForm extends LitElement {
  static override styles = [
    shared,
    css`
      section {
        display: flex;
        flex-direction: column;
        min-height: 0;
        height: 100%;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.25rem 0.75rem;
        padding: 0.625rem 1rem;
        border-bottom: 1px solid var(--_line);
      }
      header .saved {
        margin-left: auto;
      }
      .fields {
        display: grid;
        align-content: start;
        gap: 0.875rem;
        flex: 1;
        min-height: 0;
        overflow-y: auto;
        padding: 0.875rem 1rem;
      }
      .field {
        display: grid;
        gap: 0.25rem;
      }
      .field > label,
      legend {
        padding: 0;
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--_muted);
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0.375rem;
        margin-top: 0.25rem;
      }
      .row.update {
        grid-template-columns: minmax(0, 10rem) minmax(0, 1fr) auto;
      }
      .row button {
        justify-content: center;
        min-width: 2.125rem;
        padding: 0;
      }
      .origin {
        grid-column: 1 / -1;
      }
      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
        align-items: center;
      }
      .chip {
        display: inline-flex;
        align-items: center;
        padding-left: 0.625rem;
        border-radius: 999px;
        background: var(--_tint);
      }
      .chip button {
        justify-content: center;
        min-width: 1.75rem;
        padding: 0;
        border-radius: 999px;
      }
      .chips select {
        width: auto;
        max-width: 100%;
        min-height: 1.875rem;
        padding-block: 0.125rem;
      }
      .outcomes {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.75rem;
        margin-top: 0.125rem;
      }
      .outcomes label {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
        min-height: 1.75rem;
        cursor: pointer;
      }
      textarea {
        field-sizing: content;
        min-height: 5.5rem;
        max-height: 20rem;
      }
      textarea.line {
        min-height: 2.125rem;
      }
      dl {
        display: grid;
        grid-template-columns: 6rem minmax(0, 1fr);
        gap: 0.125rem 0.75rem;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .caution {
        padding: 0.5rem 0.75rem;
        border-radius: calc(var(--_radius) - 2px);
        color: var(--_warn);
        background: var(--_warn-tint);
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 0.75rem;
        padding: 0.625rem 1rem;
        border-top: 1px solid var(--_line);
      }
      @media (max-width: 480px) {
        .row.update {
          grid-template-columns: minmax(0, 1fr) auto;
        }
        .row.update input {
          grid-row: 2;
        }
      }
    `,
  ];

  @property({ attribute: false }) call!: DeskCall;
  @property({ attribute: false }) draft!: ContactDraft;
  @property({ attribute: false }) topics: readonly string[] = [];
  @property() saved: Saved = "saved";
  @property() busy: Busy = null;
  @property({ attribute: false }) store!: DeskStore;

  /** Put the cursor where the agent writes. */
  override focus(): void {
    this.renderRoot.querySelector("textarea")?.focus();
  }

  override render() {
    const over = this.call.phase === "wrap_up";
    const byHand = ["refused", "not_asked", "unavailable", "later"].includes(this.call.transcribed);
    const { draft } = this;
    return html`<section class="card" aria-label=${t.label}>
      <header>
        <h2>${t.label}</h2>
        <span class="small muted">${over ? t.done : byHand ? nothing : t.live}</span>
        <span class="saved small ${this.saved === "failed" ? "badge bad" : "muted"}">${t[this.saved]}</span>
      </header>
      <div class="fields">
        ${byHand ? html`<p class="caution small">${t.byHand}</p>` : nothing}
        <div class="field">
          <label for="reason">${t.reason}</label>
          <textarea
            id="reason"
            class="line"
            rows="1"
            .value=${live(draft.reason)}
            @input=${(event: InputEvent) => this.store.edit({ reason: valueOf(event) })}
          ></textarea>
        </div>
        <div class="field">
          <label for="summary">${t.summary}</label>
          <textarea
            id="summary"
            rows="4"
            .value=${live(draft.summary)}
            @input=${(event: InputEvent) => this.store.edit({ summary: valueOf(event) })}
          ></textarea>
        </div>
        ${this.#topics(draft.topics)} ${this.#resolution(draft.resolution)} ${this.#updates(draft.updates)}
        ${this.#commitments(draft.commitments)} <draft-notes .draft=${draft}></draft-notes> ${this.#facts()}
      </div>
      <footer>
        <button
          class="main"
          aria-keyshortcuts=${aria("confirm")}
          aria-disabled=${!over || this.busy !== null}
          @click=${() => this.store.confirm()}
        >
          ${this.busy === "confirm" ? t.confirming : t.confirm} <kbd>${label("confirm")}</kbd>
        </button>
        ${over ? nothing : html`<span class="small muted">${t.confirmLater}</span>`}
      </footer>
    </section>`;
  }

  #topics(chosen: readonly string[]): TemplateResult {
    const others = this.topics.filter((topic) => !chosen.includes(topic));
    return html`<fieldset>
      <legend>${t.topics}</legend>
      <div class="chips">
        ${chosen.map(
          (topic) =>
            html`<span class="chip">
              ${words(topic)}
              <button
                type="button"
                class="bare"
                aria-label=${t.removeTopic(words(topic))}
                @click=${() => this.store.edit({ topics: chosen.filter((one) => one !== topic) })}
              >
                ×
              </button>
            </span>`,
        )}
        <select
          aria-label=${t.addTopic}
          .value=${live("")}
          @change=${(event: Event) => this.store.edit({ topics: [...chosen, valueOf(event)] })}
        >
          <option value="">${t.chooseTopic}</option>
          ${others.map((topic) => html`<option value=${topic}>${words(topic)}</option>`)}
        </select>
      </div>
    </fieldset>`;
  }

  #resolution(chosen: Resolution): TemplateResult {
    return html`<fieldset>
      <legend>${t.resolution}</legend>
      <div class="outcomes">
        ${RESOLUTIONS.map(
          (one) =>
            html`<label>
              <input
                type="radio"
                name="resolution"
                .checked=${live(chosen === one)}
                @change=${() => this.store.edit({ resolution: one })}
              />
              ${texts.resolution[one]}
            </label>`,
        )}
      </div>
    </fieldset>`;
  }

  #updates(updates: readonly ProposedUpdate[]): TemplateResult {
    const change = (index: number, update: ProposedUpdate) => {
      this.store.edit({ updates: updates.with(index, update) });
    };
    return html`<fieldset>
      <legend>${t.updates}</legend>
      ${updates.length === 0 ? nothing : html`<p class="small muted">${t.updatesHelp}</p>`}
      ${updates.map(
        (update, index) =>
          html`<div class="row update">
            <select
              aria-label=${t.updateField(index + 1)}
              .value=${live(update.field)}
              @change=${(event: Event) => change(index, byHand(valueOf(event), update.value, update))}
            >
              ${fieldsWith(update.field).map(
                (field) => html`<option value=${field} ?selected=${field === update.field}>${words(field)}</option>`,
              )}
            </select>
            <input
              aria-label=${t.updateValue(index + 1)}
              .value=${live(update.value)}
              @input=${(event: InputEvent) => change(index, byHand(update.field, valueOf(event), update))}
            />
            <button
              type="button"
              aria-label=${t.removeUpdate(index + 1)}
              @click=${() => this.store.edit({ updates: updates.toSpliced(index, 1) })}
            >
              ×
            </button>
            ${this.#origin(update)}
          </div>`,
      )}
      <button
        type="button"
        class="bare"
        @click=${() => this.store.edit({ updates: [...updates, byHand(fieldsWith("")[0] ?? "", "")] })}
      >
        + ${t.addUpdate}
      </button>
    </fieldset>`;
  }

  /** Where an update comes from: what was on record, how sure it is, the words. */
  #origin(update: ProposedUpdate) {
    const notes = [
      update.written === "" || update.written === update.value ? "" : update.written,
      update.old_value === "" ? "" : t.wasBefore(update.old_value),
      update.confidence < SURE ? t.checkThis : "",
    ].filter((note) => note !== "");
    if (notes.length === 0 && update.said.length === 0) return nothing;
    return html`<p class="origin small muted">${notes.join(" · ")} ${showWords(this, update.said)}</p>`;
  }

  /** When a promise is due, as the machine understood it: nothing once the agent put it in other words. */
  #due(promise: string) {
    const promised = this.draft.promises.find((one) => one.text === promise);
    if (promised === undefined || (promised.due === "" && promised.said.length === 0)) return nothing;
    const due = promised.due === "" ? "" : t.due(calendarDay(promised.due));
    return html`<p class="origin small muted">${due} ${showWords(this, promised.said)}</p>`;
  }

  #commitments(commitments: readonly string[]): TemplateResult {
    return html`<fieldset>
      <legend>${t.commitments}</legend>
      ${commitments.map(
        (promise, index) =>
          html`<div class="row">
            <textarea
              class="line"
              rows="1"
              aria-label=${t.commitment(index + 1)}
              .value=${live(promise)}
              @input=${(event: InputEvent) => this.store.edit({ commitments: commitments.with(index, valueOf(event)) })}
            ></textarea>
            <button
              type="button"
              aria-label=${t.removeCommitment(index + 1)}
              @click=${() => this.store.edit({ commitments: commitments.toSpliced(index, 1) })}
            >
              ×
            </button>
            ${this.#due(promise)}
          </div>`,
      )}
      <button type="button" class="bare" @click=${() => this.store.edit({ commitments: [...commitments, ""] })}>
        + ${t.addCommitment}
      </button>
    </fieldset>`;
  }

  #facts(): TemplateResult {
    const { offered_at, answered_at, ended_at, caller, queue } = this.call;
    return html`<div class="field">
      <h3>${t.facts}</h3>
      <dl class="small numbers">
        <dt>${t.offered}</dt>
        <dd>${clockSeconds(offered_at)}</dd>
        <dt>${t.answered}</dt>
        <dd>${answered_at === null ? t.notAnswered : clockSeconds(answered_at)}</dd>
        ${
          ended_at === null
            ? nothing
            : html`<dt>${t.ended}</dt>
                <dd>${clockSeconds(ended_at)}</dd>`
        }
        ${
          answered_at === null || ended_at === null
            ? nothing
            : html`<dt>${t.talk}</dt>
                <dd>${duration(secondsBetween(answered_at, ended_at))}</dd>`
        }
        <dt>${t.waited}</dt>
        <dd>${duration(caller.waited_s)}</dd>
        <dt>${t.queue}</dt>
        <dd>${words(queue)}</dd>
        <dt>${t.path}</dt>
        <dd>${caller.menu_path.join(" › ")}</dd>
      </dl>
    </div>`;
  }
}

/** The fields an update may be about, with `field` among them even where a newer server invented it. */
function fieldsWith(field: string): readonly string[] {
  const known: readonly string[] = texts.updateFields;
  return field === "" || known.includes(field) ? known : [field, ...known];
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement).value;
}

declare global {
  interface HTMLElementTagNameMap {
    "contact-form": ContactForm;
  }
}
