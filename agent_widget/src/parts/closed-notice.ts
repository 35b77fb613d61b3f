import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { until, words } from "../format";
import type { Notice } from "../generated/messages";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.closed;

/** What is closed by announcement, told calmly, each line until somebody puts it away (Escape does, too). */
@customElement("closed-notice")
export class ClosedNotice extends LitElement {
  static override styles = [
    shared,
    css`
      .notices {
        outline: none;
      }
      p {
        display: flex;
        align-items: center;
        gap: 0.25rem 1rem;
        padding: 0.25rem 1rem;
        color: var(--_warn);
        background: var(--_warn-tint);
        border-bottom: 1px solid var(--_line);
        overflow-wrap: anywhere;
      }
      button {
        flex: none;
        margin-left: auto;
        color: inherit;
      }
    `,
  ];

  @property({ attribute: false }) notices: readonly Notice[] = [];
  @state() private away: ReadonlySet<string> = new Set();
  @query(".notices") private readonly list!: HTMLElement;

  override render() {
    const shown = this.notices.filter((notice) => !this.away.has(notice.closure_id));
    return html`<div class="notices" role="status" tabindex="-1" @keydown=${this.#keydown}>
      ${repeat(
        shown,
        (notice) => notice.closure_id,
        (notice) =>
          html`<p data-closure=${notice.closure_id}>
            <span>${said(notice)}</span>
            <button
              class="bare"
              aria-label=${t.putAway(said(notice))}
              @click=${() => {
                this.#putAway(notice.closure_id);
              }}
            >
              ×
            </button>
          </p>`,
      )}
    </div>`;
  }

  #keydown = (event: KeyboardEvent): void => {
    const line = (event.target as HTMLElement).closest<HTMLElement>("[data-closure]");
    if (event.key !== "Escape" || line?.dataset["closure"] === undefined) return;
    event.preventDefault();
    this.#putAway(line.dataset["closure"]);
  };

  /** The keyboard goes on from where the line was. */
  #putAway(closure: string): void {
    this.away = new Set([...this.away, closure]);
    this.list.focus();
  }
}

function said(notice: Notice): string {
  const what = notice.queue === "" ? t.everything : t.queue(words(notice.queue));
  return t.said(what, until(notice.ends_at), notice.why);
}

declare global {
  interface HTMLElementTagNameMap {
    "closed-notice": ClosedNotice;
  }
}
