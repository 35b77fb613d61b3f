/**
 * The telephone in the page as values: how it stands, what happened, what is to be done about it. Knows no socket, no
 * sound and no page, so that each story of a call is a test.
 *
 * It only carries sound and picks up and puts down: who calls, and what becomes of the call, the desk knows from the
 * phone system.
 */

/** How the page stands to the phone system. `taken`: another page of the same agent is the telephone now. */
export type Line = "off" | "connecting" | "ready" | "lost" | "taken" | "refused";

/** What is wrong with the sound, or with the telephone; said until it is over. */
export type Trouble =
  | "microphone_refused" // by the person, or by the browser's settings
  | "microphone_missing"
  | "microphone_busy" // another program holds it
  | "microphone_gone" // unplugged in mid-call, and there is no other
  | "microphone_changed" // unplugged in mid-call: another one goes on
  | "insecure" // browsers give no microphone to a page that did not come by https
  | "ringer_blocked" // no sound before somebody touched the page
  | "line_broken"; // the program of the telephone could not be loaded, or broke

export interface Call {
  readonly id: string;
  readonly from: string;
  readonly state: "ringing" | "answering" | "talking";
  readonly muted: boolean;
  /** The way to the phone system was lost during the call: its sound may go on, but it must be told where we are. */
  readonly cut: boolean;
}

export interface Softphone {
  readonly line: Line;
  readonly call: Call | null;
  readonly trouble: Trouble | null;
  /** Why the server gives no account; empty: it does. */
  readonly why: string;
}

export type Happening =
  | { readonly type: "switched_on" }
  | { readonly type: "switched_off" }
  | { readonly type: "registered" }
  /** The phone system does not take our password; `expired`: because its time was over. */
  | { readonly type: "refused"; readonly expired: boolean }
  /** No account is to be had: the server says why. */
  | { readonly type: "no_account"; readonly why: string }
  | { readonly type: "lost" }
  | { readonly type: "rings"; readonly id: string; readonly from: string }
  | { readonly type: "picked_up" }
  | { readonly type: "put_down" }
  | { readonly type: "joined"; readonly id: string }
  | { readonly type: "ended"; readonly id: string }
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "key"; readonly key: string }
  | { readonly type: "trouble"; readonly trouble: Trouble }
  | { readonly type: "microphone_works" };

export type Deed =
  | { readonly do: "sign_on" } // ask for an account and register with it
  | { readonly do: "sign_off" }
  | { readonly do: "new_password" } // for the line as it is: a call goes on meanwhile
  | { readonly do: "ring" }
  | { readonly do: "hush" }
  | { readonly do: "answer"; readonly id: string }
  | { readonly do: "hang_up"; readonly id: string }
  | { readonly do: "renew"; readonly id: string } // tell the phone system where we are now
  | { readonly do: "mute"; readonly muted: boolean }
  | { readonly do: "key"; readonly key: string };

export const SILENT: Softphone = { line: "off", call: null, trouble: null, why: "" };

