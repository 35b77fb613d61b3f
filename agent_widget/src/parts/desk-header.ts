import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { DeskState, OffPhones } from "../generated/messages";
import type { Link } from "../store/connection";
import type { DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";
import type { StateMenu } from "./state-menu";
import "./state-menu";

/** Who works here, in which state and since when, and whether the desk hears its server. */
@customElement("desk-header")
export class DeskHeader extends LitElement {
  static override styles = [
    shared,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 1rem;
        min-height: 3rem;
        padding: 0.375rem 1rem;
        background: var(--_surface);
        border-bottom: 1px solid var(--_line);
      }
      .name {
        font-weight: 650;
      }
      .link::before {
        content: "";
        width: 0.625rem;
        height: 0.625rem;
        border-radius: 50%;
        background: var(--_edge);
        forced-color-adjust: none;
      }
      .link[data-state="live"]::before {
        background: var(--_accent);
      }
      .side {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 1rem;
        margin-left: auto;
      }
      .link {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
      }
      .link:not([data-state="live"]) {
        padding: 0.0625rem 0.625rem;
        border-radius: 999px;
        color: var(--_warn);
        background: var(--_warn-tint);
        font-weight: 600;
      }
      .down {
        padding: 0.0625rem 0.625rem;
        border-radius: 999px;
        color: var(--_warn);
        background: var(--_warn-tint);
        font-weight: 600;
      }
      .link:not([data-state="live"])::before {
        background: var(--_warn);
      }
      @media (max-width: 480px) {
        header {
          padding: 0.375rem 0.75rem;
        }
        .side {
          margin-left: 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk: DeskState | null = null;
  @property({ attribute: false }) states: readonly OffPhones[] = [];
  @property({ attribute: false }) store!: DeskStore;
  @property() link: Link = "connecting";
  @query("state-menu") private readonly menu!: StateMenu | null;

  /** Open or close the choice of states. */
  toggleStates(): void {
    this.menu?.toggle();
  }

  override render() {
    const desk = this.desk;
    return html`<header>
      ${
        desk === null
          ? html`<span class="name">${texts.product}</span>`
          : html`<span class="name">${desk.agent_name}</span>
              <state-menu .desk=${desk} .states=${this.states} .store=${this.store}></state-menu>`
      }
      <div class="side small">
        ${desk === null ? nothing : html`<span class="muted">${texts.header.speechModel(desk.speech_model)}</span>`}
        <span role="status"
          >${
            desk === null || desk.phones_up ? nothing : html`<span class="down">${texts.header.phonesDown}</span>`
          }</span
        >
        <span class="link ${this.link === "live" ? "muted" : ""}" role="status" data-state=${this.link}
          >${texts.connection[this.link]}</span
        >
        <slot></slot>
      </div>
    </header>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "desk-header": DeskHeader;
  }
}
