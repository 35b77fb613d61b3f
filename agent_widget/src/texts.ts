/** Every word of the interface, in one place, so that another language is another file. */

import type {
  AgentState,
  CallLine,
  Consent,
  OffPhones,
  Phase,
  Presence,
  Resolution,
  Transfer,
  Utterance,
  Verification,
} from "./generated/messages";

const presence: Record<Presence, string> = {
  available: "Available",
  ringing: "Ringing",
  on_call: "On a call",
  wrap_up: "Wrap-up",
  paused: "Paused",
  away: "Away",
  signed_out: "Not taking calls",
};

/** Why a state is what it is, where the phone system was told by rule and not by a person. */
const byRule: Readonly<Record<string, string>> = {
  "not-answering": "Not answering",
  telephone: "Telephone not reachable",
  desk: "Desk not connected",
};

/** A state in words: the chosen one's label, or what somebody typed at the phone system. */
export function stateName(state: AgentState, states: readonly OffPhones[]): string {
  const label = byRule[state.reason] ?? states.find((one) => one.name === state.reason)?.label ?? state.reason;
  if (state.presence === "paused") return label || presence.paused;
  return state.presence === "away" && label !== "" ? `${presence.away}: ${label}` : presence[state.presence];
}

const phase: Record<Phase, string> = {
  ringing: "Ringing",
  talking: "Talking",
  held: "On hold",
  wrap_up: "Call over",
};

const wallPhase: Record<CallLine["phase"], string> = { ...phase, menu: "In the menu", waiting: "Waiting" };

const verification: Record<Verification, string> = {
  none: "Not verified",
  number_match: "Not verified – number match only",
  pin: "Verified by PIN",
};

const consent: Record<Consent, string> = {
  pending: "Consent to transcription: not asked yet",
  given: "Agreed to recording and transcription",
  refused: "Refused recording and transcription",
};

const resolution: Record<Resolution, string> = {
  resolved: "Resolved",
  transferred: "Transferred",
  follow_up: "Follow-up",
  unresolved: "Unresolved",
};

const speaker: Record<Utterance["speaker"], string> = { caller: "Caller", agent: "Agent" };

const transfer: Record<Transfer["state"], (name: string) => string> = {
  started: (name) => `Connecting to ${name} …`,
  completed: (name) => `Transferred to ${name}`,
  failed: (name) => `Not transferred to ${name}`,
};

