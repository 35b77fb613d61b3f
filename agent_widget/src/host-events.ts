/** What the page around the desk is told: when to open a member's record in its own system, and when to go on. */

import type { DeskCall } from "./generated/messages";
import type { DeskView } from "./store/desk-store";

export interface HostEvents {
  "call-offered": { readonly call_id: string; readonly queue: string };
  "member-identified": { readonly call_id: string; readonly member_id: string; readonly member_number: string };
  "contact-confirmed": { readonly contact_id: string };
}

export type HostEvent = { [Name in keyof HostEvents]: { name: Name; detail: HostEvents[Name] } }[keyof HostEvents];

/** What happened between two looks at the desk. A page that is opened in mid-call is told whose call it is. */
export function hostEvents(before: DeskView | null, after: DeskView | null): readonly HostEvent[] {
  const events: HostEvent[] = [];
  const last = after?.recent[0];
  if (last !== undefined && last.contact_id !== before?.recent[0]?.contact_id) {
    events.push({ name: "contact-confirmed", detail: { contact_id: last.contact_id } });
  }
  const [old, now] = [before?.desk?.call ?? null, after?.desk?.call ?? null];
  if (now === null) return events;
  const { call_id, queue, phase, member } = now;
  if (call_id !== old?.call_id && phase === "ringing") {
    events.push({ name: "call-offered", detail: { call_id, queue } });
  }
  if (member !== null && !sameMember(old, now)) {
    const { member_id, member_number } = member;
    events.push({ name: "member-identified", detail: { call_id, member_id, member_number } });
  }
  return events;
}

function sameMember(old: DeskCall | null, now: DeskCall): boolean {
  return old?.call_id === now.call_id && old.member?.member_id === now.member?.member_id;
}
