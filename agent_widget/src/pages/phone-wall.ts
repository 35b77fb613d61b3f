import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { words } from "../format";
import "../parts/elapsed-time";
import type { AgentLine, CallLine, OffPhones, Wall, WallChanged } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { Connection, type Link, type Listener } from "../store/connection";
import type { Feed } from "../store/feed";
import { applyToWall } from "../store/wall";
import { shared } from "../styles";
import { stateName, texts } from "../texts";
import { page } from "./page-styles";

const t = texts.wall;

/** The supervisor's view: who waits, who talks, who is free. Fires `signed-out` when the server asks for a sign-in. */
@customElement("phone-wall")
export class PhoneWall extends LitElement implements Listener<Wall, WallChanged> {
  static override styles = [shared, page];

  @property({ attribute: false }) api!: Api;
  @state() private wall: Wall | null = null;
  @state() private states: readonly OffPhones[] = [];
  @state() private heard: Link = "connecting";
  @state() private problem = "";

  #connection: Connection<Wall, WallChanged> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    const { wall: snapshot, ticket } = this.api;
    this.#connection = new Connection({ snapshot, ticket, apply: applyToWall }, this);
    void this.#connection.run();
    window.addEventListener("online", this.#hurry);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("online", this.#hurry);
    this.#connection?.stop();
  }

  // What the server tells

  changed({ state }: Feed<Wall, WallChanged>): void {
    this.wall = state;
  }

  link(link: Link): void {
    this.heard = link;
    if (link === "signed_out") this.dispatchEvent(new CustomEvent("signed-out", { detail: null }));
    if (link !== "live") return;
    this.problem = "";
    if (this.states.length === 0) void this.#loadStates();
  }

  refused(refusal: Refusal): void {
    this.problem = refusal.message;
  }

  #hurry = (): void => {
    this.#connection?.hurry();
  };

  override render() {
    const { wall } = this;
    return html`<header>
        <h1>${t.title}</h1>
        <div class="side small">
          <span class=${this.heard === "live" ? "muted" : ""} role="status">${texts.connection[this.heard]}</span>
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
                ${[...agents].sort(byName).map(
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
                  ${[...calls].sort(byStart).map(
                    (call) =>
                      html`<tr>
                        <td>${call.caller}</td>
                        <td>${words(call.queue)}</td>
                        <td>${texts.wallPhase[call.phase]}</td>
                        <td>${call.agent}</td>
                        <td><elapsed-time .since=${call.started_at}></elapsed-time></td>
                        <td>
                          ${call.alarms.map((kind) => html`<span class="badge bad">${texts.alarms.short[kind]}</span> `)}
                          ${call.chosen}
                        </td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }
    </section>`;
  }

  /** What the states are called; asked for once. */
  async #loadStates(): Promise<void> {
    try {
      this.states = (await this.api.directory()).states;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem = error.message;
    }
  }
}

const byName = (a: AgentLine, b: AgentLine) => a.name.localeCompare(b.name);
const byStart = (a: CallLine, b: CallLine) => Date.parse(a.started_at) - Date.parse(b.started_at);

declare global {
  interface HTMLElementTagNameMap {
    "phone-wall": PhoneWall;
  }
}
