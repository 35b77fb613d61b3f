/** What a screen reader is told of a change: little, whole sentences, and never a word that may still change. */

import type { DeskCall, DeskState, Utterance } from "./generated/messages";
import { label } from "./keys";
import { texts } from "./texts";

/** Sentences about what happened between two states of the desk. Empty where nothing matters enough. */
export function announcements(before: DeskState | null, after: DeskState | null): readonly string[] {
  const [old, now] = [before?.call ?? null, after?.call ?? null];
  if (before === null || after === null) return [];
  if (now === null) return old?.phase === "wrap_up" ? [texts.spoken.confirmed] : [];
  if (old?.call_id !== now.call_id) return [offered(now)];
  const said: string[] = [];
  const alarmed = new Set(old.alarms.map(({ alarm_id }) => alarm_id));
  for (const alarm of now.alarms) {
    if (!alarmed.has(alarm.alarm_id)) said.push(`${alarm.title}. ${alarm.steps[0] ?? ""}`.trim());
  }
  const known = new Set(old.suggestions.map((suggestion) => suggestion.suggestion_id));
  for (const suggestion of now.suggestions) {
    if (!known.has(suggestion.suggestion_id)) {
      said.push(texts.spoken.suggested(suggestion.destination_name, label("accept")));
    }
  }
  if (now.transfer !== null && now.transfer.state !== old.transfer?.state) {
    said.push(`${texts.transfer[now.transfer.state](now.transfer.destination_name)}. ${now.transfer.why}`.trim());
  }
  if (now.phase === "wrap_up" && old.phase !== "wrap_up") said.push(texts.spoken.over);
  return said;
}

function offered(call: DeskCall): string {
  return texts.spoken.offered(call.member?.name ?? texts.unknownCaller, texts.verification[call.caller.verification]);
}

/** The utterances of a call that became final between two states of its transcript. */
export function newlyFinal(before: readonly Utterance[], after: readonly Utterance[]): readonly Utterance[] {
  const done = new Set(before.filter((one) => one.final).map((one) => one.utterance_id));
  return after.filter((one) => one.final && !done.has(one.utterance_id));
}
