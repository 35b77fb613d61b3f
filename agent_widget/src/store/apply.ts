/** How each event changes a desk: pure, and the same as on the server, so that state plus events is a fresh fetch. */

import type { AnyDeskEvent, DeskCall, DeskState, Suggestion, Utterance } from "../generated/messages";

/** The state after `event`. An event that says nothing new, or of a kind not known here, returns `state` itself. */
export function apply(state: DeskState, event: AnyDeskEvent): DeskState {
  switch (event.type) {
    case "DeskReplaced":
      return event.state;
    case "StateChanged":
      return { ...state, state: event.state };
    case "SeatChanged":
      return { ...state, agent_name: event.agent_name, device: event.device };
    case "PhonesChanged":
      return { ...state, phones_up: event.up };
    case "CallOffered":
      return { ...state, call: event.call };
    default:
      return state.call?.call_id === event.call_id ? { ...state, call: applyToCall(state.call, event) } : state;
  }
}

type CallEvent = Exclude<
  AnyDeskEvent,
  { type: "DeskReplaced" | "StateChanged" | "SeatChanged" | "PhonesChanged" | "CallOffered" }
>;

const MOST_SUGGESTIONS = 2;
const MOST_UTTERANCES = 5000;
const LATE_S = 60;

/** The call after `event`; null where it leaves the desk. */
function applyToCall(call: DeskCall, event: CallEvent): DeskCall | null {
  switch (event.type) {
    case "OfferEnded":
    case "ContactConfirmed":
      return null;
    case "MemberFound":
      return {
        ...call,
        caller: event.caller,
        member: event.member,
        candidates: event.candidates,
        briefing: event.briefing,
      };
    case "CallChanged":
      return {
        ...call,
        phase: event.phase,
        answered_at: call.answered_at ?? (event.phase === "talking" ? event.at : null),
        ended_at: event.phase === "wrap_up" ? event.at : call.ended_at,
        suggestions: event.phase === "wrap_up" ? [] : call.suggestions, // advice is for who talks
      };
    case "TranscriptionChanged":
      return { ...call, transcribed: event.transcribed };
    case "RecordingChanged":
      return { ...call, recording: event.recording };
    case "Words":
      return { ...call, transcript: withWords(call.transcript, event.utterance) };
    case "Suggested": {
      if (call.phase === "wrap_up") return call;
      const others = without(call.suggestions, event.suggestion.suggestion_id);
      return { ...call, suggestions: [...others, event.suggestion].slice(-MOST_SUGGESTIONS) };
    }
    case "GuideChanged":
      return { ...call, guide: event.guide };
    case "AlarmRaised":
      return { ...call, alarms: [...call.alarms.filter(({ kind }) => kind !== event.alarm.kind), event.alarm] };
    case "AlarmEnded":
      return { ...call, alarms: call.alarms.filter(({ alarm_id }) => alarm_id !== event.alarm_id) };
    case "SuggestionWithdrawn":
      return { ...call, suggestions: without(call.suggestions, event.suggestion_id) };
    case "TransferChanged":
      return {
        ...call,
        transfer: event.transfer,
        suggestions: event.transfer.state === "completed" ? [] : call.suggestions,
      };
    case "ActingChanged":
      return { ...call, acting: event.acting };
    case "DraftChanged":
      return { ...call, draft: event.draft };
    default:
      return call; // a kind that this version does not know yet
  }
}

function without(suggestions: readonly Suggestion[], id: string): readonly Suggestion[] {
  return suggestions.filter((suggestion) => suggestion.suggestion_id !== id);
}

/**
 * Replaces the utterance of the same id, or puts it in by its start; without text it is taken back.
 * Looks back `LATE_S` seconds at most, so the cost does not grow with the call.
 */
function withWords(transcript: readonly Utterance[], utterance: Utterance): readonly Utterance[] {
  const index = place(transcript, utterance, (known) => known.utterance_id === utterance.utterance_id);
  const known = transcript[index];
  if (known?.utterance_id !== utterance.utterance_id) return inserted(transcript, utterance);
  if (known.final) {
    // What is final is not unsaid by what was still being spoken and came late.
    if (!utterance.final) return transcript;
    return utterance.text === "" ? transcript.toSpliced(index, 1) : transcript.with(index, utterance);
  }
  // What passed by is in no snapshot, so it must not decide where the final words stand.
  return inserted(transcript.toSpliced(index, 1), utterance);
}

function inserted(transcript: readonly Utterance[], utterance: Utterance): readonly Utterance[] {
  if (utterance.text === "") return transcript;
  const index = place(transcript, utterance, () => false);
  return transcript.toSpliced(index, 0, utterance).slice(-MOST_UTTERANCES);
}

/** The index of the utterance that is `sought`, looking back from the end; else where `utterance` belongs by its start. */
function place(transcript: readonly Utterance[], utterance: Utterance, sought: (known: Utterance) => boolean): number {
  let found = transcript.length;
  for (let index = transcript.length - 1; index >= 0; index--) {
    const known = transcript[index];
    if (known === undefined) break;
    if (sought(known)) return index;
    if (known.start_s > utterance.start_s) found = index;
    else if (known.end_s + LATE_S < utterance.start_s) break;
  }
  return found;
}
