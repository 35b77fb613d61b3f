/** What the cards of the inbox have in common: their look, and keys that work where the focus is. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { shared } from "../styles";

/** One action of a card. `letter` goes with Alt; `about` completes its name for those who do not see the card. */
export interface CardAction {
  readonly letter: string;
  readonly label: string;
  readonly about: string;
  readonly main?: boolean;
  readonly run: () => void;
}

export const card = css`
  :host {
    padding: 0.75rem 0.875rem;
    border: 1px solid var(--_line);
    border-left: 4px solid var(--_edge);
    border-radius: var(--_radius);
    background: var(--_surface);
    overflow-wrap: anywhere;
  }
  :host(:focus-within) {
    border-left-color: var(--_accent);
  }
  :host(:focus-visible) {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0.125rem 0.625rem;
  }
  h3 {
    font-size: inherit;
    font-weight: 650;
    color: var(--_ink);
  }
  button {
    position: relative;
  }
  :host(:not(:focus-within, :hover)) button.main {
    background: none;
    color: var(--_accent);
  }
  p + p.small {
    margin-top: 0.25rem;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    margin-top: 0.625rem;
  }
  dl {
    display: grid;
    grid-template-columns: fit-content(45%) minmax(0, 1fr);
    gap: 0.125rem 0.75rem;
    margin-top: 0.25rem;
  }
  dt {
    color: var(--_muted);
  }
  dd {
    white-space: pre-line;
  }
  @media (pointer: coarse) {
    kbd {
      display: none;
    }
  }
`;

/** A card that can have the focus. Its actions' keys take Alt, as all keys here do. */
export abstract class InboxCard extends LitElement {
  static override styles = [shared, card];

  /** What it is about, in words. */
  abstract get what(): string;
  protected abstract actions(): readonly CardAction[];

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "article";
    this.addEventListener("keydown", this.#keydown);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.#keydown);
  }

  override updated(): void {
    this.ariaLabel = this.what;
  }

  protected buttons(actions: readonly CardAction[]): readonly TemplateResult[] {
    return actions.map(
      ({ letter, label, about, main, run }) =>
        html`<button class=${main ? "main" : ""} aria-keyshortcuts="Alt+${letter}" @click=${run}>
          <span>${label}<span class="unseen">: ${about}</span></span> <kbd aria-hidden="true">Alt+${letter}</kbd>
        </button>`,
    );
  }

  protected tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #keydown = (event: KeyboardEvent): void => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    // Alt types another letter on some keyboards: then the place of the key counts.
    const typed = /^[a-z]$/i.test(event.key) ? event.key : event.code.replace("Key", "");
    const action = this.actions().find(({ letter }) => letter === typed.toUpperCase());
    if (action === undefined) return;
    event.preventDefault();
    action.run();
  };
}
