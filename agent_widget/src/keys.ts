/** The keys of the desk. All take Alt or Ctrl, so that typing and screen readers' letters never set one off. */

export type Action =
  | "accept"
  | "dismiss"
  | "transfer"
  | "record"
  | "help"
  | "seen"
  | "guide"
  | "jump"
  | "contact"
  | "confirm"
  | "state"
  | "ready"
  | "more"
  | "answer"
  | "hangup"
  | "mute";

interface Key {
  readonly key: string;
  readonly modifier: "Alt" | "Control";
}

const KEYS: Readonly<Record<Action, Key>> = {
  accept: { key: "a", modifier: "Alt" },
  dismiss: { key: "x", modifier: "Alt" },
  transfer: { key: "t", modifier: "Alt" },
  record: { key: "p", modifier: "Alt" },
  help: { key: "h", modifier: "Alt" },
  seen: { key: "e", modifier: "Alt" },
  guide: { key: "g", modifier: "Alt" },
  jump: { key: "j", modifier: "Alt" },
  contact: { key: "c", modifier: "Alt" },
  confirm: { key: "Enter", modifier: "Control" },
  state: { key: "s", modifier: "Alt" },
  ready: { key: "r", modifier: "Alt" },
  more: { key: "m", modifier: "Alt" },
  answer: { key: "l", modifier: "Alt" },
  hangup: { key: "k", modifier: "Alt" },
  mute: { key: "u", modifier: "Alt" },
};

export const ACTIONS = Object.keys(KEYS) as readonly Action[];

type Pressed = Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** The action that a key press asks for, or null. */
export function actionOf(event: Pressed): Action | null {
  if (event.isComposing || event.shiftKey) return null;
  const alt = event.altKey && !event.ctrlKey && !event.metaKey;
  const control = !event.altKey && event.ctrlKey !== event.metaKey;
  return ACTIONS.find((action) => matches(event, KEYS[action], alt, control)) ?? null;
}

function matches(event: Pressed, { key, modifier }: Key, alt: boolean, control: boolean): boolean {
  if (!(modifier === "Alt" ? alt : control)) return false;
  // Alt types another letter on some keyboards (å for a on a Mac): then the place of the key counts.
  const typed = /^[a-z]$|^.{2,}$/i.test(event.key) ? event.key : event.code.replace("Key", "");
  return typed.toLowerCase() === key.toLowerCase();
}

/** As printed on a button: "Alt+A". */
export function label(action: Action): string {
  const { key, modifier } = KEYS[action];
  return `${modifier === "Alt" ? "Alt" : "Ctrl"}+${key.length === 1 ? key.toUpperCase() : key}`;
}

/** As `aria-keyshortcuts` wants it: "Alt+A", "Control+Enter". */
export function aria(action: Action): string {
  const { key, modifier } = KEYS[action];
  return `${modifier}+${key.length === 1 ? key.toUpperCase() : key}`;
}
