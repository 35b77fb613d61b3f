import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { words } from "../format";
import type {
  CallerRequest,
  ChangeRequest,
  ChangeValues,
  Ended,
  Names,
  RequestDecision,
  Task,
  User,
} from "../generated/messages";
import type { ChangeAct, ChangeCard } from "../parts/change-card";
import "../parts/change-card";
import "../parts/contact-view";
import { InboxCard } from "../parts/inbox-card";
import "../parts/request-card";
import "../parts/task-card";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";
import { page } from "./page-styles";

const t = texts.inbox;
const STALE_MS = 60_000;

/**
 * What waits for somebody on the telephones: changes for the pension system (where one is connected), one's own tasks,
 * and what callers asked for in the menu. Fires `signed-out` when the server asks for a sign-in.
 *
 * It is loaded when it is opened, after each decision and when it was away for a minute, and not by itself: each look
 * is on record.
 */
@customElement("inbox-page")
export class InboxPage extends LitElement {
  static override styles = [
    shared,
    page,
    css`
      :host {
        container-type: inline-size;
      }
      h1:focus {
        outline: none;
      }
      .said {
        position: sticky;
        top: 0;
        z-index: 1;
      }
      main {
        align-items: start;
        max-width: 90rem;
      }
      .column {
        display: grid;
        gap: 1rem;
        min-width: 0;
      }
      .column.wide {
        grid-column: 1 / -1;
        grid-template-columns: subgrid;
        align-items: start;
      }
      section {
        min-width: 0;
        padding: 0;
      }
      h2 {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        font-size: 0.9375rem;
        color: var(--_ink);
      }
      ul {
        display: grid;
        gap: 0.625rem;
        margin-top: 0.5rem;
      }
      section > p {
        margin-top: 0.5rem;
      }
      .help {
        grid-column: 1 / -1;
      }
      contact-view {
        position: absolute;
      }
      @media (pointer: coarse) {
        .help {
          display: none;
        }
      }
      @container (max-width: 720px) {
        main,
        .column.wide {
          grid-template-columns: minmax(0, 1fr);
        }
        main {
          padding: 0.75rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @property({ attribute: false }) user!: User;
  @state() private changes: readonly ChangeRequest[] | null = null;
  @state() private nextChanges: string | null = null;
  @state() private tasks: readonly Task[] | null = null;
  @state() private nextTasks: string | null = null;
  @state() private today = "";
  @state() private requests: readonly CallerRequest[] | null = null;
  @state() private names: Names = { members: {}, agents: {} };
  /** Values in full, by the id of their change. */
  @state() private full: ReadonlyMap<string, ChangeValues> = new Map();
  /** The id of the contact that is open; empty: none. */
  @state() private contact = "";
  @state() private notice = "";
  @state() private problem = "";
  @query("h1") private readonly heading!: HTMLElement | null;
  #loadedAt = 0;
  #busy = false;
  #turn = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#backAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#backAgain);
  }

  override firstUpdated(): void {
    void this.#asked(() => this.#load());
    this.heading?.focus();
  }

  /** It is shown once more: what it shows is as things are now. */
  reopen(): void {
    this.heading?.focus();
    this.#backAgain();
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("changes") || changed.has("tasks") || changed.has("requests")) this.#rove();
  }

  override render() {
    return html`<header>
        <h1 tabindex="-1">${t.title}</h1>
        <button class="bare" @click=${this.#again}>${t.again}</button>
        <div class="side small"><slot name="menu"></slot></div>
      </header>
      <div class="said">
        <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
        <div role="status">${this.notice === "" ? nothing : html`<p class="news">${this.notice}</p>`}</div>
      </div>
      <main @keydown=${this.#keydown} @focusin=${this.#focused}>
        <p class="help small muted">${t.keysHelp}</p>
        ${this.changes === null ? nothing : html`<div class="column">${this.#changes(this.changes)}</div>`}
        <div class="column ${this.changes === null ? "wide" : ""}">
          ${this.tasks === null ? nothing : this.#tasks(this.tasks)}
          ${this.requests === null ? nothing : this.#requests(this.requests)}
        </div>
        ${
          this.contact === ""
            ? nothing
            : html`<contact-view
                .api=${this.api}
                .contact_id=${this.contact}
                @close=${() => (this.contact = "")}
              ></contact-view>`
        }
      </main>`;
  }

  #changes(changes: readonly ChangeRequest[]) {
    const cards = repeat(
      changes,
      (change) => change.change_id,
      (change) =>
        html`<li>
          <change-card
            .change=${change}
            .user=${this.user}
            .full=${this.full.get(change.change_id) ?? null}
            .member=${this.#member(change.member_id)}
            .giver=${this.#agent(change.standing.proposed_by)}
            @act=${(event: CustomEvent<ChangeAct>) => void this.#act(change, event)}
            @open-contact=${this.#openContact}
          ></change-card>
        </li>`,
    );
    return this.#list("changes", t.changes, changes.length, cards, this.nextChanges, this.#moreChanges);
  }

  #tasks(tasks: readonly Task[]) {
    const cards = repeat(
      tasks,
      (task) => task.task_id,
      (task) =>
        html`<li>
          <task-card
            .task=${task}
            .today=${this.today}
            .member=${this.#member(task.member_id)}
            @end=${(event: CustomEvent<Ended>) => void this.#end(task, event.detail)}
            @open-contact=${this.#openContact}
          ></task-card>
        </li>`,
    );
    return this.#list("tasks", t.tasks, tasks.length, cards, this.nextTasks, this.#moreTasks);
  }

  #requests(requests: readonly CallerRequest[]) {
    const cards = repeat(
      requests,
      (request) => request.request_id,
      (request) =>
        html`<li>
          <request-card
            .request=${request}
            .member=${this.#member(request.member_id)}
            @decide=${(event: CustomEvent<RequestDecision["state"]>) => void this.#decide(request, event.detail)}
          ></request-card>
        </li>`,
    );
    return this.#list("requests", t.requests, requests.length, cards, null, () => undefined);
  }

  #list(
    id: string,
    { title, none }: { readonly title: string; readonly none: string },
    count: number,
    cards: unknown,
    next: string | null,
    more: () => void,
  ): TemplateResult {
    return html`<section aria-labelledby=${id}>
      <h2 id=${id}>${title} <span class="badge plain numbers">${t.count(count, next !== null)}</span></h2>
      ${
        count === 0
          ? html`<p class="muted">${none}</p>`
          : html`<ul aria-labelledby=${id}>
              ${cards}
            </ul>`
      }
      ${next === null ? nothing : html`<p><button @click=${more}>${t.more}</button></p>`}
    </section>`;
  }

  // --- what is decided ---------------------------------------------------------------------------

  async #act(change: ChangeRequest, event: CustomEvent<ChangeAct>): Promise<void> {
    const act = event.detail;
    const card = event.target as ChangeCard;
    const { change_id } = change;
    const { what } = card;
    if (act.act === "show") {
      await this.#show(change_id);
      return;
    }
    await this.#do(async () => {
      switch (act.act) {
        case "approve":
          await this.api.approveChange(change_id, act.values === undefined ? {} : { values: act.values });
          this.notice = t.changes.approved(what);
          break;
        case "refuse":
          await this.api.refuseChange(change_id, act.why);
          this.notice = t.changes.refused(what);
          break;
        case "reverse":
          await this.api.reverseChange(change_id, act.why);
          this.notice = t.changes.takenBack(what);
          break;
        case "noticed":
          await this.api.changeNoticed(change_id);
          this.notice = t.changes.wasNoticed(what);
      }
      card.done();
    });
  }

  /** Show the values in full, or hide them again: they are kept no longer than they are seen. */
  async #show(change_id: string): Promise<void> {
    const full = new Map(this.full);
    if (!full.delete(change_id)) {
      this.problem = this.notice = "";
      await this.#asked(async () => {
        full.set(change_id, await this.api.changeValues(change_id));
      });
    }
    this.full = full;
  }

  #end(task: Task, state: Ended): Promise<void> {
    return this.#do(async () => {
      await this.api.endTask(task.task_id, state);
      this.notice = state === "done" ? t.tasks.wasDone(task.what) : t.tasks.dropped(task.what);
    });
  }

  #decide(request: CallerRequest, state: RequestDecision["state"]): Promise<void> {
    return this.#do(async () => {
      await this.api.decideRequest(request.reference, state);
      this.notice = t.requests.decided[state](`${words(request.kind)}, ${request.reference}`);
    });
  }

  // --- loading -----------------------------------------------------------------------------------

  /** Ask for everything anew; an answer that a later question has overtaken is none. */
  async #load(): Promise<void> {
    const turn = ++this.#turn;
    const [changes, tasks, requests] = await Promise.all([this.api.changes(), this.api.tasks(), this.api.requests()]);
    await this.#name(changes?.items ?? [], tasks.items, requests.items);
    if (turn !== this.#turn) return;
    this.changes = changes?.items ?? null;
    this.nextChanges = changes?.next ?? null;
    this.tasks = tasks.items;
    this.nextTasks = tasks.next;
    this.today = tasks.today;
    this.requests = requests.items;
    this.#loadedAt = Date.now();
  }

  #moreChanges = (): void => {
    void this.#asked(async () => {
      const more = await this.api.changes(this.nextChanges ?? "");
      await this.#name(more?.items ?? [], [], []);
      this.changes = [...(this.changes ?? []), ...(more?.items ?? [])];
      this.nextChanges = more?.next ?? null;
    });
  };

  #moreTasks = (): void => {
    void this.#asked(async () => {
      const more = await this.api.tasks(this.nextTasks ?? "");
      await this.#name([], more.items, []);
      this.tasks = [...(this.tasks ?? []), ...more.items];
      this.nextTasks = more.next;
    });
  };

  /** Ask for the names that are not known yet. */
  async #name(
    changes: readonly ChangeRequest[],
    tasks: readonly Task[],
    requests: readonly CallerRequest[],
  ): Promise<void> {
    const members = [...changes, ...tasks, ...requests].map(({ member_id }) => member_id);
    const agents = changes.map(({ standing }) => standing.proposed_by);
    const unknown = (ids: readonly (string | null)[], known: Readonly<Record<string, unknown>>) =>
      [...new Set(ids)].filter((id): id is string => id !== null && !(id in known));
    const found = await this.api.names(unknown(members, this.names.members), unknown(agents, this.names.agents));
    this.names = {
      members: { ...this.names.members, ...found.members },
      agents: { ...this.names.agents, ...found.agents },
    };
  }

  #member(member_id: string | null): string {
    if (member_id === null) return t.nobody;
    const known = this.names.members[member_id];
    return known === undefined ? member_id : t.member(known.name, known.member_number);
  }

  #agent(agent_id: string | null): string {
    return agent_id === null ? "" : (this.names.agents[agent_id] ?? agent_id);
  }

  #again = (): void => {
    this.problem = this.notice = "";
    void this.#asked(() => this.#load());
  };

  #backAgain = (): void => {
    if (document.hidden || this.hidden || Date.now() - this.#loadedAt < STALE_MS) return;
    void this.#asked(() => this.#load());
  };

  #openContact = (event: CustomEvent<string>): void => {
    this.contact = event.detail;
  };

  /** Do it, then show what waits as it is now; what is refused is said. One at a time: a key that is held is one. */
  async #do(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.problem = this.notice = "";
    const { list, index } = this.#where();
    await this.#asked(async () => {
      try {
        await work();
      } finally {
        this.#busy = false;
      }
      await this.#load();
    });
    await this.updateComplete;
    this.#refocus(list, index);
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

  // --- the keyboard ------------------------------------------------------------------------------

  /** The lists' cards, as they are seen. */
  #cards(): readonly (readonly InboxCard[])[] {
    return [...this.renderRoot.querySelectorAll("section")].map((list) =>
      [...list.querySelectorAll("li > *")].filter((card) => card instanceof InboxCard),
    );
  }

  /** One card of each list is reached by Tab, the others from there by arrow keys. */
  #rove(): void {
    for (const list of this.#cards()) {
      const current = list.find((card) => card.tabIndex === 0) ?? list[0];
      for (const card of list) card.tabIndex = card === current ? 0 : -1;
    }
  }

  /** Where the focus is: -1 where it is in no card. */
  #where(): { readonly list: number; readonly index: number } {
    const focused = this.shadowRoot?.activeElement ?? null;
    const lists = this.#cards();
    const list = lists.findIndex((cards) => cards.some((card) => card === focused));
    return { list, index: (lists[list] ?? []).findIndex((card) => card === focused) };
  }

  /** What had the focus may have left with its card: then the keyboard goes on from the next one, or from the top. */
  #refocus(list: number, index: number): void {
    if (list < 0 || this.shadowRoot?.activeElement) return;
    const cards = this.#cards()[list] ?? [];
    (cards[Math.min(index, cards.length - 1)] ?? this.heading)?.focus();
  }

  #focused = (event: FocusEvent): void => {
    const card = event.target;
    if (!(card instanceof InboxCard)) return;
    for (const other of this.#cards().find((cards) => cards.includes(card)) ?? []) {
      other.tabIndex = other === card ? 0 : -1;
    }
  };

  #keydown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const inside = event.composedPath()[0];
    if (inside instanceof HTMLInputElement || inside instanceof HTMLTextAreaElement) return;
    const lists = this.#cards();
    const { list, index } = this.#where();
    if (list < 0) return;
    const found = target(event.key, lists, list, index);
    if (found === undefined) return;
    event.preventDefault();
    found.focus();
    found.scrollIntoView({ block: "nearest" });
  };
}

/** Where an arrow key leads: within the list, or to the next list that has something, at the card Tab would reach. */
function target(
  key: string,
  lists: readonly (readonly InboxCard[])[],
  list: number,
  index: number,
): InboxCard | undefined {
  const entered = (cards: readonly InboxCard[]) => cards.find((card) => card.tabIndex === 0) ?? cards[0];
  switch (key) {
    case "ArrowDown":
      return lists[list]?.[index + 1];
    case "ArrowUp":
      return lists[list]?.[index - 1];
    case "Home":
      return lists[list]?.[0];
    case "End":
      return lists[list]?.at(-1);
    case "ArrowRight":
      return lists
        .slice(list + 1)
        .map(entered)
        .find((card) => card !== undefined);
    case "ArrowLeft":
      return lists
        .slice(0, list)
        .map(entered)
        .findLast((card) => card !== undefined);
    default:
      return undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "inbox-page": InboxPage;
  }
}
