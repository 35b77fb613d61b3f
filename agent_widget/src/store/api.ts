/** The HTTP side of the desk: questions and commands. Events come over the websocket. */

import type {
  Agent,
  AlarmAsked,
  AuditCheck,
  CallerRequest,
  ChangeApproval,
  ChangePage,
  ChangeRequest,
  ChangeValues,
  CloseAsked,
  ClosureLine,
  Closures,
  Concerned,
  ContactDraft,
  ContactShown,
  DeskInfo,
  DirectoryInfo,
  Ended,
  HandbookFound,
  Hired,
  Looks,
  Moved,
  Names,
  Notices,
  PastContacts,
  PauseAsked,
  ProblemDetails,
  QueueSetting,
  QueueSettingAsked,
  QueueSettingList,
  Recording,
  RequestDecision,
  SignIn,
  SignInWays,
  StaffLine,
  StaffList,
  Task,
  TaskPage,
  TicketInfo,
  TransferAsked,
  User,
  WaitingRequests,
  WallInfo,
} from "../generated/messages";

/** May a call be sent to `destination`? Not known (yet) counts as yes: the server has the last word. */
export function takesCalls(directory: DirectoryInfo | null, destination: string): boolean {
  return directory?.destinations.find((one) => one.id === destination)?.kind !== "agency";
}

/** A refusal in words for people: `message` is the detail where the server gave one. `status` is 0 where the server could not be reached at all. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    title: string,
    detail = "",
    /** What kind of refusal it is, where a page must act on it (a URN of the protocol's). */
    readonly kind = "about:blank",
  ) {
    super(detail || title);
  }
}

const ANSWER_LIMIT_MS = 10_000;
const RETRY_AFTER_MS = [500, 2000];
const NAMES_AT_ONCE = 50;
const MOST_REQUESTS = 100;

/** Calls of one server. `base` is where its `/api` lies; empty for the page's own origin. */
export class Api {
  constructor(readonly base = "") {}

  session = () => this.#ask<User>("GET", "session");
  ways = () => this.#ask<SignInWays>("GET", "sign-in");
  signIn = (who: SignIn) => this.#ask<User>("POST", "session", who);
  renew = () => this.#ask<null>("POST", "session/renewal");
  signOut = () => this.#ask<null>("DELETE", "session");
  ticket = () => this.#ask<TicketInfo>("POST", "ticket");
  desk = () => this.#ask<DeskInfo>("GET", "desk");
  directory = () => this.#ask<DirectoryInfo>("GET", "directory");
  hire = (hired: Hired) => this.#ask<Agent>("POST", "agents", hired);
  move = (agent: string, moved: Moved) => this.#ask<Agent>("PATCH", agentPath(agent), moved);
  leave = (agent: string) => this.#ask<null>("DELETE", agentPath(agent));
  notices = () => this.#ask<Notices>("GET", "notices");
  closures = () => this.#ask<Closures>("GET", "closures");
  endClosure = (closure: string) => this.#ask<null>("DELETE", `closures/${encodeURIComponent(closure)}`);
  queueSettings = () => this.#ask<QueueSettingList>("GET", "queue-settings");
  setQueue = (queue: string, asked: QueueSettingAsked) =>
    this.#ask<QueueSetting>("PUT", `queue-settings/${encodeURIComponent(queue)}`, asked);

  /** Close a queue or everything; sent again where the line failed, it is closed once. */
  close = (asked: CloseAsked) => this.#command("closures", asked) as Promise<ClosureLine>;

  /** Whom closing `queue` ("": everything) then would concern. Moments as ISO texts; no beginning: now. */
  concerned(queue: string, begins_at: string | null, ends_at: string) {
    const query = new URLSearchParams({ queue, ends_at, ...(begins_at === null ? {} : { begins_at }) });
    return this.#ask<Concerned>("GET", `closures/concerned?${query.toString()}`);
  }

  auditCheck = () => this.#ask<AuditCheck>("GET", "audit/check");

