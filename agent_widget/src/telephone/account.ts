/** What the page registers with at the phone system, as the server hands it out for a while. */

import type { SoftphoneAccount, SoftphoneOffer } from "../generated/messages";
import { Refusal, refusal } from "../store/api";

const ANSWER_LIMIT_MS = 15_000;

/** Opens and closes one's own. `base` is where `/api` lies. */
export class Accounts {
  constructor(private readonly base: string) {}

  /** Whether pages are telephones here; a server that cannot be asked has none for now. */
  async offered(): Promise<boolean> {
    try {
      const answer = await this.#ask("GET");
      return answer.ok && ((await answer.json()) as SoftphoneOffer).device !== null;
    } catch (error) {
      if (error instanceof Refusal || error instanceof SyntaxError) return false;
      throw error;
    }
  }

  /** A fresh one. Throws `Refusal`. */
  async open(): Promise<SoftphoneAccount> {
    const answer = await this.#ask("POST");
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer.status, text);
    return JSON.parse(text) as SoftphoneAccount;
  }

  /** Done with it. Nobody waits for it: what is not closed closes by itself when its time is over. */
  close(): void {
    this.#ask("DELETE").catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }

  async #ask(method: string): Promise<Response> {
    try {
      return await fetch(`${this.base}/api/softphone`, {
        method,
        headers: { Accept: "application/json", ...(method === "GET" ? {} : { "X-Memberline": "1" }) },
        credentials: "same-origin",
        keepalive: true, // a page that goes away still says so
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
    } catch {
      throw new Refusal(0, "The server cannot be reached. Try again in a moment.");
    }
  }
}
