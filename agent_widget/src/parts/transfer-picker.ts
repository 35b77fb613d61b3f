import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Destination, DirectoryInfo } from "../generated/messages";
import { takesCalls } from "../store/api";
import type { Busy, DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.transfers;

/** Where the agent sends the call by hand. Fires `close` when done or given up. */
@customElement("transfer-picker")
export class TransferPicker extends LitElement {
  static override styles = [
    shared,
    css`
      form {
        display: grid;
        gap: 0.5rem;
        padding: 0.75rem 1rem;
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      legend {
        padding: 0;
      }
      .places {
        max-height: 10.5rem;
        overflow-y: auto;
      }
      label.choice {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 0 0.625rem;
        align-items: baseline;
        padding: 0.25rem 0.375rem;
        border-radius: 4px;
        cursor: pointer;
      }
      label.choice:hover,
      label.choice:has(:checked) {
        background: var(--_tint);
      }
      label.choice .small {
        grid-column: 2;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }
    `,
  ];

  @property({ attribute: false }) directory: DirectoryInfo | null = null;
  @property() busy: Busy = null;
  @property({ attribute: false }) store!: DeskStore;
  @state() private filter = "";
  @state() private chosen = "";
  @query("input[type=search]") private readonly search!: HTMLInputElement | null;

  override firstUpdated(): void {
    this.search?.focus();
  }

  override render() {
    const { directory } = this;
    return html`<form class="card" aria-label=${t.label} @submit=${this.#submit} @keydown=${this.#keydown}>
      <h2>${t.label}</h2>
      ${directory === null ? html`<p>${t.noDirectory}</p>` : this.#places(directory)}
      <div class="actions">
        <button class="main" aria-disabled=${this.#destination() === null || this.busy !== null}>${t.start}</button>
        <button type="button" @click=${this.#close}>${t.cancel} <kbd>Esc</kbd></button>
      </div>
    </form>`;
  }

  #places(directory: DirectoryInfo) {
    const fitting = matching(directory.destinations, this.filter);
    return html`<label>
        <span class="small muted">${t.filter}</span>
        <input type="search" autocomplete="off" .value=${this.filter} @input=${this.#filtered} />
      </label>
      <fieldset class="places">
        <legend class="unseen">${t.to}</legend>
        ${fitting.length === 0 ? html`<p class="muted">${t.none}</p>` : nothing}
        ${repeat(
          fitting,
          (one) => one.id,
          (one) =>
            html`<label class="choice">
              <input
                type="radio"
                name="destination"
                ?disabled=${!takesCalls(directory, one.id)}
                .checked=${this.#destination()?.id === one.id}
                @change=${() => (this.chosen = one.id)}
              />
              <span>
                <strong>${one.name}</strong>
                ${takesCalls(directory, one.id) ? nothing : html`<span class="badge plain">${t.agency}</span>`}
              </span>
              <span class="small muted">${one.purpose}</span>
            </label>`,
        )}
      </fieldset>`;
  }

  /** The chosen one while it is in sight; the only one left by the filter counts as chosen. */
  #destination(): Destination | null {
    const fitting = matching(this.directory?.destinations ?? [], this.filter).filter((one) =>
      takesCalls(this.directory, one.id),
    );
    const only = fitting.length === 1 ? fitting[0] : undefined;
    return fitting.find((one) => one.id === this.chosen) ?? only ?? null;
  }

  #filtered = (event: InputEvent): void => {
    this.filter = (event.target as HTMLInputElement).value;
  };

  #keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      this.#close();
    }
  };

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const destination = this.#destination();
    if (destination === null || this.busy !== null) return;
    await this.store.transfer(destination.id);
    if (this.store.view.notice === null) this.#close();
  };

  #close = (): void => {
    this.dispatchEvent(new CustomEvent("close"));
  };
}

/** The destinations whose name or purpose has every word typed. */
export function matching(destinations: readonly Destination[], filter: string): readonly Destination[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return destinations.filter((one) => {
    const text = `${one.name} ${one.purpose}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

declare global {
  interface HTMLElementTagNameMap {
    "transfer-picker": TransferPicker;
  }
}