  /** Everybody who works here, by name, from all the pages that there are. */
  async staff(): Promise<readonly StaffLine[]> {
    const people: StaffLine[] = [];
    let after: string | null = "";
    while (after !== null) {
      const query = new URLSearchParams({ limit: "100", after });
      const page: StaffList = await this.#ask<StaffList>("GET", `agents?${query.toString()}`);
      people.push(...page.agents);
      after = page.next;
    }
    return people;
  }

  /** A page of the audit log, newest first; `after` is the `next` of the page before. */
  audit(asked: Readonly<Record<string, string>>, after: string | null) {
    const query = new URLSearchParams({ ...asked, ...(after === null ? {} : { after }) });
    return this.#ask<Looks>("GET", `audit?${query.toString()}`);
  }

  wall = () => this.#ask<WallInfo>("GET", "wall");
  choose = (agent: string, name: string) => this.#ask<null>("PUT", `${agentPath(agent)}/state`, { name });
  signOn = (agent: string, device: string) => this.#command(`${agentPath(agent)}/telephone`, { device });
  signOff = (agent: string) => this.#ask<null>("DELETE", `${agentPath(agent)}/telephone`);
  extendWrapUp = (agent: string) => this.#command(`${agentPath(agent)}/wrap-up`, {});

  /** A page of them, newest first: the first, or the one that begins at `after`, the `next` of the page before. */
  contacts = (member: string, after = "") =>
    this.#ask<PastContacts>("GET", `members/${encodeURIComponent(member)}/contacts?${new URLSearchParams({ after })}`);

  contact = (contact: string) => this.#ask<ContactShown>("GET", contactPath(contact));

  /** What there is of a recording; null where there is none. */
  async recording(contact: string): Promise<Recording | null> {
    try {
      return await this.#ask<Recording>("GET", `${contactPath(contact)}/recording`);
    } catch (error) {
      if (error instanceof Refusal && [403, 404].includes(error.status)) return null;
      throw error;
    }
  }

  /** Where an audio element finds seconds of it: each time it asks is put on record. */
  soundUrl(contact: string, start_s: number, end_s: number): string {
    const query = new URLSearchParams({ start_s: start_s.toString(), end_s: end_s.toString() });
    return `${this.base}/api/${contactPath(contact)}/recording/sound?${query.toString()}`;
  }

  /** A page of what waits, oldest first; null where no pension system takes changes. */
  async changes(after = ""): Promise<ChangePage | null> {
    try {
      return await this.#ask<ChangePage>("GET", `change-requests?${paged(after)}`);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return null;
      throw error;
    }
  }

  /** In full: each time it asks is put on record. */
  changeValues = (change: string) => this.#ask<ChangeValues>("GET", `${changePath(change)}/values`);
  approveChange = (change: string, asked: ChangeApproval) =>
    this.#command(`${changePath(change)}/approve`, asked) as Promise<ChangeRequest>;
  refuseChange = (change: string, why: string) => this.#command(`${changePath(change)}/refuse`, { why });
  reverseChange = (change: string, why: string) => this.#command(`${changePath(change)}/reverse`, { why });
  changeNoticed = (change: string) => this.#command(`${changePath(change)}/noticed`);

  /** A page of one's own open tasks, the one due first first. */
  tasks = (after = "") => this.#ask<TaskPage>("GET", `tasks?${paged(after)}`);
  endTask = (task: string, state: Ended) => this.#ask<Task>("PUT", `tasks/${encodeURIComponent(task)}`, { state });

  /** What callers asked for in the menu and nobody has done yet, the oldest so many. */
  requests = () => this.#ask<WaitingRequests>("GET", `requests?limit=${MOST_REQUESTS}`);
  decideRequest = (reference: string, state: RequestDecision["state"]) =>
    this.#command(`requests/${encodeURIComponent(reference)}/decision`, { state }) as Promise<CallerRequest>;

  /** Names for ids, however many. */
  async names(members: readonly string[], agents: readonly string[]): Promise<Names> {
    let known: Names = { members: {}, agents: {} };
    for (let first = 0; first < Math.max(members.length, agents.length); first += NAMES_AT_ONCE) {
      const some = (ids: readonly string[]) => ids.slice(first, first + NAMES_AT_ONCE).join(",");
      const query = new URLSearchParams({ members: some(members), agents: some(agents) });
      const page = await this.#ask<Names>("GET", `names?${query.toString()}`);
      known = { members: { ...known.members, ...page.members }, agents: { ...known.agents, ...page.agents } };
    }
    return known;
  }

