import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { words } from "../format";
import type { Agent, Hired, OffPhones, StaffLine } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { stateName, texts } from "../texts";
import { page } from "./page-styles";

const t = texts.staff;
const ROLES: readonly Agent["role"][] = [
  "agent",
  "senior",
  "specialist",
  "supervisor",
  "scheduler",
  "auditor",
  "administrator",
];

/** Who works here: hire, move, leave. Fires `signed-out` when the server asks for a sign-in. */
@customElement("staff-page")
export class StaffPage extends LitElement {
  static override styles = [
    shared,
    page,
    css`
      form {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
        gap: 0.75rem;
        align-items: end;
        margin-top: 0.5rem;
      }
      form label {
        display: grid;
        gap: 0.25rem;
      }
      form label.check {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        min-height: 2rem;
      }
      .check input {
        flex: none;
        width: 1.125rem;
        min-height: 0;
        height: 1.125rem;
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @property() me = "";
  @state() private people: readonly StaffLine[] = [];
  @state() private states: readonly OffPhones[] = [];
  @state() private editing: Agent | "new" | null = null;
  @state() private notice = "";
  @state() private problem = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override render() {
    return html`<header>
        <h1>${t.title}</h1>
        <div class="side small"><slot name="menu"></slot></div>
      </header>
      <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      <div role="status">${this.notice === "" ? nothing : html`<p class="news">${this.notice}</p>`}</div>
      <main>
        <section class="card whole">
          <div class="scroll" tabindex="0" role="region" aria-label=${t.title}>
            <table>
              <thead>
                <tr>
                  ${t.heads.map((head) => html`<th scope="col">${head}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${repeat(
                  this.people,
                  ({ agent }) => agent.agent_id,
                  (line) => this.#row(line),
                )}
              </tbody>
            </table>
          </div>
          <p><button @click=${() => (this.editing = "new")}>${t.hire} …</button></p>
        </section>
        ${this.editing === null ? nothing : keyed(this.editing, this.#form(this.editing))}
      </main>`;
  }

  #row({ agent, state }: StaffLine) {
    const queues = Object.entries(agent.queues).map(([queue, penalty]) => `${words(queue)} ${penalty}`);
    return html`<tr>
      <th scope="row">${agent.name}</th>
      <td class="muted">${agent.username}</td>
      <td>${texts.roles[agent.role]}</td>
      <td class="numbers">${agent.level}</td>
      <td>${[...agent.specialties.map(words), agent.languages.join(" ")].filter(Boolean).join(", ")}</td>
      <td>${queues.join(", ")}</td>
      <td>${t.sees(agent.cleared)}</td>
      <td>${t.secondFactor(agent.two_factor)}</td>
      <td>${state === null ? texts.presence.signed_out : stateName(state, this.states)}</td>
      <td>
        <button class="bare" aria-label=${t.changeOf(agent.name)} @click=${() => (this.editing = agent)}>
          ${t.change}
        </button>
        ${
          agent.agent_id === this.me
            ? nothing
            : html`<button class="bare" aria-label=${t.leaveOf(agent.name)} @click=${() => void this.#leave(agent)}>
                ${t.leave}
              </button>`
        }
      </td>
    </tr>`;
  }

  #form(editing: Agent | "new") {
    const agent = editing === "new" ? null : editing;
    const queues = Object.entries(agent?.queues ?? {}).map(([queue, penalty]) => `${queue}=${penalty}`);
    return html`<section class="card whole">
      <h2>${agent === null ? t.hire : t.changeOf(agent.name)}</h2>
      <form @submit=${this.#submit}>
        <label>${t.name} <input name="name" required maxlength="120" .value=${agent?.name ?? ""} /></label>
        <label>
          ${t.username}
          <input name="username" required maxlength="60" ?disabled=${agent !== null} .value=${agent?.username ?? ""} />
        </label>
        <label>
          ${t.role}
          <select name="role" ?disabled=${agent?.agent_id === this.me}>
            ${ROLES.map(
              (role) =>
                html`<option value=${role} ?selected=${role === (agent?.role ?? "agent")}>
                  ${texts.roles[role]}
                </option>`,
            )}
          </select>
        </label>
        <label>
          ${t.level}
          <input name="level" type="number" min="1" max="4" required .value=${String(agent?.level ?? 1)} />
        </label>
        <label>
          ${t.specialties}
          <input
            name="specialties"
            placeholder=${t.specialtiesExample}
            .value=${(agent?.specialties ?? []).join(", ")}
          />
        </label>
        <label>
          ${t.languages}
          <input name="languages" placeholder=${t.languagesExample} .value=${(agent?.languages ?? ["en"]).join(", ")} />
        </label>
        <label>${t.queues} <input name="queues" placeholder=${t.queuesExample} .value=${queues.join(", ")} /></label>
        <label>
          ${t.password}
          <input
            name="password"
            type="password"
            autocomplete="new-password"
            minlength="12"
            placeholder=${t.passwordHelp}
          />
        </label>
        <label class="check">
          <input
            name="cleared"
            type="checkbox"
            ?disabled=${agent?.agent_id === this.me}
            .checked=${agent?.cleared ?? false}
          />
          ${t.cleared}
        </label>
        <button class="main">${t.save}</button>
        <button type="button" @click=${() => (this.editing = null)}>${t.cancel}</button>
      </form>
    </section>`;
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => ((fields.get(name) as string | null) ?? "").trim();
    const editing = this.editing;
    const myself = editing !== null && editing !== "new" && editing.agent_id === this.me; // one's own rights stay
    const facts: Omit<Hired, "username"> = {
      name: text("name"),
      level: Number(text("level")),
      specialties: listed(text("specialties")),
      languages: listed(text("languages")),
      queues: rights(text("queues")),
      ...(myself ? {} : { role: text("role") as Agent["role"], cleared: fields.has("cleared") }),
      ...(text("password") === "" ? {} : { password: text("password") }),
    };
    await this.#do(async () => {
      if (editing === "new") await this.api.hire({ ...facts, username: text("username") });
      else if (editing !== null) await this.#move(editing, facts);
      this.notice = t.saved(facts.name);
      this.editing = null;
    });
  };

  /** Only what is another now is sent, so that a corrected name is no change of rights. */
  async #move(agent: Agent, facts: Omit<Hired, "username">): Promise<void> {
    const before: Readonly<Record<string, unknown>> = { ...agent };
    const changed = Object.entries(facts).filter(([name, now]) => JSON.stringify(now) !== JSON.stringify(before[name]));
    if (changed.length > 0) await this.api.move(agent.agent_id, Object.fromEntries(changed));
  }

  async #leave(agent: Agent): Promise<void> {
    if (!confirm(t.confirmLeave(agent.name))) return;
    await this.#do(async () => {
      await this.api.leave(agent.agent_id);
      this.notice = t.left(agent.name);
    });
  }

  async #load(): Promise<void> {
    await this.#do(async () => {
      this.states = (await this.api.directory()).states;
    });
  }

  /** Do it, then show the staff as they are now; what is refused is said. */
  async #do(work: () => Promise<void>): Promise<void> {
    this.problem = this.notice = "";
    try {
      await work();
      this.people = await this.api.staff();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) this.dispatchEvent(new CustomEvent("signed-out", { detail: null }));
      this.problem = error.message;
    }
  }
}

/** Words as they are typed: `refunds, pension_analysis`. */
function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

/**
 * Rights as they are typed: `member_services=1, specialists`. The server says what does not fit.
 * A right without a penalty gets the one that level and skills say.
 */
function rights(text: string): Readonly<Record<string, number | null>> {
  const pairs = listed(text).map((part) => part.split("=", 2));
  return Object.fromEntries(
    pairs.map(([queue = "", penalty]) => [queue.trim(), penalty === undefined ? null : Number(penalty)]),
  );
}

declare global {
  interface HTMLElementTagNameMap {
    "staff-page": StaffPage;
  }
}
