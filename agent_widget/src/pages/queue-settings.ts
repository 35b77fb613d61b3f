import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { day, words } from "../format";
import type { QueueSetting, QueueSettingAsked } from "../generated/messages";
import { shared } from "../styles";
import { texts } from "../texts";
import { page } from "./page-styles";

const t = texts.closing;

export interface QueueSet {
  readonly queue: string;
  readonly asked: QueueSettingAsked;
}

/** What is set of each queue. Fires `set` with a queue and all that is set of it from now on. */
@customElement("queue-settings")
export class QueueSettings extends LitElement {
  static override styles = [
    shared,
    page,
    css`
      section {
        padding: 0.875rem 1rem;
      }
      form {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr));
        gap: 0.75rem;
        align-items: end;
        margin-top: 0.75rem;
        padding-top: 0.75rem;
      }
      form h3 {
        grid-column: 1 / -1;
      }
      label {
        display: grid;
        gap: 0.25rem;
      }
      .do {
        display: flex;
        gap: 0.5rem;
      }
    `,
  ];

  @property({ attribute: false }) queues: readonly QueueSetting[] = [];
  @property({ type: Boolean }) mayChange = false;
  @state() private editing = "";

  override render() {
    const heads = this.mayChange ? t.queueHeads : t.queueHeads.slice(0, -1);
    return html`<section class="card">
      <h2>${t.queues}</h2>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.queues}>
        <table>
          <thead>
            <tr>
              ${heads.map((head) => html`<th scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${this.queues.map((queue) => this.#row(queue))}
          </tbody>
        </table>
      </div>
      ${this.queues.filter(({ queue }) => queue === this.editing).map((queue) => this.#form(queue))}
    </section>`;
  }

  /** Put the form away: what it said is set. */
  done(): void {
    this.editing = "";
  }

  #row(set: QueueSetting) {
    const name = words(set.queue);
    return html`<tr>
      <th scope="row">${name}</th>
      <td>
        ${set.target_share === null || set.target_s === null ? t.noTarget : t.target(set.target_share, wait(set.target_s))}
      </td>
      <td>${overflow(set)}</td>
      <td>${set.callback_above_s === null ? t.asMenu : t.offered(wait(set.callback_above_s))}</td>
      <td class="muted">${set.changed_at === null ? "" : `${day(set.changed_at)}, ${set.changed_by ?? ""}`}</td>
      ${
        this.mayChange
          ? html`<td>
              <button class="bare" aria-label=${t.changeOf(name)} @click=${() => (this.editing = set.queue)}>
                ${t.change}
              </button>
            </td>`
          : nothing
      }
    </tr>`;
  }

  #form(set: QueueSetting) {
    const share = set.target_share === null ? "" : String(Math.round(set.target_share * 100));
    const others = this.queues.filter(({ queue }) => queue !== set.queue);
    return html`<form @submit=${this.#submit}>
      <h3>${t.changeOf(words(set.queue))}</h3>
      <label>${t.share} <input name="share" type="number" min="1" max="100" .value=${share} /></label>
      <label> ${t.within} <input name="target" type="number" min="1" max="7200" .value=${text(set.target_s)} /> </label>
      <label>
        ${t.overflowTo}
        <select name="to">
          <option value="">${t.nowhere}</option>
          ${others.map(
            ({ queue }) => html`<option value=${queue} ?selected=${queue === set.overflow_to}>${words(queue)}</option>`,
          )}
        </select>
      </label>
      <label>
        ${t.overflowAfter}
        <input name="after" type="number" min="1" max="7200" .value=${text(set.overflow_after_s)} />
      </label>
      <label>
        ${t.callbackAbove}
        <input name="above" type="number" min="0" max="7200" .value=${text(set.callback_above_s)} />
      </label>
      <div class="do">
        <button class="main">${t.save}</button>
        <button type="button" @click=${() => (this.editing = "")}>${t.cancel}</button>
      </div>
    </form>`;
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const number = (name: string) => {
      const said = ((fields.get(name) as string | null) ?? "").trim();
      return said === "" ? null : Number(said);
    };
    const share = number("share");
    const detail: QueueSet = {
      queue: this.editing,
      asked: {
        target_s: number("target"),
        target_share: share === null ? null : share / 100,
        overflow_to: (fields.get("to") as string | null) ?? "",
        overflow_after_s: number("after"),
        callback_above_s: number("above"),
      },
    };
    this.dispatchEvent(new CustomEvent<QueueSet>("set", { detail }));
  };
}

function overflow(set: QueueSetting): string {
  if (set.overflow_to === "") return t.nowhere;
  const to = words(set.overflow_to);
  return set.overflow_after_s === null ? t.onToAtOnce(to) : t.onTo(to, wait(set.overflow_after_s));
}

/** A wait that somebody set: "45 s", "4 min", "1:30 min". */
function wait(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`} min`;
}

function text(value: number | null): string {
  return value === null ? "" : String(value);
}

declare global {
  interface HTMLElementTagNameMap {
    "queue-settings": QueueSettings;
  }
}
