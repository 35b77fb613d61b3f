/** The HTTP side of the desk: questions and commands. Events come over the websocket. */

import type { ContactDraft, PastContact } from "../generated/messages";
import type { Snapshot } from "./feed";

export interface Session {
  readonly agent_id: string;
  readonly name: string;
  readonly role: string;
}

export interface Ticket {
  readonly url: string;
}

/** Where a call can be sent. An agency is no place to transfer to: the caller is told its name. */
export interface Destination {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly purpose: string;
}

export interface Directory {
  readonly destinations: readonly Destination[];
  readonly topics: readonly string[];
}

/** May a call be sent to `destination`? Not known (yet) counts as yes: the server has the last word. */
export function takesCalls(directory: Directory | null, destination: string): boolean {
  return directory?.destinations.find((one) => one.id === destination)?.kind !== "agency";
}

export interface Wall {
  readonly queues: readonly { readonly name: string; readonly waiting: number }[];
  readonly agents: readonly {
    readonly name: string;
    readonly device: string;
    readonly presence: string;
    readonly since: string;
  }[];
  readonly calls: readonly WallCall[];
}

export interface WallCall {
  readonly call_id: string;
  readonly caller: string;
  readonly queue: string;
  readonly phase: string;
  readonly agent: string;
  readonly started_at: string;
  readonly chosen: string;
}

/** A refusal in words for people: `message` is the detail where the server gave one. `status` is 0 where the server could not be reached at all. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    title: string,
    detail = "",
  ) {
    super(detail || title);
  }
}

const ANSWER_LIMIT_MS = 10_000;
const RETRY_AFTER_MS = [500, 2000];

/** Calls of one server. `base` is where its `/api` lies; empty for the page's own origin. */
export class Api {
  constructor(readonly base = "") {}

  session = () => this.#ask<Session>("GET", "session");
  signIn = (username: string, password: string) => this.#ask<Session>("POST", "session", { username, password });
  signOut = () => this.#ask<null>("DELETE", "session");
  ticket = () => this.#ask<Ticket>("POST", "ticket");
  desk = () => this.#ask<Snapshot>("GET", "desk");
  directory = () => this.#ask<Directory>("GET", "directory");
  wall = () => this.#ask<Wall>("GET", "wall");
  contacts = (member: string) =>
    this.#ask<readonly PastContact[]>("GET", `members/${encodeURIComponent(member)}/contacts`);

  transfer(call: string, destination: string, suggestion_id?: string) {
    return this.#command(`calls/${encodeURIComponent(call)}/transfer`, {
      destination,
      ...(suggestion_id === undefined ? {} : { suggestion_id }),
    });
  }

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
    const problem = JSON.parse(text) as { title?: unknown; detail?: unknown } | null;
    if (typeof problem?.title === "string") {
      return new Refusal(status, problem.title, typeof problem.detail === "string" ? problem.detail : undefined);
    }
  } catch {
    // Not JSON: a proxy's page, say. The status is all there is to tell.
  }
  return new Refusal(status, `The server answered ${status}.`);
}

/** 128 random bits. `crypto.randomUUID` exists only on secure origins; a desk on an office network may not be one. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
