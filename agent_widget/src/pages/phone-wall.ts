import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { clockSeconds, words } from "../format";
import "../parts/elapsed-time";
import type { OffPhones, Wall } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { stateName, texts } from "../texts";
import { page } from "./page-styles";

const t = texts.wall;
const RENEW_MS = 3000;

/** The supervisor's view: who waits, who talks, who is free. Fires `signed-out` when the server asks for a sign-in. */
@customElement("phone-wall")
export class PhoneWall extends LitElement {
  static override styles = [shared, page];

  @property({ attribute: false }) api!: Api;
  @state() private wall: Wall | null = null;
  @state() private states: readonly OffPhones[] = [];
  @state() private asOf = "";
  @state() private problem = "";

  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#renew();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    const { wall } = this;
    return html`<header>
        <h1>${t.title}</h1>
        <div class="side small">
          <span class="muted numbers">${this.asOf === "" ? nothing : t.asOf(clockSeconds(this.asOf))}</span>
          <slot name="menu"></slot>
        </div>
      </header>
      <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      <main>${wall === null ? nothing : [this.#queues(wall), this.#agents(wall), this.#calls(wall)]}</main>`;
  }

  #queues({ queues }: Wall) {
    return html`<section class="card">
      <h2>${t.queues}</h2>
      ${queues.length === 0 ? html`<p class="muted">${t.noQueues}</p>` : nothing}
      <table>
        <tbody>
          ${queues.map(
            (queue) =>
              html`<tr>
                <th scope="row">${words(queue.name)}</th>
                <td>${t.waiting(queue.waiting)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
  }

  #agents({ agents }: Wall) {
    return html`<section class="card">
      <h2>${t.agents}</h2>
      ${
        agents.length === 0
          ? html`<p class="muted">${t.noAgents}</p>`
          : html`<table>
              <thead>
                <tr>
                  <th scope="col">${t.name}</th>
                  <th scope="col">${t.device}</th>
                  <th scope="col">${t.state}</th>
                </tr>
              </thead>
              <tbody>
                ${agents.map(
                  (agent) =>
                    html`<tr>
                      <td>${agent.name}</td>
                      <td class="muted">${agent.device}</td>
                      <td>
                        ${stateName(agent.state, this.states)}
                        <elapsed-time class="muted" .since=${agent.state.since}></elapsed-time>
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }
    </section>`;
  }

  #calls({ calls }: Wall) {
    const heads = [t.caller, t.queue, t.phase, t.agent, t.lasting, t.chosen];
    return html`<section class="card whole">
      <h2>${t.calls}</h2>
      ${
        calls.length === 0
          ? html`<p class="muted">${t.noCalls}</p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label=${t.calls}>
              <table>
                <thead>
                  <tr>
                    ${heads.map((head) => html`<th scope="col">${head}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${calls.map(
                    (call) =>
                      html`<tr>
                        <td>${call.caller}</td>
                        <td>${words(call.queue)}</td>
                        <td>${texts.wallPhase[call.phase]}</td>
                        <td>${call.agent}</td>
                        <td><elapsed-time .since=${call.started_at}></elapsed-time></td>
                        <td>${call.chosen}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }
    </section>`;
  }

  /** Ask again and again; a page nobody looks at asks for nothing. */
  async #renew(): Promise<void> {
    if (!document.hidden) {
      try {
        this.wall = await this.api.wall();
        if (this.states.length === 0) this.states = (await this.api.directory()).states;
        this.asOf = new Date().toISOString();
        this.problem = "";
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status === 401) {
          this.dispatchEvent(new CustomEvent("signed-out", { detail: null }));
          return;
        }
        this.problem = error.message;
      }
    }
    if (this.isConnected) this.#timer = setTimeout(() => void this.#renew(), RENEW_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "phone-wall": PhoneWall;
  }
}
