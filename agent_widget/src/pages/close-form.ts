import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { until, words } from "../format";
import type { CloseAsked, Closures, Concerned } from "../generated/messages";
import type { Api } from "../store/api";
import { Refusal } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.closing;
const HOURS = [1, 2, 4] as const;
const ASK_AFTER_MS = 300;
const RENEW_MS = 5000;

/** What is to be closed, and whom that concerns as it stands now. Fires `close` with what is asked for. */
@customElement("close-form")
export class CloseForm extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
        gap: 1rem;
        align-items: start;
      }
      section {
        padding: 0.875rem 1rem;
      }
      form {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 0.875rem 1rem;
        margin-top: 0.5rem;
      }
      label.field {
        display: grid;
        gap: 0.25rem;
        align-content: start;
      }
      .whole {
        grid-column: 1 / -1;
      }
      fieldset {
        grid-column: 1 / -1;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        padding: 0;
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--_muted);
      }
      fieldset label {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        min-height: 1.75rem;
        padding-top: 0.25rem;
      }
      input[type="radio"] {
        flex: none;
      }
      .who {
        position: sticky;
        top: 1rem;
      }
      .quick {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: center;
      }
      .numbers li {
        padding: 0.1875rem 0;
        font-weight: 550;
      }
      .numbers {
        margin-top: 0.5rem;
      }
      table {
        width: 100%;
        margin-top: 0.5rem;
        border-collapse: collapse;
      }
      th,
      td {
        padding: 0.3125rem 0.75rem 0.3125rem 0;
        border-bottom: 1px solid var(--_line);
        text-align: left;
      }
      th {
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--_muted);
      }
      .scroll {
        overflow-x: auto;
      }
      @media (max-width: 900px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        .who {
          position: static;
          order: -1;
        }
      }
      @media (max-width: 480px) {
        form {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @property({ attribute: false }) known!: Closures;
  @state() private queue = "";
  @state() private from = "";
  @state() private until = "";
  @state() private concerned: Concerned | null = null;
  @query("form") private readonly form!: HTMLFormElement;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #renewing: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#lasting(HOURS[1]);
    this.#renewing = setInterval(() => void this.#ask(), RENEW_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#renewing);
    clearTimeout(this.#asking);
  }

  /** As it is at the beginning, once something was closed. */
  reset(): void {
    this.form.reset();
    this.queue = this.from = "";
    this.#lasting(HOURS[1]);
  }

  override render() {
    return html`<section class="card" aria-labelledby="close">
        <h2 id="close">${t.close}</h2>
        <form @submit=${this.#submit}>
          <label class="field whole">
            ${t.what}
            <select name="queue" .value=${this.queue} @change=${this.#changed}>
              <option value="">${t.everything}</option>
              ${this.known.queues.map((queue) => html`<option value=${queue}>${words(queue)}</option>`)}
            </select>
          </label>
          <label class="field">
            ${t.from}
            <input name="from" type="datetime-local" .value=${this.from} @input=${this.#changed} />
          </label>
          <label class="field">
            ${t.until}
            <input name="until" type="datetime-local" required .value=${this.until} @input=${this.#changed} />
          </label>
          <div class="quick whole" role="group" aria-label=${t.lasting}>
            <span class="muted small">${t.lasting}</span>
            ${HOURS.map(
              (hours) => html`<button type="button" @click=${() => this.#lasting(hours)}>${t.inHours(hours)}</button>`,
            )}
          </div>
          ${this.#zone()}
          <label class="field whole">
            ${t.why} <input name="why" required maxlength="120" placeholder=${t.whyExample} />
          </label>
          ${this.known.languages.map(
            (language) =>
              html`<label class="field whole">
                ${t.message(texts.languages[language] ?? language)}
                <textarea
                  name=${`message-${language}`}
                  lang=${language}
                  required
                  rows="3"
                  maxlength="1000"
                  .defaultValue=${this.known.standard[language] ?? ""}
                ></textarea>
              </label>`,
          )}
          ${this.#choice("waiting", t.waiting, t.waitingWays)}
          ${this.#choice("callbacks", t.callbacks, t.callbacksWays)}
          ${this.queue === "" ? this.#choice("appointments", t.appointments, t.appointmentsWays) : nothing}
          <p class="whole"><button class="main">${this.from === "" ? t.submit : t.submitLater}</button></p>
        </form>
      </section>
      ${this.#concerned()}`;
  }

  #choice(name: string, label: string, ways: Readonly<Record<string, string>>) {
    return html`<fieldset>
      <legend>${label}</legend>
      ${Object.entries(ways).map(
        ([value, said], place) =>
          html`<label><input type="radio" name=${name} value=${value} .defaultChecked=${place === 0} />${said}</label>`,
      )}
    </fieldset>`;
  }

  /** Only where this computer's clock is another than the centre's. */
  #zone() {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return here === this.known.zone ? nothing : html`<p class="muted small whole">${t.zone(here, this.known.zone)}</p>`;
  }

  #concerned() {
    const { concerned } = this;
    return html`<section class="card who" aria-labelledby="concerned">
      <h2 id="concerned">${t.concerned}</h2>
      <p class="muted small">${t.concernedHelp}</p>
      <div role="status">
        ${
          concerned === null
            ? nothing
            : html`<ul class="numbers">
                <li>${t.waitingNow(concerned.waiting)}</li>
                <li>${t.callbacksNow(concerned.callbacks)}</li>
                ${this.queue === "" ? html`<li>${t.appointmentsThen(concerned.appointments.length)}</li>` : nothing}
              </ul>`
        }
      </div>
      ${concerned === null || concerned.appointments.length === 0 ? nothing : this.#appointments(concerned)}
    </section>`;
  }

  #appointments({ appointments }: Concerned) {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t.appointments}>
      <table>
        <thead>
          <tr>
            ${t.appointmentHeads.map((head) => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${appointments.map(
            (each) =>
              html`<tr>
                <td>${until(each.begins_at)}</td>
                <td>${each.counsellor}</td>
                <td>${each.place}</td>
                <td>${each.reference}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  #changed = (): void => {
    const fields = new FormData(this.form);
    const text = (name: string) => (fields.get(name) as string | null) ?? "";
    [this.queue, this.from, this.until] = [text("queue"), text("from"), text("until")];
    this.#soon();
  };

  #lasting(hours: number): void {
    const begins = this.from === "" ? new Date() : new Date(this.from);
    this.until = local(new Date(begins.getTime() + hours * 3_600_000));
    this.#soon();
  }

  #soon(): void {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => void this.#ask(), ASK_AFTER_MS);
  }

  /** Whom it would concern; nobody is told of times that make no sense yet. */
  async #ask(): Promise<void> {
    const [begins, ends] = [moment(this.from), moment(this.until)];
    if (document.hidden || ends === null || Date.parse(ends) <= Date.parse(begins ?? new Date().toISOString())) return;
    const queue = this.queue;
    try {
      const concerned = await this.api.concerned(queue, begins, ends);
      if (queue === this.queue) this.concerned = concerned;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.concerned = null; // what matters is said where it is closed
    }
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(this.form);
    const text = (name: string) => ((fields.get(name) as string | null) ?? "").trim();
    const ends_at = moment(text("until"));
    if (ends_at === null) return;
    const what = this.queue === "" ? t.everything : words(this.queue);
    if (!confirm(t.confirm(what, until(ends_at)))) return;
    const asked: CloseAsked = {
      queue: this.queue,
      begins_at: moment(text("from")),
      ends_at,
      message: Object.fromEntries(this.known.languages.map((language) => [language, text(`message-${language}`)])),
      why: text("why"),
      waiting: text("waiting") as NonNullable<CloseAsked["waiting"]>,
      callbacks: text("callbacks") as NonNullable<CloseAsked["callbacks"]>,
      ...(this.queue === "" ? { appointments: text("appointments") as NonNullable<CloseAsked["appointments"]> } : {}),
    };
    this.dispatchEvent(new CustomEvent<CloseAsked>("close", { detail: asked }));
  };
}

/** As an input of date and time has it, in this computer's zone. */
function local(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such an input says, as a moment; null where it is empty. */
function moment(text: string): string | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

declare global {
  interface HTMLElementTagNameMap {
    "close-form": CloseForm;
  }
}
