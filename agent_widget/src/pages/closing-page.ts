import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { until, words } from "../format";
import type { CloseAsked, ClosureLine, Closures, QueueSetting } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";
import type { CloseForm } from "./close-form";
import "./close-form";
import { page } from "./page-styles";
import type { QueueSet, QueueSettings } from "./queue-settings";
import "./queue-settings";

const t = texts.closing;
const RENEW_MS = 5000;

/** What is closed by announcement, closing, and what is set of queues. Fires `signed-out` when the server asks for it. */
@customElement("closing-page")
export class ClosingPage extends LitElement {
  static override styles = [
    shared,
    page,
    css`
      main {
        grid-template-columns: minmax(0, 1fr);
      }
      .closures {
        display: grid;
        gap: 0.75rem;
        margin-top: 0.5rem;
      }
      .closure {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0.125rem 1rem;
        align-items: start;
        padding: 0.625rem 0.75rem;
        border: 1px solid var(--_line);
        border-left: 4px solid var(--_edge);
        border-radius: var(--_radius);
      }
      .closure.now {
        border-left-color: var(--_warn);
      }
      .closure > button {
        justify-self: start;
      }
      .closure > div {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .what {
        font-weight: 650;
      }
      details {
        margin-top: 0.25rem;
      }
      summary {
        display: inline-block;
        min-height: 1.5rem;
        color: var(--_accent);
        cursor: pointer;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.125rem 0.75rem;
        margin-top: 0.25rem;
      }
      dt {
        color: var(--_muted);
      }
      @media (max-width: 480px) {
        .closure {
          grid-template-columns: minmax(0, 1fr);
        }
        dl {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @property({ type: Boolean }) mayChange = false;
  @state() private known: Closures | null = null;
  @state() private queues: readonly QueueSetting[] = [];
  @state() private notice = "";
  @state() private problem = "";
  @query("close-form") private readonly form!: CloseForm | null;
  @query("queue-settings") private readonly settings!: QueueSettings | null;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#asked(() => Promise.all([this.#load(), this.#loadQueues()]));
    // What begins and ends by itself, or by somebody else, is seen without a touch.
    this.#timer = setInterval(() => {
      if (!document.hidden) void this.#asked(() => this.#load());
    }, RENEW_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const { known } = this;
    return html`<header>
        <h1>${t.title}</h1>
        <div class="side small"><slot name="menu"></slot></div>
      </header>
      <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      <div role="status">${this.notice === "" ? nothing : html`<p class="news">${this.notice}</p>`}</div>
      <main>
        ${known === null ? nothing : this.#standing(known)}
        ${
          known === null || !this.mayChange
            ? nothing
            : html`<close-form .api=${this.api} .known=${known} @close=${this.#close}></close-form>`
        }
        <queue-settings .queues=${this.queues} ?mayChange=${this.mayChange} @set=${this.#set}></queue-settings>
      </main>`;
  }

  #standing({ closures }: Closures) {
    return html`<section class="card" aria-labelledby="standing">
      <h2 id="standing">${t.standing}</h2>
      ${
        closures.length === 0
          ? html`<p class="muted">${t.nothing}</p>`
          : html`<ul class="closures">
              ${repeat(
                closures,
                (line) => line.closure.closure_id,
                (line) => this.#closure(line),
              )}
            </ul>`
      }
    </section>`;
  }

  #closure(line: ClosureLine) {
    const { closure } = line;
    const verb = line.in_force ? t.endNow : t.takeBack;
    const ways = [
      [t.waiting, t.waitingWays[closure.waiting]],
      [t.callbacks, t.callbacksWays[closure.callbacks]],
      ...(closure.queue === "" ? [[t.appointments, t.appointmentsWays[closure.appointments]]] : []),
      ...Object.entries(closure.message).map(([language, text]) => [t.message(languageName(language)), text]),
    ];
    return html`<li class="closure ${line.in_force ? "now" : ""}">
      <div>
        <p>
          <span class="what">${what(closure.queue)}</span>
          <span class="badge ${line.in_force ? "warn" : "plain"}">${line.in_force ? t.now : t.later}</span>
        </p>
        <p>
          ${t.span(until(closure.begins_at), until(closure.ends_at, new Date(closure.begins_at)))}: ${closure.why}
          <span class="muted">${t.by(line.closed_by)}</span>
        </p>
        <details>
          <summary>${t.heard}</summary>
          <dl>
            ${ways.map(
              ([name, said]) =>
                html`<dt>${name}</dt>
                  <dd>${said}</dd>`,
            )}
          </dl>
        </details>
      </div>
      ${
        this.mayChange
          ? html`<button
              aria-label=${t.endOf(verb, what(closure.queue), closure.why)}
              @click=${() => void this.#end(line)}
            >
              ${verb}
            </button>`
          : nothing
      }
    </li>`;
  }

  #close = (event: CustomEvent<CloseAsked>): void => {
    void this.#do(async () => {
      const { closure, in_force } = await this.api.close(event.detail);
      const closed = what(closure.queue);
      this.notice = in_force ? t.done(closed, until(closure.ends_at)) : t.doneLater(closed, until(closure.begins_at));
      this.form?.reset();
    });
  };

  async #end({ closure, in_force }: ClosureLine): Promise<void> {
    if (in_force && !confirm(t.confirmEnd(what(closure.queue)))) return;
    await this.#do(async () => {
      await this.api.endClosure(closure.closure_id);
      this.notice = in_force ? t.opened(what(closure.queue)) : t.takenBack(what(closure.queue));
    });
  }

  #set = (event: CustomEvent<QueueSet>): void => {
    const { queue, asked } = event.detail;
    void this.#do(async () => {
      await this.api.setQueue(queue, asked);
      await this.#loadQueues();
      this.notice = t.saved(words(queue));
      this.settings?.done();
    });
  };

  async #load(): Promise<void> {
    this.known = await this.api.closures();
  }

  async #loadQueues(): Promise<void> {
    this.queues = (await this.api.queueSettings()).queues;
  }

  /** Do it, then show what is closed as it is now; what is refused is said. */
  async #do(work: () => Promise<void>): Promise<void> {
    this.problem = this.notice = "";
    await this.#asked(async () => {
      await work();
      await this.#load();
    });
  }

  async #asked(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) this.dispatchEvent(new CustomEvent("signed-out", { detail: null }));
      this.problem = error.message;
    }
  }
}

function what(queue: string): string {
  return queue === "" ? t.everything : words(queue);
}

function languageName(language: string): string {
  return texts.languages[language] ?? language;
}

declare global {
  interface HTMLElementTagNameMap {
    "closing-page": ClosingPage;
  }
}
