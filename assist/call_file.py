"""All that is known, in memory, about one live call: from it the screen-pop is made the moment a phone rings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from assist.desk.messages import (
    Alarm,
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    Caller,
    DeskCall,
    Guide,
    Phase,
    RecordingChanged,
    RecordingState,
    Transcribed,
    Transfer,
    Utterance,
)
from records.contact import Consent, ContactDraft, Verification
from records.profile import MemberProfile, seen_by

LATE_S = 60.0  # an utterance is in its place but for so much
_WITHOUT_CONSENT: dict[Consent, Transcribed] = {"refused": "refused", "pending": "not_asked"}


@dataclass(frozen=True)
class HandedOver:
    """Who sent the call on to a colleague, and the caller's words that made them."""

    by: str
    name: str
    in_their_words: str


@dataclass
class CallFile:
    """One call. The profile is fetched as soon as somebody is known to call, long before an agent's phone rings."""

    call_id: str
    caller_number: str
    started_at: datetime
    member_id: str | None = None
    member: MemberProfile | None = None
    candidates: tuple[MemberProfile, ...] = ()
    verification: Verification = "none"
    consent: Consent = "pending"
    language: str = "en"
    chosen: str = ""
    menu_path: tuple[str, ...] = ()
    queue: str = ""
    waiting_since: datetime | None = None
    waited_s: float = 0.0
    answered_at: datetime | None = None
    transcribed: Transcribed = "live"  # until something is in the way
    recording: RecordingState = "off"  # until the recorder says otherwise
    transcript: list[Utterance] = field(default_factory=list)
    alarms: dict[AlarmKind, Alarm] = field(default_factory=dict)  # those that stand, by kind
    draft: ContactDraft = field(default_factory=ContactDraft)
    edited: bool = False  # an agent has corrected the draft: it is theirs now
    handed_over: HandedOver | None = None
    transfer: Transfer | None = None
    acting: str | None = None  # the authority by which the caller acts for the member
    ended_at: datetime | None = None
    on_desks: set[str] = field(default_factory=set)  # ids of the agents whose desk shows this call
    talking: str | None = None  # the id of the agent who talks with the caller now
    looks: set[tuple[str, str, str]] = field(default_factory=set)  # on record already: who, how, at which member

    def how_transcribed(self) -> Transcribed:
        """Nothing is, without the caller's consent."""
        return _WITHOUT_CONSENT.get(self.consent, self.transcribed)

    def hear(self, utterance: Utterance) -> None:
        """Keep final words; those of a known id take the place of the earlier ones."""
        if not (utterance.final and utterance.text):
            return
        for place in range(len(self.transcript) - 1, -1, -1):
            if self.transcript[place].utterance_id == utterance.utterance_id:
                self.transcript[place] = utterance
                return
            if self.transcript[place].start_s < utterance.start_s - LATE_S:
                break
        self.transcript.append(utterance)

    def take(self, event: RecordingChanged | AlarmRaised | AlarmEnded) -> None:
        """Keep what is told of the call once, whoever has it."""
        if isinstance(event, RecordingChanged):
            self.recording = event.recording
        elif isinstance(event, AlarmRaised):
            self.alarms[event.alarm.kind] = event.alarm
        else:
            self.alarms = {kind: one for kind, one in self.alarms.items() if one.alarm_id != event.alarm_id}

    def caller(self, at: datetime) -> Caller:
        waiting = (at - self.waiting_since).total_seconds() if self.waiting_since else 0.0
        return Caller(
            number=self.caller_number,
            verification=self.verification,
            consent=self.consent,
            language=self.language,
            chosen=self.chosen,
            menu_path=self.menu_path,
            waited_s=round(self.waited_s + max(waiting, 0.0), 1),
        )

    def pop(self, phase: Phase, at: datetime, *, cleared: bool, briefing: str) -> DeskCall:
        """What goes on the desk of the agent whose phone is about to ring; `cleared` for protected members or not."""
        return DeskCall(
            call_id=self.call_id,
            phase=phase,
            queue=self.queue,
            offered_at=at,
            answered_at=at if phase == "talking" else None,
            ended_at=None,
            caller=self.caller(at),
            member=seen_by(self.member, cleared=cleared) if self.member else None,
            candidates=tuple(seen_by(one, cleared=cleared) for one in self.candidates),
            transcribed=self.how_transcribed(),
            recording=self.recording,
            transcript=tuple(self.transcript),
            suggestions=(),
            alarms=tuple(self.alarms.values()),
            guide=Guide(),  # for whom rings: it is told anew once they answered
            transfer=None,
            briefing=briefing,
            acting=self.acting,
            draft=self.draft,
        )
