"""How each event changes a desk: pure. The widget's store does the same, and a test holds the two together."""

from __future__ import annotations

from msgspec.structs import replace

from assist.desk.messages import (
    ActingChanged,
    Alarm,
    AlarmEnded,
    AlarmRaised,
    AnyDeskEvent,
    CallChanged,
    CallOffered,
    ContactConfirmed,
    DeskCall,
    DeskReplaced,
    DeskState,
    DraftChanged,
    GuideChanged,
    MemberFound,
    OfferEnded,
    PhonesChanged,
    RecordingChanged,
    SeatChanged,
    StateChanged,
    Suggested,
    SuggestionWithdrawn,
    TranscriptionChanged,
    TransferChanged,
    Utterance,
    Words,
)

MOST_SUGGESTIONS = 2
MOST_UTTERANCES = 5_000
LATE_S = 60.0


def apply(state: DeskState, event: AnyDeskEvent) -> DeskState:
    """`state` after `event`. An event about a call that is not on this desk changes nothing."""
    match event:
        case DeskReplaced():
            return event.state
        case StateChanged():
            return replace(state, state=event.state)
        case SeatChanged():
            return replace(state, agent_name=event.agent_name, device=event.device)
        case PhonesChanged():
            return replace(state, phones_up=event.up)
        case CallOffered():
            return replace(state, call=event.call)
    if state.call is None or event.call_id != state.call.call_id:
        return state
    if isinstance(event, OfferEnded | ContactConfirmed):
        return replace(state, call=None)
    return replace(state, call=_changed(state.call, event))


def _changed(
    call: DeskCall,
    event: MemberFound
    | CallChanged
    | TranscriptionChanged
    | RecordingChanged
    | Words
    | Suggested
    | SuggestionWithdrawn
    | AlarmRaised
    | AlarmEnded
    | GuideChanged
    | TransferChanged
    | ActingChanged
    | DraftChanged,
) -> DeskCall:
    match event:
        case MemberFound():
            found = {"member": event.member, "candidates": event.candidates, "briefing": event.briefing}
            return replace(call, caller=event.caller, **found)
        case CallChanged():
            return replace(
                call,
                phase=event.phase,
                answered_at=call.answered_at or (event.at if event.phase == "talking" else None),
                ended_at=event.at if event.phase == "wrap_up" else call.ended_at,
                # Advice is for who talks.
                suggestions=() if event.phase == "wrap_up" else call.suggestions,
            )
        case Words():
            return replace(call, transcript=_with_words(call.transcript, event.utterance))
        case Suggested() if call.phase == "wrap_up":
            return call
        case Suggested():
            others = tuple(s for s in call.suggestions if s.suggestion_id != event.suggestion.suggestion_id)
            return replace(call, suggestions=(*others, event.suggestion)[-MOST_SUGGESTIONS:])
        case SuggestionWithdrawn():
            kept = tuple(s for s in call.suggestions if s.suggestion_id != event.suggestion_id)
            return replace(call, suggestions=kept)
        case AlarmRaised() | AlarmEnded():
            return replace(call, alarms=_alarms(call.alarms, event))
        case TransferChanged():
            suggestions = () if event.transfer.state == "completed" else call.suggestions
            return replace(call, transfer=event.transfer, suggestions=suggestions)
    return _with_part(call, event)


def _with_part(
    call: DeskCall, event: TranscriptionChanged | RecordingChanged | ActingChanged | DraftChanged | GuideChanged
) -> DeskCall:
    """One part of the call is told anew, whole."""
    match event:
        case TranscriptionChanged():
            return replace(call, transcribed=event.transcribed)
        case RecordingChanged():
            return replace(call, recording=event.recording)
        case ActingChanged():
            return replace(call, acting=event.acting)
        case DraftChanged():
            return replace(call, draft=event.draft)
        case GuideChanged():
            return replace(call, guide=event.guide)


def _alarms(alarms: tuple[Alarm, ...], event: AlarmRaised | AlarmEnded) -> tuple[Alarm, ...]:
    """One of a kind at a time, the newest last."""
    if isinstance(event, AlarmRaised):
        return (*(alarm for alarm in alarms if alarm.kind != event.alarm.kind), event.alarm)
    return tuple(alarm for alarm in alarms if alarm.alarm_id != event.alarm_id)


def _with_words(transcript: tuple[Utterance, ...], utterance: Utterance) -> tuple[Utterance, ...]:
    """Replace the utterance of the same id, or put it in by its start; without text it is taken back.

    Looks back `LATE_S` seconds at most, so the cost does not grow with the call.
    """
    index = _place(transcript, utterance, same=True)
    known = transcript[index] if index < len(transcript) else None
    if known is None or known.utterance_id != utterance.utterance_id:
        return _inserted(transcript, utterance)
    without = (*transcript[:index], *transcript[index + 1 :])
    if not known.final:  # what passed by is in no snapshot: it must not decide where the final words stand
        return _inserted(without, utterance)
    if not utterance.final:  # came late, after its own end
        return transcript
    return (*transcript[:index], utterance, *transcript[index + 1 :]) if utterance.text else without


def _inserted(transcript: tuple[Utterance, ...], utterance: Utterance) -> tuple[Utterance, ...]:
    if not utterance.text:
        return transcript
    index = _place(transcript, utterance, same=False)
    return (*transcript[:index], utterance, *transcript[index:])[-MOST_UTTERANCES:]


def _place(transcript: tuple[Utterance, ...], utterance: Utterance, *, same: bool) -> int:
    """The index of the utterance of the same id (where `same`), from the end; else where it belongs by its start."""
    found = len(transcript)
    for index in range(len(transcript) - 1, -1, -1):
        known = transcript[index]
        if same and known.utterance_id == utterance.utterance_id:
            return index
        if known.start_s > utterance.start_s:
            found = index
        elif known.end_s + LATE_S < utterance.start_s:
            break
    return found
