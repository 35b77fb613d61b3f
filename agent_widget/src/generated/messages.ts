export type Verification = "none" | "number_match" | "pin";
export type Consent = "pending" | "given" | "refused";
export type Resolution = "resolved" | "transferred" | "follow_up" | "unresolved";
export type Speaker = "caller" | "agent";
export type Phase = "ringing" | "talking" | "held" | "wrap_up";
export type Presence = "available" | "ringing" | "on_call" | "wrap_up" | "paused" | "unavailable" | "signed_out";

export interface ProposedUpdate {
  readonly field: string;
  readonly value: string;
}

export interface ContactDraft {
  readonly topics: readonly string[];
  readonly reason: string;
  readonly summary: string;
  readonly updates: readonly ProposedUpdate[];
  readonly commitments: readonly string[];
  readonly resolution: Resolution;
}

export interface PastContact {
  readonly contact_id: string;
  readonly at: string;
  readonly channel: "call" | "letter" | "fax" | "email" | "visit";
  readonly topics: readonly string[];
  readonly summary: string;
  readonly resolution: string;
}

export interface Payment {
  readonly date: string;
  readonly amount_cents: number;
}

export interface Beneficiary {
  readonly name: string;
  readonly relation: string;
  readonly share_percent: number;
}

export interface MemberProfile {
  readonly member_id: string;
  readonly member_number: string;
  readonly name: string;
  readonly relation: string;
  readonly status: string;
  readonly birth_date: string;
  readonly plan: string;
  readonly tier: string;
  readonly employer: string;
  readonly service_years: number | null;
  readonly address: readonly string[];
  readonly phone: string;
  readonly email: string;
  readonly benefit_cents: number | null;
  readonly next_payment: Payment | null;
  readonly beneficiaries: readonly Beneficiary[];
  readonly open_matters: readonly string[];
  readonly flags: readonly string[];
  readonly last_contacts: readonly PastContact[];
}

export interface Caller {
  readonly number: string;
  readonly verification: Verification;
  readonly consent: Consent;
  readonly language: string;
  readonly chosen: string;
  readonly menu_path: readonly string[];
  readonly waited_s: number;
}

export interface Utterance {
  readonly utterance_id: string;
  readonly speaker: Speaker;
  readonly name: string;
  readonly start_s: number;
  readonly end_s: number;
  readonly text: string;
  readonly confidence: number;
  readonly final: boolean;
}

export interface Suggestion {
  readonly suggestion_id: string;
  readonly destination: string;
  readonly destination_name: string;
  readonly confidence: number;
  readonly reason: string;
  readonly evidence: string;
  readonly evidence_utterance_id: string;
}

export interface Transfer {
  readonly destination: string;
  readonly destination_name: string;
  readonly state: "started" | "completed" | "failed";
  readonly why: string;
}

export interface DeskCall {
  readonly call_id: string;
  readonly contact_id: string;
  readonly phase: Phase;
  readonly queue: string;
  readonly offered_at: string;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  readonly caller: Caller;
  readonly member: MemberProfile | null;
  readonly candidates: readonly MemberProfile[];
  readonly transcribed: "live" | "refused" | "unavailable" | "gap";
  readonly transcript: readonly Utterance[];
  readonly suggestions: readonly Suggestion[];
  readonly transfer: Transfer | null;
  readonly briefing: string;
  readonly draft: ContactDraft;
}

export interface DeskState {
  readonly agent_id: string;
  readonly agent_name: string;
  readonly device: string;
  readonly presence: Presence;
  readonly presence_since: string;
  readonly speech_model: string;
  readonly call: DeskCall | null;
}

export interface PresenceChanged {
  readonly type: "PresenceChanged";
  readonly at: string;
  readonly presence: Presence;
}

export interface CallOffered {
  readonly type: "CallOffered";
  readonly at: string;
  readonly call: DeskCall;
}

export interface OfferEnded {
  readonly type: "OfferEnded";
  readonly at: string;
  readonly call_id: string;
  readonly why: string;
}

export interface MemberFound {
  readonly type: "MemberFound";
  readonly at: string;
  readonly call_id: string;
  readonly member: MemberProfile | null;
  readonly candidates: readonly MemberProfile[];
}

export interface CallChanged {
  readonly type: "CallChanged";
  readonly at: string;
  readonly call_id: string;
  readonly phase: Phase;
  readonly transcribed: "live" | "refused" | "unavailable" | "gap";
}

export interface Words {
  readonly type: "Words";
  readonly at: string;
  readonly call_id: string;
  readonly utterance: Utterance;
}

export interface Suggested {
  readonly type: "Suggested";
  readonly at: string;
  readonly call_id: string;
  readonly suggestion: Suggestion;
}

export interface SuggestionWithdrawn {
  readonly type: "SuggestionWithdrawn";
  readonly at: string;
  readonly call_id: string;
  readonly suggestion_id: string;
}

export interface TransferChanged {
  readonly type: "TransferChanged";
  readonly at: string;
  readonly call_id: string;
  readonly transfer: Transfer;
}

export interface DraftChanged {
  readonly type: "DraftChanged";
  readonly at: string;
  readonly call_id: string;
  readonly draft: ContactDraft;
}

export interface ContactConfirmed {
  readonly type: "ContactConfirmed";
  readonly at: string;
  readonly call_id: string;
  readonly contact_id: string;
}

export type AnyDeskEvent =
  | PresenceChanged
  | CallOffered
  | OfferEnded
  | MemberFound
  | CallChanged
  | Words
  | Suggested
  | SuggestionWithdrawn
  | TransferChanged
  | DraftChanged
  | ContactConfirmed;
