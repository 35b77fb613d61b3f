import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { DeskState } from "../generated/messages";
import { aria, label } from "../keys";
import type { DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { Accounts } from "../telephone/account";
import { type Call, SILENT, type Softphone } from "../telephone/softphone";
import { type Choice, type Device, type Devices, type Levels, type Role, Sound } from "../telephone/sound";
import { Telephone } from "../telephone/telephone";
import { texts } from "../texts";

const t = texts.softphone;
const KEYPAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const METER_MS = 100;
const NO_LEVELS: Levels = { microphone: 0, speaker: 0 };

/**
 * The telephone in the page: nothing where the server has none, one line where it is off. It carries the sound and
 * picks up and puts down; who calls, and what is done about it, is shown by the desk.
 */
@customElement("softphone-panel")
export class SoftphonePanel extends LitElement {
  static override styles = [
    shared,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 0.75rem;
        padding: 0.375rem 1rem;
        background: var(--_sunken);
        border-bottom: 1px solid var(--_line);
      }
      .line::before {
        content: "";
        display: inline-block;
        width: 0.625rem;
        height: 0.625rem;
        margin-right: 0.5rem;
        border-radius: 50%;
        background: var(--_warn);
        forced-color-adjust: none;
      }
      .line[data-line="off"]::before {
        background: var(--_edge);
      }
      .line[data-line="ready"]::before {
        background: var(--_accent);
      }
      .trouble {
        color: var(--_bad);
      }
      .do {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 0.75rem;
        margin-left: auto;
      }
      .muted-now {
        border-color: var(--_warn);
        color: var(--_warn);
        background: var(--_warn-tint);
      }
      .meters {
        display: flex;
        gap: 0.75rem;
      }
      .meters label {
        display: flex;
        align-items: center;
        gap: 0.375rem;
      }
      meter {
        width: 5rem;
      }
      .keypad {
        display: grid;
        grid-template-columns: repeat(12, auto);
        gap: 0.25rem;
        flex-basis: 100%;
        justify-content: end;
      }
      .keypad button {
        justify-content: center;
        min-width: 2.25rem;
      }
      .settings {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 0.5rem 1rem;
        flex-basis: 100%;
        padding: 0.25rem 0 0.375rem;
      }
      .settings select {
        max-width: 16rem;
      }
      @media (max-width: 720px) {
        .keypad {
          grid-template-columns: repeat(3, 1fr);
        }
      }
    `,
  ];

  @property() server = "";
  @property({ attribute: false }) desk: DeskState | null = null;
  @property({ attribute: false }) store: DeskStore | null = null;
  @state() private phone: Softphone = SILENT;
  @state() private offered = false;
  @state() private devices: Devices = { microphones: [], speakers: [] };
  @state() private choice: Choice = { microphone: "", speaker: "", ringer: "" };
  @state() private levels = NO_LEVELS;
  @state() private settings = false;
  @state() private keypad = false;
  @query("[data-first]") private readonly first!: HTMLButtonElement | null;

  #sound: Sound | null = null;
  #telephone: Telephone | null = null;
  #metering: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sound = new Sound();
    this.#telephone = new Telephone(new Accounts(this.server), this.#sound);
    this.choice = this.#sound.choice;
    this.#sound.addEventListener("devices", this.#looked);
    this.#telephone.addEventListener("change", this.#changed);
    void this.#telephone.start();
    window.addEventListener("beforeunload", this.#leaving);
    window.addEventListener("pagehide", this.#left);
    window.addEventListener("pageshow", this.#back);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#left();
    this.#telephone?.removeEventListener("change", this.#changed);
    this.#sound?.removeEventListener("devices", this.#looked);
    clearInterval(this.#metering);
    window.removeEventListener("beforeunload", this.#leaving);
    window.removeEventListener("pagehide", this.#left);
    window.removeEventListener("pageshow", this.#back);
  }

  /** Pick up what rings; false where nothing does. */
  answer(): boolean {
    const rings = this.phone.call?.state === "ringing";
    if (rings) this.#telephone?.tell({ type: "picked_up" });
    return rings;
  }

  /** Put down what rings or is up; false where there is nothing. */
  hangUp(): boolean {
    const { call } = this.phone;
    if (call !== null) this.#telephone?.tell({ type: "put_down" });
    return call !== null;
  }

  /** Mute or unmute; false where nobody listens. */
  toggleMute(): boolean {
    const { call } = this.phone;
    if (call?.state !== "talking") return false;
    this.#telephone?.tell({ type: "muted", muted: !call.muted });
    return true;
  }

  override updated(changed: PropertyValues): void {
    this.#meter(this.settings || this.phone.call?.state === "talking");
    const before = changed.get("phone") as Softphone | undefined;
    // The button that was pressed has gone: the keyboard goes on beside it.
    if (before?.call?.state !== this.phone.call?.state && this.matches(":focus-within")) {
      if (this.shadowRoot?.activeElement === null) this.first?.focus();
    }
  }

  override render() {
    if (!this.offered) return nothing;
    const { phone } = this;
    return html`<section class="small" aria-label=${t.label}>
      <span class="line" role="status" data-line=${phone.line}>${this.#state()}</span>
      <span class="trouble" role="alert">${this.#trouble()}</span>
      <div class="do">
        ${phone.call === null ? this.#signOn() : this.#call(phone.call)}
        ${
          phone.call === null && (phone.line === "off" || phone.line === "taken" || phone.line === "refused")
            ? html`<button @click=${() => this.#telephone?.switchOn()}>
                ${phone.line === "off" ? t.on : t.again}
              </button>`
            : nothing
        }
        <button class="bare" aria-expanded=${this.settings} @click=${this.#toggleSettings}>${t.settings}</button>
      </div>
      ${this.keypad && phone.call?.state === "talking" ? this.#keypad() : nothing}
      ${this.settings ? this.#settings() : nothing}
    </section>`;
  }

  #state(): string {
    const { line, call } = this.phone;
    if (call?.state === "ringing") return t.rings(call.from);
    if (call !== null) return call.cut ? t.cut : call.state === "answering" ? t.answering : t.talking;
    return t.line[line];
  }

  #trouble(): string {
    const { trouble, why } = this.phone;
    return trouble === null ? why : t.trouble[trouble];
  }

  #call(call: Call) {
    if (call.state === "ringing") {
      return html`<button data-first class="main" aria-keyshortcuts=${aria("answer")} @click=${() => this.answer()}>
        ${t.answer} <kbd>${label("answer")}</kbd>
      </button>`;
    }
    return html`${call.state === "talking" ? this.#meters() : nothing}
      <button
        data-first
        class=${call.muted ? "muted-now" : ""}
        aria-pressed=${call.muted}
        aria-disabled=${call.state !== "talking"}
        aria-keyshortcuts=${aria("mute")}
        @click=${() => this.toggleMute()}
      >
        ${call.muted ? t.mutedNow : t.mute} <kbd>${label("mute")}</kbd>
      </button>
      <button
        aria-expanded=${this.keypad}
        aria-disabled=${call.state !== "talking"}
        @click=${() => (this.keypad = !this.keypad)}
      >
        ${t.keypad}
      </button>
      <button aria-keyshortcuts=${aria("hangup")} @click=${() => this.hangUp()}>
        ${t.hangUp} <kbd>${label("hangup")}</kbd>
      </button>`;
  }

  /** Queues ring what the agent signed on with: this page, once they say so. */
  #signOn() {
    const { phone, desk } = this;
    const device = this.#telephone?.device ?? "";
    if (phone.line !== "ready" || desk === null || desk.device === device) return nothing;
    if (desk.device !== "" && desk.state.presence !== "signed_out") {
      return html`<span class="muted">${t.elsewhere(desk.device)}</span>`;
    }
    return html`<button class="main" @click=${() => void this.store?.signOn(device)}>${t.signOn}</button>`;
  }

  #meters() {
    const { microphone, speaker } = this.levels;
    return html`<div class="meters">
      <label>${t.you} <meter min="0" max="1" .value=${microphone}></meter></label>
      <label>${t.they} <meter min="0" max="1" .value=${speaker}></meter></label>
    </div>`;
  }

  #keypad() {
    return html`<div class="keypad" role="group" aria-label=${t.keypad} @keydown=${this.#typed}>
      ${KEYPAD.map((key) => html`<button @click=${() => this.#press(key)}>${key}</button>`)}
    </div>`;
  }

  #settings() {
    const { microphones, speakers } = this.devices;
    const choosable = this.#sound?.speakersChosen === true;
    return html`<div class="settings" role="group" aria-label=${t.settings}>
      ${this.#select("microphone", microphones)}
      ${choosable ? [this.#select("speaker", speakers), this.#select("ringer", speakers)] : nothing}
      <button @click=${() => void this.#telephone?.useMicrophone()}>${t.tryMicrophone}</button>
      <button @click=${this.#tryRinger}>${t.tryRinger}</button>
      ${this.phone.call === null ? this.#meters() : nothing}
      ${
        this.phone.line === "off"
          ? nothing
          : html`<button class="bare" @click=${() => this.#telephone?.switchOff()}>${t.off}</button>`
      }
    </div>`;
  }

  #select(role: Role, devices: readonly Device[]) {
    const chosen = this.choice[role];
    const there = chosen === "" || devices.some(({ id }) => id === chosen);
    return html`<label
      >${t.devices[role]}
      <select @change=${(event: Event) => void this.#choose(role, (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${chosen === ""}>${t.machinesOwn}</option>
        ${there ? nothing : html`<option value=${chosen} selected>${t.notThere}</option>`}
        ${devices.map(
          (device) => html`<option value=${device.id} ?selected=${device.id === chosen}>${device.label}</option>`,
        )}
      </select>
    </label>`;
  }

  async #choose(role: Role, id: string): Promise<void> {
    await this.#sound?.choose(role, id);
    if (this.#sound !== null) this.choice = this.#sound.choice;
    if (role === "microphone" && this.phone.line !== "off") await this.#telephone?.useMicrophone();
  }

  #press(key: string): void {
    this.#telephone?.tell({ type: "key", key });
  }

  #typed = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || !KEYPAD.includes(event.key)) return;
    event.preventDefault();
    this.#press(event.key);
  };

  #tryRinger = async (): Promise<void> => {
    const sound = this.#sound;
    if (sound === null || this.phone.call !== null) return;
    await sound.ring();
    setTimeout(() => {
      if (this.phone.call === null) sound.hush();
    }, 2000);
  };

  /** What was opened to be tried is let go with the settings: no light stays on for nothing. */
  #toggleSettings = (): void => {
    this.settings = !this.settings;
    if (!this.settings && this.phone.call === null) this.#sound?.hangUp();
  };

  #meter(on: boolean): void {
    if (on && this.#metering === undefined) {
      this.#metering = setInterval(() => (this.levels = this.#sound?.levels ?? NO_LEVELS), METER_MS);
    } else if (!on && this.#metering !== undefined) {
      clearInterval(this.#metering);
      this.#metering = undefined;
    }
  }

  #looked = (): void => {
    if (this.#sound !== null) this.devices = this.#sound.devices;
  };

  #changed = (): void => {
    if (this.#telephone === null) return;
    this.offered = this.#telephone.offered;
    this.phone = this.#telephone.phone;
    if (this.phone.call === null) this.keypad = false;
  };

  #leaving = (event: BeforeUnloadEvent): void => {
    if (this.phone.call !== null) event.preventDefault(); // the browser asks whether to leave: the call would end
  };

  #left = (): void => this.#telephone?.stop();

  /** The browser kept the page and shows it again: begun anew, as if it were loaded. */
  #back = (event: PageTransitionEvent): void => {
    if (event.persisted) location.reload();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "softphone-panel": SoftphonePanel;
  }
}
