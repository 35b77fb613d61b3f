import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { duration, secondsBetween, words } from "../format";
import type { DeskCall, DirectoryInfo, Transfer } from "../generated/messages";
import { aria, label } from "../keys";
import type { Busy, DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";
import "./elapsed-time";
import "./transfer-picker";

const t = texts.bar;

/** The call in one line: its phase and clock, where it came from, and where it may go. */
@customElement("call-bar")
export class CallBar extends LitElement {
  static override styles = [
    shared,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 1rem;
        min-height: 3.125rem;
        padding: 0.4375rem 0.75rem 0.4375rem 1rem;
      }
      p {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 0.75rem;
      }
      .phase {
        font-weight: 650;
      }
      .ringing {
        border-color: var(--_accent);
        background: var(--_tint);
      }
      .ringing .phase {
        color: var(--_accent);
      }
      .held .phase {
        color: var(--_warn);
      }
      .do {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        align-items: center;
        gap: 0.375rem 0.75rem;
        margin-left: auto;
      }
      button {
        flex: none;
      }
      .recording {
        display: flex;
        align-items: center;
        gap: 0.375rem;
      }
      .recording::before {
        content: "";
        flex: none;
        width: 0.625rem;
        height: 0.625rem;
        border: 0.125rem solid currentcolor;
        border-radius: 50%;
      }
      .recording.on::before {
        color: var(--_bad);
        background: currentcolor;
      }
      .recording.failing {
        color: var(--_bad);
      }
      .transfer {
        margin-top: 0.75rem;
        padding: 0.5rem 1rem;
        color: var(--_accent);
        background: var(--_tint);
        overflow-wrap: anywhere;
      }
      .transfer.failed {
        color: var(--_bad);
        background: var(--_bad-tint);
      }
      transfer-picker {
        margin-top: 0.75rem;
      }
    `,
  ];

  @property({ attribute: false }) call!: DeskCall;
  @property({ attribute: false }) directory: DirectoryInfo | null = null;
  @property() busy: Busy = null;
  @property({ attribute: false }) store!: DeskStore;
  @state() private picking = false;
  @query(".opener") private readonly opener!: HTMLButtonElement | null;

  /** Open the picker, or close it. */
  togglePicker(): void {
    this.picking = !this.picking && this.#transferable();
  }

  override render() {
    const { phase, queue, caller, transfer } = this.call;
    return html`<section aria-label=${t.label}>
      <div class="bar card ${phase}">
        <p>
          <span><span class="phase">${texts.phase[phase]}</span> ${this.#clock()}</span>
          ${this.#recording()}
          <span class="small muted">${words(queue)} · ${t.waited(duration(caller.waited_s))}</span>
        </p>
        <div class="do">
          ${this.#pause()}
          ${
            this.#transferable()
              ? html`<button
                  class="opener"
                  aria-expanded=${this.picking}
                  aria-keyshortcuts=${aria("transfer")}
                  @click=${() => this.togglePicker()}
                >
                  ${t.transfer} <kbd>${label("transfer")}</kbd>
                </button>`
              : nothing
          }
        </div>
      </div>
      ${transfer === null ? nothing : transferLine(transfer)}
      ${
        this.picking && this.#transferable()
          ? html`<transfer-picker
              .directory=${this.directory}
              .busy=${this.busy}
              .store=${this.store}
              @close=${this.#close}
            ></transfer-picker>`
          : nothing
      }
    </section>`;
  }

  /** What the recorder says it does. */
  #recording(): TemplateResult | typeof nothing {
    const { recording } = this.call;
    if (recording === "off") return nothing;
    return html`<span class="recording small ${recording}" role="status">${t.recording[recording]}</span>`;
  }

  #pause(): TemplateResult | typeof nothing {
    const { recording } = this.call;
    if (recording === "off") return nothing;
    const goesOn = recording === "on" || recording === "failing";
    return html`<button
      aria-keyshortcuts=${aria("record")}
      aria-disabled=${this.busy === "record"}
      @click=${() => void this.store.record()}
    >
      ${goesOn ? t.pause : t.resume} <kbd>${label("record")}</kbd>
    </button>`;
  }

  #transferable(): boolean {
    const { phase, transfer } = this.call;
    return (phase === "talking" || phase === "held") && (transfer === null || transfer.state === "failed");
  }

  #clock(): TemplateResult {
    const { phase, offered_at, answered_at, ended_at } = this.call;
    if (phase === "ringing") return html`<elapsed-time .since=${offered_at}></elapsed-time>`;
    if (phase === "wrap_up" && ended_at !== null) {
      const talked =
        answered_at === null ? nothing : `· ${t.talked} ${duration(secondsBetween(answered_at, ended_at))}`;
      return html`<elapsed-time .since=${ended_at}></elapsed-time> <span class="small muted numbers">${talked}</span>`;
    }
    return html`<elapsed-time .since=${answered_at ?? offered_at}></elapsed-time>`;
  }

  #close = (): void => {
    this.picking = false;
    this.opener?.focus();
  };
}

function transferLine(transfer: Transfer): TemplateResult {
  return html`<p class="transfer card ${transfer.state}">
    <strong>${texts.transfer[transfer.state](transfer.destination_name)}</strong>
    ${transfer.why}
  </p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "call-bar": CallBar;
  }
}
