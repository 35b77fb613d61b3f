/** Values that tests start from. */

import type {
  AgentState,
  ContactDraft,
  DeskCall,
  DeskInfo,
  DeskState,
  MemberProfile,
  Presence,
  Suggestion,
  Utterance,
} from "../generated/messages";

export const AT = "2026-03-10T14:00:00Z";

export const draft = (fields: Partial<ContactDraft> = {}): ContactDraft => ({
  topics: [],
  reason: "",
  summary: "",
  updates: [],
  commitments: [],
  resolution: "unresolved",
  done: [],
  promises: [],
  follow_ups: [],
  correspondence: [],
  disposition: "",
  grounds: [],
  ...fields,
});

export const member = (fields: Partial<MemberProfile> = {}): MemberProfile => ({
  member_id: "m1",
  member_number: "4471902",
  name: "Harriet Lindqvist",
  relation: "retiree",
  status: "receiving",
  birth_date: "1951-04-02",
  plan: "Teachers",
  tier: "Tier 1",
  employer: "Bibb County Schools",
  service_years: 31.5,
  address: ["12 Oak Street", "Macon GA 31201"],
  phone: "+14785550173",
  email: "",
  benefit_cents: 214000,
  next_payment: { date: "2026-03-31", amount_cents: 214000 },
  beneficiaries: [],
  open_matters: [],
  flags: [],
  last_contacts: [],
  authorities: [],
  protected: false,
  ...fields,
});

export const call = (fields: Partial<DeskCall> = {}): DeskCall => ({
  call_id: "c1",
  phase: "talking",
  queue: "general",
  offered_at: AT,
  answered_at: AT,
  ended_at: null,
  caller: {
    number: "+14785550173",
    verification: "pin",
    consent: "given",
    language: "en",
    chosen: "Payments",
    menu_path: ["Main menu", "Payments"],
    waited_s: 42,
  },
  member: member(),
  candidates: [],
  transcribed: "live",
  recording: "on",
  transcript: [],
  suggestions: [],
  alarms: [],
  guide: { passages: [], statements: [], letters: [] },
  transfer: null,
  briefing: "",
  acting: null,
  draft: draft(),
  ...fields,
});

export const agentState = (presence: Presence, since = AT): AgentState => ({
  presence,
  reason: "",
  since,
  until: null,
  next: "",
});

export const desk = (fields: Partial<DeskState> = {}): DeskState => ({
  agent_id: "a1",
  agent_name: "Dana Ruiz",
  device: "PJSIP/1001",
  state: agentState("available"),
  speech_model: "demo speech model",
  phones_up: true,
  call: null,
  ...fields,
});

export const utterance = (utterance_id: string, fields: Partial<Utterance> = {}): Utterance => ({
  utterance_id,
  speaker: "caller",
  name: "Harriet Lindqvist",
  start_s: 1,
  end_s: 2,
  text: "hello",
  confidence: 0.9,
  final: true,
  ...fields,
});

export const suggestion = (suggestion_id: string): Suggestion => ({
  suggestion_id,
  destination: "pension_analyst",
  destination_name: "Pension Analyst",
  confidence: 0.9,
  reason: "Disputed service credit",
  evidence: "it has me at nineteen point five years",
  evidence_utterance_id: "u1",
});

export const snapshot = (state: DeskState, offset: number, epoch = "e"): DeskInfo => ({
  state,
  position: { epoch, offset },
  subject: "agent.a1",
});