export const texts = {
  product: "Memberline",
  unknownCaller: "Unknown caller",
  languages: { en: "English", es: "Spanish" } as Readonly<Record<string, string>>,
  presence,
  phase,
  wallPhase,
  verification,
  consent,
  resolution,
  speaker,
  transfer,

  connection: {
    connecting: "Connecting …",
    live: "Connected",
    reconnecting: "Reconnecting – what you type is kept",
    signed_out: "Signed out",
    outdated: "This page is older than its server – load it anew",
  },

  header: {
    label: "Agent",
    speechModel: (name: string) => `Speech: ${name}`,
    phonesDown: "No word from the phone system – calls go on, this page may be behind",
    signOut: "Sign out",
    goTo: { desk: "My desk", wall: "All phones" },
  },

  bar: {
    label: "Call",
    waited: (time: string) => `Waited ${time}`,
    transfer: "Transfer …",
    talked: "Talk time",
  },

  pop: {
    noMember: "No member is known under this number.",
    candidates: "This number belongs to more than one member",
    candidatesHelp: "None of them is verified. Ask who is calling before you speak about an account.",
    verifyFirst: "Verify the caller before you speak about the account.",
    chose: "Chose",
    after: (steps: string) => `After: ${steps}`,
    number: "Calling from",
    language: "Language",
    memberNumber: "Member number",
    born: "Born",
    plan: "Plan",
    employer: "Employer",
    years: (years: number) => `${years} years of service`,
    benefit: "Benefit",
    monthly: (amount: string) => `${amount} a month`,
    nextPayment: "Next payment",
    payment: (amount: string, date: string) => `${amount} on ${date}`,
    address: "Address",
    phone: "Telephone",
    email: "E-mail",
    beneficiaries: "Beneficiaries",
    beneficiary: (name: string, relation: string, share: number) => `${name} (${relation}), ${share} %`,
    flags: "Flags",
    openMatters: "Open matters",
    noOpenMatters: "None",
    lastContacts: "Last contacts",
    noContacts: "No earlier contacts",
    allContacts: "Show all contacts",
    moreContacts: "Show more contacts",
    details: "Account details",
    speaks: "Who speaks",
    theMember: "The member",
    actsBy: (kind: string, document: string) => (document === "" ? kind : `${kind}: ${document}`),
    mayChange: "may ask and change",
    mayAsk: "may ask only",
    allMatters: "in all matters",
    matters: (topics: string) => `about ${topics}`,
    until: (date: string) => `until ${date}`,
    revoked: (date: string) => `Revoked on ${date}`,
    ended: (date: string) => `Ended on ${date}`,
    notYet: (date: string) => `Not before ${date}`,
  },

  briefing: { label: "Briefing from the agent before you" },

  transcript: {
    label: "Transcript",
    listening: "Words appear here as they are spoken.",
    ringing: "The transcript starts when the call is answered.",
    refused: "Not transcribed: the caller refused. Write the contact by hand.",
    not_asked: "Not transcribed: the caller has not been asked. Write the contact by hand.",
    unavailable: "Not transcribed: no speech recognition is free. Write the contact by hand.",
    gap: "Part of this call was not transcribed. Check the draft before you confirm it.",
    nothing: "Nothing was transcribed.",
    spoken: "Last words",
    jump: "Jump to now",
    partial: "still speaking",
    evidence: "Words behind the suggestion",
  },

  advice: {
    label: "Suggestion",
    title: (name: string) => `Transfer to ${name}`,
    refer: (name: string) => `Refer the caller to ${name}`,
    said: "The caller said",
    accept: "Accept",
    dismiss: "Dismiss",
    starting: "Starting the transfer …",
    confidence: (confidence: number) =>
      confidence >= 0.85 ? "Very likely" : confidence >= 0.65 ? "Likely" : "Possible",
    showWords: "Show in transcript",
  },

  transfers: {
    label: "Transfer the call",
    to: "To",
    filter: "Find a destination",
    none: "No destination fits.",
    start: "Start the transfer",
    cancel: "Cancel",
    agency: "Another agency: tell the caller to call there",
    noDirectory: "The directory could not be loaded.",
  },

  contact: {
    label: "Contact",
    live: "Draft, written along with the call",
    done: "Check, correct, confirm",
    byHand: "Not transcribed – write the contact by hand",
    topics: "Topics",
    addTopic: "Add a topic",
    chooseTopic: "Add a topic …",
    removeTopic: (topic: string) => `Remove topic ${topic}`,
    reason: "Reason for the call",
    summary: "Summary",
    updates: "Updates the caller gave",
    updatesHelp: "Proposals: they change nothing in the pension system by themselves.",
    updateField: (n: number) => `Field of update ${n}`,
    updateValue: (n: number) => `Value of update ${n}`,
    removeUpdate: (n: number) => `Remove update ${n}`,
    addUpdate: "Add an update",
    commitments: "Promised to the caller",
    commitment: (n: number) => `Promise ${n}`,
    removeCommitment: (n: number) => `Remove promise ${n}`,
    addCommitment: "Add a promise",
    resolution: "Outcome",
    facts: "Times and way in",
    offered: "Offered",
    answered: "Answered",
    ended: "Ended",
    talk: "Talk time",
    waited: "Waited",
    queue: "Queue",
    path: "Menu",
    notAnswered: "not answered",
    confirm: "Confirm contact",
    confirming: "Confirming …",
    confirmLater: "when the call is over",
    saved: "Saved",
    editing: "Not saved yet",
    saving: "Saving …",
    failed: "Not saved",
  },

  updateFields: [
    "mailing_address",
    "phone",
    "email",
    "bank_routing",
    "bank_account",
    "tax_withholding",
    "beneficiary",
    "name",
    "date_of_death",
    "marital_status",
    "employment_end_date",
  ],

  idle: {
    waiting: "Waiting for a call",
    waitingHelp: "The caller's details appear here when your phone rings.",
    awayHelp: "No calls come to you in this state.",
    recent: "Confirmed since you opened this page",
    noRecent: "Contacts that you confirm are listed here.",
    keys: "Keys",
  },

  keys: {
    accept: "Accept the suggestion",
    dismiss: "Dismiss the suggestion",
    transfer: "Transfer the call",
    jump: "Jump to now in the transcript",
    contact: "Go to the contact",
    confirm: "Confirm the contact",
    state: "Change my state",
    ready: "Take calls again",
    more: "One more minute of wrap-up",
  },

  state: {
    menu: "My state",
    telephone: "Telephone",
    example: "Telephone, like 1001",
    signOn: "Take calls",
    signOff: (device: string) => `Sign off ${device}`,
    left: "ends in",
    more: "One minute more",
    ready: "Ready",
    then: (label: string) => `then ${label}`,
  },

  notices: {
    close: "Close this message",
    emptyContact: "Write a reason or a summary before you confirm the contact.",
    confirmedElsewhere: "The contact was confirmed elsewhere; what you typed here last is not in it.",
    unsentLost: "The call that you were writing about is over and gone from your desk; what you typed last is lost.",
    offerEnded: (why: string) => (why === "" ? "The call left your phone." : `The call left your phone: ${why}`),
  },

  spoken: {
    offered: (name: string, how: string) => `Incoming call: ${name}. ${how}.`,
    suggested: (name: string, key: string) => `Suggestion: transfer to ${name}. ${key} accepts.`,
    withdrawn: "The suggestion was withdrawn.",
    over: "The call is over. The contact can be confirmed.",
    confirmed: "Contact confirmed.",
  },

  signIn: {
    title: "Sign in to Memberline",
    username: "User name",
    password: "Password",
    code: "Code of your authenticator",
    organisation: "Sign in with your organisation",
    submit: "Sign in",
    waiting: "Signing in …",
    checking: "One moment …",
  },

  roles: {
    agent: "Agent",
    senior: "Senior agent",
    specialist: "Specialist",
    supervisor: "Supervisor",
    scheduler: "Scheduler",
    auditor: "Auditor",
    administrator: "Administrator",
  },

  staff: {
    title: "Staff",
    heads: [
      "Name",
      "User name",
      "Role",
      "Level",
      "Skills",
      "Queues",
      "Protected members",
      "Second factor",
      "State",
      "Do",
    ],
    sees: (cleared: boolean) => (cleared ? "Sees them" : "Masked"),
    secondFactor: (enrolled: boolean) => (enrolled ? "Enrolled" : "None"),
    hire: "Hire somebody",
    change: "Change",
    changeOf: (name: string) => `Change: ${name}`,
    leave: "Let go",
    leaveOf: (name: string) => `Let go: ${name}`,
    confirmLeave: (name: string) => `${name} will be signed out everywhere and take no more calls. Go on?`,
    left: (name: string) => `${name} works here no more.`,
    saved: (name: string) => `${name}: saved. Other rights hold at once.`,
    name: "Name",
    username: "User name",
    role: "Role",
    level: "Level (1 to 4)",
    queues: "Rights to queues",
    queuesExample: "member_services=1, specialists=0",
    specialties: "Specialties",
    specialtiesExample: "refunds, pension_analysis",
    languages: "Languages",
    languagesExample: "en, es",
    cleared: "May see protected members",
    password: "New password",
    passwordHelp: "12 characters or more",
    save: "Save",
    cancel: "Cancel",
  },

  audit: {
    title: "Who looked at what",
    heads: ["When", "Who", "What", "Of whom", "Why"],
    agent: "Agent",
    member: "Member",
    search: "Search",
    verify: "Check the log",
    whole: (entries: number) => `${entries} entries, all as they were written.`,
    newest: "The newest, to be kept elsewhere:",
    broken: (why: string) => `The log is not whole: ${why}.`,
    older: "Older entries",
  },

  wall: {
    title: "Phones now",
    queues: "Queues",
    agents: "Agents",
    calls: "Calls",
    waiting: (n: number) => (n === 1 ? "1 caller waiting" : `${n} callers waiting`),
    noCalls: "No calls at the moment.",
    noAgents: "No agents are signed in.",
    noQueues: "No queues are set up.",
    name: "Name",
    device: "Telephone",
    state: "State",
    caller: "Caller",
    queue: "Queue",
    phase: "Phase",
    agent: "Agent",
    lasting: "For",
    chosen: "Chose",
  },
} as const;
