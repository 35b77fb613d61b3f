/** The agent's corrections laid over the draft that the server keeps writing. */

import type { ContactDraft, ProposedUpdate } from "../generated/messages";

/** What the agent changed on one call. A field that the agent touched is the agent's; the rest follows the server. */
export interface Corrections {
  readonly call_id: string;
  readonly fields: Partial<ContactDraft>;
}

/** What an agent typed and the server does not have yet: kept over a new sign-in, for that agent alone. */
export interface Unsent extends Corrections {
  readonly agent_id: string;
}

/** The draft as the form shows it. */
export function corrected(draft: ContactDraft, corrections: Corrections | null, call_id: string): ContactDraft {
  return corrections?.call_id === call_id ? { ...draft, ...corrections.fields } : draft;
}

/** What an agent adds or puts in other words: certain, and no longer as the machine wrote it. */
export function byHand(field: string, value: string, before?: ProposedUpdate): ProposedUpdate {
  return { old_value: "", said: [], ...before, field, value, written: "", confidence: 1 };
}

/** The draft as it is sent: lines left empty are no updates and no promises. */
export function tidy(draft: ContactDraft): ContactDraft {
  return {
    ...draft,
    reason: draft.reason.trim(),
    summary: draft.summary.trim(),
    updates: draft.updates
      .map((update) => ({ ...update, value: update.value.trim() }))
      .filter((update) => update.value !== ""),
    commitments: draft.commitments.map((promise) => promise.trim()).filter((promise) => promise !== ""),
  };
}