  acting = (call: string, authority_id: string | null) =>
    this.#ask<null>("PUT", `calls/${encodeURIComponent(call)}/acting`, { authority_id });

  /** Passages of the handbook for what is typed; of a call, for its member's plan and tier only. */
  handbook(words: string, call_id: string) {
    return this.#ask<HandbookFound>("GET", `handbook?${new URLSearchParams({ words, call_id }).toString()}`);
  }

  passageOpened(call: string, passage: string) {
    return this.#command(`calls/${encodeURIComponent(call)}/handbook/${encodeURIComponent(passage)}/opened`);
  }

  alarm = (call: string, asked: AlarmAsked) => this.#command(`calls/${encodeURIComponent(call)}/alarms`, asked);

  alarmSeen(call: string, alarm: string) {
    return this.#command(`calls/${encodeURIComponent(call)}/alarms/${encodeURIComponent(alarm)}/end`);
  }

  /** Each time it is put on record. */
  pauseRecording = (call: string, asked: PauseAsked) =>
    this.#ask<null>("PUT", `calls/${encodeURIComponent(call)}/recording`, asked);

  transfer = (call: string, asked: TransferAsked) => this.#command(`calls/${encodeURIComponent(call)}/transfer`, asked);

  dismiss(call: string, suggestion: string) {
    return this.#command(`calls/${encodeURIComponent(call)}/suggestions/${encodeURIComponent(suggestion)}/dismiss`);
  }

  saveDraft = (call: string, draft: ContactDraft) =>
    this.#ask<unknown>("PUT", `calls/${encodeURIComponent(call)}/draft`, draft);

  confirm = (call: string, draft: ContactDraft) => this.#command(`calls/${encodeURIComponent(call)}/confirm`, draft);

  /** A command that must happen once: sent again with the same key when the line, not the server, failed. */
  async #command(path: string, body: unknown = {}): Promise<unknown> {
    const key = randomKey();
    for (const wait of RETRY_AFTER_MS) {
      try {
        return await this.#ask("POST", path, body, key);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    return this.#ask("POST", path, body, key);
  }

  async #ask<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
    const headers = new Headers({ Accept: "application/json" });
    if (method !== "GET") headers.set("X-Memberline", "1");
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (key !== undefined) headers.set("Idempotency-Key", key);
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(`${this.base}/api/${path}`, {
        method,
        headers,
        credentials: "same-origin",
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await answer.text();
    } catch {
      throw new Refusal(0, "The server cannot be reached. Try again in a moment.");
    }
    if (!answer.ok) throw refusal(answer.status, text);
    try {
      return (text === "" ? null : JSON.parse(text)) as T;
    } catch {
      throw new Refusal(answer.status, "The server's answer cannot be read.");
    }
  }
}

/** What a failed answer says: problem+json where it is that, its status where not. */
export function refusal(status: number, text: string): Refusal {
  try {
    const problem = JSON.parse(text) as Partial<ProblemDetails> | null;
    if (typeof problem?.title === "string") {
      const detail = typeof problem.detail === "string" ? problem.detail : undefined;
      return new Refusal(status, problem.title, detail, problem.type);
    }
  } catch {
    // Not JSON: a proxy's page, say. The status is all there is to tell.
  }
  return new Refusal(status, `The server answered ${status}.`);
}

function agentPath(agent: string): string {
  return `agents/${encodeURIComponent(agent)}`;
}

/** 128 random bits. `crypto.randomUUID` exists only on secure origins; a desk on an office network may not be one. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function contactPath(contact: string): string {
  return `contacts/${encodeURIComponent(contact)}`;
}

function changePath(change: string): string {
  return `change-requests/${encodeURIComponent(change)}`;
}

function paged(after: string): string {
  return new URLSearchParams({ limit: "50", after }).toString();
}
