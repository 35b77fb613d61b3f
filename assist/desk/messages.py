"""What the desk is told, defined once: published on `agent.<agent id>`, generated to TypeScript for the widget.

A desk is `DeskState`; every event below changes it. State plus events equals a fresh fetch.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from assist.handbook.model import Offered
from core.events import Event, Message
from records.contact import Consent, ContactDraft, Verification
from records.profile import MemberProfile
from telephony.agents.states import AgentState

Speaker = Literal["caller", "agent"]
Transcribed = Literal["live", "refused", "not_asked", "unavailable", "gap", "later"]
RecordingState = Literal["off", "on", "paused", "secret", "failing"]
"""What the recorder does: nothing; keep the sound; nothing for now, as the agent wants it (`paused`) or while a card or
PIN is taken (`secret`); or it would, and the disk does not take it."""
Phase = Literal["ringing", "talking", "held", "wrap_up"]


class Caller(Message, frozen=True, kw_only=True):
    """Who calls, how that is known, and what they did in the menu. Never a key they pressed for a secret."""

    number: str
    verification: Verification
    consent: Consent
    language: str
    chosen: str  # the menu option that led here, in words
    menu_path: tuple[str, ...]
    waited_s: float


class Utterance(Message, frozen=True, kw_only=True):
    """Words of one speaker. Seconds count from the answer. Not final: the text may still change, the id will not."""

    utterance_id: str
    speaker: Speaker
    name: str
    start_s: float
    end_s: float
    text: str
    confidence: float
    final: bool


class Suggestion(Message, frozen=True, kw_only=True):
    suggestion_id: str
    destination: str
    destination_name: str
    confidence: float
    reason: str
    evidence: str
    evidence_utterance_id: str


HeardAlarm = Literal["self_harm", "threat", "abuse", "fraud"]
AlarmKind = Literal[HeardAlarm, "help"]
"""What is heard, or (`help`) that the agent raised a hand."""


class Alarm(Message, frozen=True, kw_only=True):
    """Something was said that needs more than an answer: what to do, step by step, and the words. Empty words: it was
    not said, but follows from what was asked for."""

    alarm_id: str
    kind: AlarmKind
    title: str
    steps: tuple[str, ...]
    evidence: str
    evidence_utterance_id: str


StatementKind = Literal["must_say", "must_not", "verify"]
LetterKind = Literal["form", "packet", "letter"]


class Statement(Message, frozen=True, kw_only=True):
    """What has to be said, must not be said, or has to be asked; and whether the agent said it."""

    statement_id: str
    kind: StatementKind
    text: str
    said: bool


class Letter(Message, frozen=True, kw_only=True):
    """A model letter or form that fits the call. `forms` are the printed forms' numbers."""

    letter_id: str
    title: str
    kind: LetterKind
    about: str
    forms: tuple[str, ...]


class Guide(Message, frozen=True, kw_only=True):
    """What stands beside the call: passages of the handbook, likeliest first, what has to be said, what can be sent."""

    passages: tuple[Offered, ...] = ()
    statements: tuple[Statement, ...] = ()
    letters: tuple[Letter, ...] = ()


class Transfer(Message, frozen=True, kw_only=True):
    destination: str
    destination_name: str
    state: Literal["started", "completed", "failed"]
    why: str = ""


class DeskCall(Message, frozen=True, kw_only=True):
    """One call on one desk. `candidates` are all members the calling number belongs to; `member` the one meant."""

    call_id: str
    phase: Phase
    queue: str
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    caller: Caller
    member: MemberProfile | None
    candidates: tuple[MemberProfile, ...]
    transcribed: Transcribed
    recording: RecordingState
    transcript: tuple[Utterance, ...]
    suggestions: tuple[Suggestion, ...]
    alarms: tuple[Alarm, ...]
    guide: Guide
    transfer: Transfer | None
    briefing: str  # what the agent before this one passed on; empty otherwise
    acting: str | None  # the authority by which the caller acts for the member; null: it is the member, or not known
    draft: ContactDraft


