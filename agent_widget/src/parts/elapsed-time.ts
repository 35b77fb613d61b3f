import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration } from "../format";
import { shared } from "../styles";

/** A clock that counts up from a moment (ISO). Only it is drawn anew each second. */
@customElement("elapsed-time")
export class ElapsedTime extends LitElement {
  static override styles = shared;

  @property() since = "";

  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.style.display = "inline";
    this.#timer = setInterval(() => {
      this.requestUpdate();
    }, 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const seconds = (Date.now() - Date.parse(this.since)) / 1000;
    return html`<span class="numbers" role="timer" aria-live="off">${duration(seconds)}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "elapsed-time": ElapsedTime;
  }
}