/** From here it takes somebody who wants it to be a telephone again. */
const OUT: readonly Line[] = ["off", "taken", "refused"];
const KEYS = /^[0-9*#]$/;
/** These are over as soon as a microphone works. */
const OF_MICROPHONE: readonly (Trouble | null)[] = [
  "microphone_refused",
  "microphone_missing",
  "microphone_busy",
  "microphone_gone",
  "insecure",
];

type Step = readonly [Softphone, ...Deed[]];

/** How it stands afterwards, and what is to be done, in this order. What makes no sense now changes nothing. */
export function after(now: Softphone, happening: Happening): Step {
  const { call } = now;
  switch (happening.type) {
    case "switched_on":
      if (now.call !== null || !OUT.includes(now.line)) return [now];
      return [{ ...SILENT, line: "connecting" }, { do: "sign_on" }];
    case "switched_off":
      return now.line === "off" ? [now] : [SILENT, ...putDown(call), { do: "sign_off" }];
    case "registered":
      return registered(now);
    case "refused":
      if (now.line === "off") return [now];
      // Its time was over, or it never worked: then a new one is asked for once. Else somebody else was given one.
      if (happening.expired) return [{ ...now, line: "connecting" }, { do: "new_password" }];
      return [{ ...now, line: now.line === "connecting" ? "refused" : "taken" }];
    case "no_account":
      return now.line === "off" ? [now] : [{ ...now, line: "refused", why: happening.why }];
    case "lost":
      return lost(now);
    case "trouble":
      return trouble(now, happening.trouble);
    case "microphone_works":
      return [OF_MICROPHONE.includes(now.trouble) ? { ...now, trouble: null } : now];
    default:
      return ofCall(now, happening);
  }
}

type OfCall = Extract<
  Happening,
  { readonly type: "rings" | "picked_up" | "put_down" | "joined" | "ended" | "muted" | "key" }
>;

function ofCall(now: Softphone, happening: OfCall): Step {
  const { call } = now;
  if (happening.type === "rings") {
    if (now.line === "off" || call !== null) return [now, { do: "hang_up", id: happening.id }];
    const { id, from } = happening;
    return [{ ...now, call: { id, from, state: "ringing", muted: false, cut: false } }, { do: "ring" }];
  }
  if (call === null) return [now];
  switch (happening.type) {
    case "picked_up":
      if (call.state !== "ringing") return [now];
      return [{ ...now, call: { ...call, state: "answering" } }, { do: "hush" }, { do: "answer", id: call.id }];
    case "put_down":
      return [{ ...now, call: null }, ...putDown(call)];
    case "joined":
      return [happening.id === call.id ? { ...now, call: { ...call, state: "talking" } } : now];
    case "ended": {
      if (happening.id !== call.id) return [now];
      // Which microphone went on speaking was news during the call only.
      return [{ ...now, call: null, trouble: ended(now.trouble) }, { do: "hush" }];
    }
    case "muted":
      if (call.state !== "talking" || call.muted === happening.muted) return [now];
      return [
        { ...now, call: { ...call, muted: happening.muted } },
        { do: "mute", muted: happening.muted },
      ];
    case "key":
      return call.state === "talking" && KEYS.test(happening.key) ? [now, { do: "key", key: happening.key }] : [now];
  }
}

function ended(trouble: Trouble | null): Trouble | null {
  return trouble === "microphone_changed" || trouble === "ringer_blocked" ? null : trouble;
}

function putDown(call: Call | null): Deed[] {
  return call === null ? [] : [{ do: "hush" }, { do: "hang_up", id: call.id }];
}

function registered(now: Softphone): Step {
  if (now.line === "off") return [now];
  const trouble = now.trouble === "line_broken" ? null : now.trouble;
  if (now.call?.cut !== true) return [{ ...now, line: "ready", trouble }];
  return [
    { ...now, line: "ready", trouble, call: { ...now.call, cut: false } },
    { do: "renew", id: now.call.id },
  ];
}

/** What was only ringing is lost with the line: the phone system offers it elsewhere. A talk goes on. */
function lost(now: Softphone): Step {
  if (OUT.includes(now.line)) return [now];
  const { call } = now;
  if (call === null) return [{ ...now, line: "lost" }];
  if (call.state === "talking") return [{ ...now, line: "lost", call: { ...call, cut: true } }];
  return [{ ...now, line: "lost", call: null }, ...putDown(call)];
}

function trouble(now: Softphone, trouble: Trouble): Step {
  const next = { ...now, trouble };
  if (trouble === "line_broken") return [{ ...next, line: now.line === "off" ? "off" : "refused" }];
  // Without a microphone nothing is picked up: it rings on, for whoever puts it right or for somebody else.
  if (now.call?.state !== "answering" || !OF_MICROPHONE.includes(trouble)) return [next];
  return [{ ...next, call: { ...now.call, state: "ringing" } }, { do: "ring" }];
}
