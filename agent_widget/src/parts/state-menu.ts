import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { DeskState, OffPhones } from "../generated/messages";
import { aria, label } from "../keys";
import type { DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { stateName, texts } from "../texts";
import "./elapsed-time";

const t = texts.state;
const AVAILABLE = "available";
const TELEPHONE = "memberline-telephone"; // where this browser remembers the telephone beside it

/** What the agent is doing, as the phone system says it, and what they can do about it. */
@customElement("state-menu")
export class StateMenu extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: inline-flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.5rem;
      }
      .now::before {
        content: "";
        width: 0.625rem;
        height: 0.625rem;
        border-radius: 50%;
        background: var(--_edge);
        forced-color-adjust: none;
      }
      .now[data-state="available"]::before {
        background: var(--_accent);
      }
      .now[data-state="ringing"]::before,
      .now[data-state="on_call"]::before,
      .now[data-state="wrap_up"]::before {
        background: var(--_warn);
      }
      .menu {
        position: absolute;
        z-index: 2;
        top: calc(100% + 0.25rem);
        left: 0;
        display: grid;
        min-width: 15rem;
        padding: 0.375rem;
        box-shadow: 0 0.5rem 1.5rem rgb(0 0 0 / 18%);
      }
      .menu button {
        justify-content: space-between;
        border-color: transparent;
        text-align: left;
      }
      .menu button[aria-checked="true"] {
        background: var(--_tint);
        font-weight: 650;
      }
      .menu hr {
        width: 100%;
        margin: 0.375rem 0;
        border: 0;
        border-top: 1px solid var(--_line);
      }
      form {
        display: flex;
        align-items: center;
        gap: 0.5rem;
      }
      form input {
        width: 9rem;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) states: readonly OffPhones[] = [];
  @property({ attribute: false }) store!: DeskStore;
  @state() private open = false;
  @query(".now") private readonly button!: HTMLButtonElement | null;

  get #off(): boolean {
    return this.desk.device === "" || this.desk.state.presence === "signed_out";
  }

  /** Open the choice of states, or go to the telephone's field where the agent is not signed on. */
  toggle(): void {
    if (this.#off) this.renderRoot.querySelector("input")?.focus();
    else this.open = !this.open;
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has("open")) return;
    if (this.open) this.#items().at(0)?.focus();
    else if (changed.get("open") === true && this.shadowRoot?.activeElement === null) this.button?.focus();
  }

  override render() {
    return this.#off ? this.#signOn() : [this.#now(), this.#wrapUp(), this.open ? this.#menu() : nothing];
  }

  #signOn() {
    return html`<form @submit=${this.#signedOn}>
      <label class="unseen" for="telephone">${t.telephone}</label>
      <input id="telephone" required placeholder=${t.example} .value=${localStorage.getItem(TELEPHONE) ?? ""} />
      <button class="main">${t.signOn}</button>
    </form>`;
  }

  #now() {
    const { state } = this.desk;
    return html`<button
      class="now"
      data-state=${state.presence}
      aria-haspopup="menu"
      aria-expanded=${this.open}
      aria-keyshortcuts=${aria("state")}
      @click=${() => this.toggle()}
    >
      <span>${stateName(state, this.states)}</span>
      <elapsed-time class="muted" .since=${state.since}></elapsed-time>
      ${state.next === "" ? nothing : html`<span class="badge plain">${t.then(this.#label(state.next))}</span>`}
      <kbd>${label("state")}</kbd>
    </button>`;
  }

  #wrapUp() {
    const { state } = this.desk;
    if (state.presence !== "wrap_up" || state.until === null) return nothing;
    return html`<span class="small muted">${t.left} <elapsed-time .until=${state.until}></elapsed-time></span>
      <button aria-keyshortcuts=${aria("more")} @click=${() => void this.store.extendWrapUp()}>
        ${t.more} <kbd>${label("more")}</kbd>
      </button>
      <button aria-keyshortcuts=${aria("ready")} @click=${() => void this.store.choose(AVAILABLE)}>
        ${t.ready} <kbd>${label("ready")}</kbd>
      </button>`;
  }

  #menu() {
    const { state } = this.desk;
    const now = state.presence === "paused" ? state.reason : state.presence;
    const choices = [{ name: AVAILABLE, label: texts.presence.available }, ...this.states];
    return html`<div class="menu card" role="menu" aria-label=${t.menu} @keydown=${this.#keydown}>
      ${choices.map(
        (choice, n) =>
          html`<button
            role="menuitemradio"
            tabindex="-1"
            aria-checked=${now === choice.name}
            @click=${() => this.#choose(choice.name)}
          >
            ${choice.label} ${n < 9 ? html`<kbd>${n + 1}</kbd>` : nothing}
          </button>`,
      )}
      <hr role="separator" />
      <button role="menuitem" tabindex="-1" @click=${this.#signedOff}>${t.signOff(this.desk.device)}</button>
    </div>`;
  }

  #items(): HTMLButtonElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLButtonElement>(".menu button")];
  }

  #label(name: string): string {
    return this.states.find((one) => one.name === name)?.label ?? name;
  }

  #keydown = (event: KeyboardEvent): void => {
    const items = this.#items();
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLButtonElement);
    const step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (event.key === "Escape" || event.key === "Tab") {
      this.open = false;
      if (event.key === "Escape") this.button?.focus();
    } else if (event.key in step) {
      items.at((step[event.key] ?? 0) % items.length)?.focus();
    } else if (/^[1-9]$/.test(event.key) && Number(event.key) <= this.states.length + 1) {
      items[Number(event.key) - 1]?.click();
    } else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };

  #choose(name: string): void {
    this.open = false;
    void this.store.choose(name);
  }

  #signedOff = (): void => {
    this.open = false;
    void this.store.signOff();
  };

  #signedOn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const typed = this.renderRoot.querySelector("input")?.value.trim() ?? "";
    const device = typed.includes("/") ? typed : `PJSIP/${typed}`;
    if (await this.store.signOn(device)) localStorage.setItem(TELEPHONE, device);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "state-menu": StateMenu;
  }
}