class DeskState(Message, frozen=True, kw_only=True):
    """All that one agent's desk shows."""

    agent_id: str
    agent_name: str
    device: str
    state: AgentState
    speech_model: str  # "demo speech model", or the name of the one in use
    phones_up: bool  # whether we hear from the phone system
    call: DeskCall | None


class DeskEvent(Event, frozen=True, kw_only=True):
    """The base of all that changes a desk."""


class DeskReplaced(DeskEvent, frozen=True, kw_only=True):
    """The desk as it is, whatever was told before: the service began anew."""

    state: DeskState


class StateChanged(DeskEvent, frozen=True, kw_only=True):
    """What the agent is doing, on whichever device or console it was changed."""

    state: AgentState


class SeatChanged(DeskEvent, frozen=True, kw_only=True):
    """The agent signed on with this telephone; empty: with none."""

    agent_name: str
    device: str


class PhonesChanged(DeskEvent, frozen=True, kw_only=True):
    """The phone system went out of hearing, or is back: what the desk shows may be old meanwhile."""

    up: bool


class CallOffered(DeskEvent, frozen=True, kw_only=True):
    """The screen-pop: this agent's phone is about to ring. Replaces whatever call was on the desk."""

    call: DeskCall


class MemberFound(DeskEvent, frozen=True, kw_only=True):
    """Who calls, where that became known, or the agent may see more or less of it, only after the pop was shown."""

    call_id: str
    caller: Caller
    member: MemberProfile | None
    candidates: tuple[MemberProfile, ...]
    briefing: str


class OfferEnded(DeskEvent, frozen=True, kw_only=True):
    """The phone stopped ringing here without an answer: the call leaves the desk."""

    call_id: str
    why: str


class CallChanged(DeskEvent, frozen=True, kw_only=True):
    """The call's phase: answered, held, back, over."""

    call_id: str
    phase: Phase


class TranscriptionChanged(DeskEvent, frozen=True, kw_only=True):
    """Whether words can be expected: `gap` says that some were missed, `unavailable` that none are heard, `later` that
    they are decoded from the recording after the call."""

    call_id: str
    transcribed: Transcribed


class RecordingChanged(DeskEvent, frozen=True, kw_only=True):
    """What the recorder does from now on, as it says itself."""

    call_id: str
    recording: RecordingState


class Words(DeskEvent, frozen=True, kw_only=True):
    """An utterance grew or became final: replace the one with the same id, or add it. Empty text takes it back."""

    call_id: str
    utterance: Utterance


class Suggested(DeskEvent, frozen=True, kw_only=True):
    call_id: str
    suggestion: Suggestion


class SuggestionWithdrawn(DeskEvent, frozen=True, kw_only=True):
    call_id: str
    suggestion_id: str


class AlarmRaised(DeskEvent, frozen=True, kw_only=True):
    """An alarm stands; one of its kind that stood before does no more."""

    call_id: str
    alarm: Alarm


class AlarmEnded(DeskEvent, frozen=True, kw_only=True):
    """Somebody saw to it."""

    call_id: str
    alarm_id: str


class GuideChanged(DeskEvent, frozen=True, kw_only=True):
    """What stands beside the call from now on, all of it."""

    call_id: str
    guide: Guide


class TransferChanged(DeskEvent, frozen=True, kw_only=True):
    call_id: str
    transfer: Transfer


class ActingChanged(DeskEvent, frozen=True, kw_only=True):
    """Who the caller speaks for: somebody who acts for the member by this authority, or (null) the member."""

    call_id: str
    acting: str | None


class DraftChanged(DeskEvent, frozen=True, kw_only=True):
    call_id: str
    draft: ContactDraft


class ContactConfirmed(DeskEvent, frozen=True, kw_only=True):
    """The contact is in the member's history; the desk is free for the next call."""

    call_id: str
    contact_id: str


AnyDeskEvent = (
    DeskReplaced
    | StateChanged
    | SeatChanged
    | PhonesChanged
    | CallOffered
    | MemberFound
    | OfferEnded
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
    | DraftChanged
    | ContactConfirmed
)
