import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { DirectoryInfo, Suggestion } from "../generated/messages";
import { aria, label } from "../keys";
import { takesCalls } from "../store/api";
import type { Busy, DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.advice;

/** What the desk advises, newest first. The keys belong to the newest one. Fires `show-words` with an utterance's id. */
@customElement("advice-cards")
export class AdviceCards extends LitElement {
  static override styles = [
    shared,
    css`
      ul {
        display: grid;
        gap: 0.75rem;
      }
      .card {
        display: grid;
        gap: 0.375rem;
        padding: 0.75rem 1rem;
        border-color: var(--_accent);
        border-left-width: 4px;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.25rem 0.75rem;
      }
      .title {
        font-size: 1.0625rem;
        font-weight: 650;
        color: var(--_ink);
      }
      .evidence {
        padding-left: 0.75rem;
        border-left: 2px solid var(--_line);
      }
      blockquote {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-top: 0.125rem;
      }
    `,
  ];

  @property({ attribute: false }) suggestions: readonly Suggestion[] = [];
  @property({ attribute: false }) directory: DirectoryInfo | null = null;
  @property() busy: Busy = null;
  @property({ attribute: false }) store!: DeskStore;

  override render() {
    const newestFirst = this.suggestions.toReversed();
    return html`<ul aria-label=${t.label}>
      ${repeat(
        newestFirst,
        (one) => one.suggestion_id,
        (one, index) => this.#card(one, index === 0),
      )}
    </ul>`;
  }

  #card(one: Suggestion, keyed: boolean) {
    const transferable = takesCalls(this.directory, one.destination);
    const title = transferable ? t.title(one.destination_name) : t.refer(one.destination_name);
    return html`<li class="card">
      <div class="head">
        <h2 class="title">${title}</h2>
        <span class="badge">${t.confidence(one.confidence)}</span>
      </div>
      <p>${one.reason}</p>
      ${one.evidence === "" ? nothing : this.#evidence(one)}
      <div class="actions">
        ${
          transferable
            ? html`<button
                class="main"
                aria-label="${t.accept}: ${title}"
                aria-keyshortcuts=${keyed ? aria("accept") : nothing}
                aria-disabled=${this.busy !== null}
                @click=${() => this.store.accept(one.suggestion_id)}
              >
                ${this.busy === "transfer" ? t.starting : t.accept}
                ${keyed ? html`<kbd>${label("accept")}</kbd>` : nothing}
              </button>`
            : nothing
        }
        <button
          aria-label="${t.dismiss}: ${title}"
          aria-keyshortcuts=${keyed ? aria("dismiss") : nothing}
          aria-disabled=${this.busy !== null}
          @click=${() => this.store.dismiss(one.suggestion_id)}
        >
          ${t.dismiss} ${keyed ? html`<kbd>${label("dismiss")}</kbd>` : nothing}
        </button>
      </div>
    </li>`;
  }

  #evidence(one: Suggestion) {
    return html`<div class="evidence">
      <p class="small muted">
        ${t.said}
        ${
          one.evidence_utterance_id === ""
            ? nothing
            : html`<button class="bare" @click=${() => this.#show(one.evidence_utterance_id)}>${t.showWords}</button>`
        }
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
    "advice-cards": AdviceCards;
  }
}
