import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration } from "../format";
import { shared } from "../styles";

/** A clock that counts up from a moment (ISO), or down to one. Only it is drawn anew each second. */
@customElement("elapsed-time")
export class ElapsedTime extends LitElement {
  static override styles = shared;

  @property() since = "";
  @property() until = "";

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
    const now = Date.now();
    const milliseconds = this.until === "" ? now - Date.parse(this.since) : Math.max(Date.parse(this.until) - now, 0);
    const seconds = milliseconds / 1000;
    return html`<span class="numbers" role="timer" aria-live="off">${duration(seconds)}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "elapsed-time": ElapsedTime;
  }
}
