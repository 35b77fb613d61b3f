import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ContactDraft, DeskCall, Letter, Offered, Statement } from "../generated/messages";
import { aria, label } from "../keys";
import type { DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.guide;
const SEARCH_AFTER_MS = 120;
const LEAST_TYPED = 2;

/** Beside a call: what has to be said, the handbook's passages and its search, what can be sent. */
@customElement("guide-panel")
export class GuidePanel extends LitElement {
  static override styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 0.75rem;
        padding: 0.75rem 1rem;
      }
      h2 {
        font-size: 0.9375rem;
        font-weight: 650;
      }
      summary h3 {
        display: inline;
        font-size: 0.9375rem;
        font-weight: 600;
      }
      ul,
      .group {
        display: grid;
        gap: 0.375rem;
      }
      .search {
        display: grid;
        gap: 0.25rem;
      }
      input {
        width: 100%;
      }
      .statement {
        display: grid;
        grid-template-columns: 4rem minmax(0, 1fr) auto;
        gap: 0.5rem;
        align-items: baseline;
      }
      .done {
        color: var(--_muted);
      }
      .broken {
        color: var(--_bad);
      }
      .letter {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.25rem 0.75rem;
      }
      .letter p {
        flex: 1 1 12rem;
      }
      summary {
        cursor: pointer;
        overflow-wrap: anywhere;
      }
      .text {
        margin: 0.375rem 0;
        padding-left: 0.75rem;
        border-left: 2px solid var(--_line);
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      mark {
        color: inherit;
        background: var(--_tint);
      }
    `,
  ];

  @property({ attribute: false }) call!: DeskCall;
  @property({ attribute: false }) draft: ContactDraft | null = null;
  @property({ attribute: false }) store!: DeskStore;
  @state() private found: readonly Offered[] | null = null;
  @query("input") private readonly field!: HTMLInputElement | null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** To the search. */
  override focus(): void {
    this.field?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    const { statements, passages, letters } = this.call.guide;
    return html`<section class="card" aria-label=${t.label}>
      <label class="search small">
        <span class="muted">${t.search} <kbd>${label("guide")}</kbd></span>
        <input type="search" maxlength="200" aria-keyshortcuts=${aria("guide")} @input=${this.#typed} />
      </label>
      ${this.found === null ? nothing : this.#passages(t.found, this.found)}
      ${this.found === null && passages.length > 0 ? this.#passages(t.passages, passages) : nothing}
      ${statements.length === 0 ? nothing : this.#statements(statements)}
      ${letters.length === 0 ? nothing : this.#letters(letters)}
    </section>`;
  }

  #typed = (event: Event): void => {
    const words = (event.target as HTMLInputElement).value.trim();
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    if (words.length < LEAST_TYPED) {
      this.found = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#search(words, asked), SEARCH_AFTER_MS);
  };

  async #search(words: string, asked: number): Promise<void> {
    const found = await this.store.handbook(words);
    if (found !== null && asked === this.#asked) this.found = found; // what was typed since then is on its way
  }

  #passages(title: string, passages: readonly Offered[]) {
    return html`<div class="group">
      <h2>${title}</h2>
      ${
        passages.length === 0
          ? html`<p class="small muted" role="status">${t.nothing}</p>`
          : html`<ul>
              ${repeat(
                passages,
                (one) => one.passage_id,
                (one) => html`<li>${this.#passage(one)}</li>`,
              )}
            </ul>`
      }
    </div>`;
  }

  #passage(one: Offered) {
    return html`<details @toggle=${(event: Event) => this.#toggled(event, one)}>
      <summary>
        <h3>${one.path.at(-1) ?? one.title}</h3>
        <span class="small muted">${one.path.slice(0, -1).join(" › ")}</span>
        ${one.highlights.map((words) => html`<p class="small">${words}</p>`)}
      </summary>
      <div class="text small">${marked(one)}</div>
      <p class="small muted">
        ${one.document}${one.page === null ? nothing : `, ${t.page(one.page)}`} · ${t.since(one.label, one.effective)}
      </p>
    </details>`;
  }

  #toggled(event: Event, one: Offered): void {
    if ((event.target as HTMLDetailsElement).open) void this.store.passageOpened(one.passage_id);
  }

  #statements(statements: readonly Statement[]) {
    return html`<div class="group">
      <h2>${t.statements}</h2>
      <ul>
        ${statements.map((one) => {
          const broken = one.kind === "must_not" && one.said;
          return html`<li class="statement small ${broken ? "broken" : one.said ? "done" : ""}">
            <span class="muted">${t.kinds[one.kind]}</span>
            <span>${one.text}</span>
            <span>${broken ? `⚠ ${t.broken}` : one.said ? `✓ ${t.said}` : ""}</span>
          </li>`;
        })}
      </ul>
    </div>`;
  }

  #letters(letters: readonly Letter[]) {
    const chosen = new Set(this.draft?.correspondence.map(({ what }) => what));
    return html`<div class="group">
      <h2>${t.letters}</h2>
      <ul>
        ${letters.map(
          (one) =>
            html`<li class="letter small">
              <p>${one.title} <span class="muted">${[...one.forms, one.about].join(" · ")}</span></p>
              ${
                chosen.has(one.title)
                  ? html`<span class="muted">✓ ${t.sent}</span>`
                  : html`<button aria-label="${t.send}: ${one.title}" @click=${() => this.store.send(one)}>
                      ${t.send}
                    </button>`
              }
            </li>`,
        )}
      </ul>
    </div>`;
  }
}

/** The text of a passage with the sentences that answer marked. */
function marked(one: Offered) {
  let rest = one.text;
  const parts: unknown[] = [];
  for (const words of one.highlights) {
    const at = rest.indexOf(words);
    if (at < 0) continue;
    parts.push(rest.slice(0, at), html`<mark>${words}</mark>`);
    rest = rest.slice(at + words.length);
  }
  return [...parts, rest];
}

declare global {
  interface HTMLElementTagNameMap {
    "guide-panel": GuidePanel;
  }
}
