import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { calendarDay } from "../format";
import type { ContactDraft, Said } from "../generated/messages";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.contact;

interface Note {
  readonly text: string;
  readonly said: readonly Said[];
}

/** What the draft tells beside the fields that an agent fills in: done, to be sent, left to others. */
@customElement("draft-notes")
export class DraftNotes extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 0.875rem;
      }
      ul {
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 0.5rem;
      }
    `,
  ];

  @property({ attribute: false }) draft!: ContactDraft;

  override render() {
    const { done, correspondence, follow_ups } = this.draft;
    const letters = correspondence.map(({ what, medium, due, said }) => ({
      text: `${what} (${[t.medium[medium], due === "" ? "" : t.due(calendarDay(due))].filter(Boolean).join(", ")})`,
      said,
    }));
    return html`${this.#list(t.deeds, done)} ${this.#list(t.correspondence, letters)}
    ${this.#list(t.followUps, follow_ups)}`;
  }

  #list(title: string, notes: readonly Note[]) {
    if (notes.length === 0) return nothing;
    return html`<div>
      <h3>${title}</h3>
      <ul class="small">
        ${notes.map((note) => html`<li><span>${note.text}</span> ${showWords(this, note.said)}</li>`)}
      </ul>
    </div>`;
  }
}

/** A button that leads to the words something came from; fires `show-words` from `host`, through its shadow. */
export function showWords(host: HTMLElement, said: readonly Said[]) {
  const first = said[0]?.utterance_id;
  if (first === undefined) return nothing;
  const show = () =>
    host.dispatchEvent(new CustomEvent("show-words", { detail: first, bubbles: true, composed: true }));
  return html`<button type="button" class="bare small" @click=${show}>${t.showWords}</button>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "draft-notes": DraftNotes;
  }
}
