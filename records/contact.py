"""The words a contact is documented in: values, without a word of SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.events import Message
from records.transcript import Mask, SpokenWord

Verification = Literal["none", "number_match", "knowledge", "pin"]
"""How well the caller is known, from not at all to best; `knowledge`: digits of the SSN and the birth date."""
Consent = Literal["pending", "given", "refused"]
Resolution = Literal["resolved", "transferred", "follow_up", "unresolved"]


class Said(Message, frozen=True, kw_only=True):
    """Words of the transcript: from `first` to `last` (exclusive), counted from 0 as the utterance splits at spaces."""

    utterance_id: str
    first: int
    last: int


class ProposedUpdate(Message, frozen=True, kw_only=True):
    """Something the caller gave that belongs in the pension system; a proposal, never applied from here.

    `value` is plain: lower case, figures, no punctuation. `written` is the same as people write it, "" where an agent
    typed the value. `confidence` runs from 0 to 1; an agent's own is certain.
    """

    field: str
    value: str
    old_value: str = ""  # what the pension system has, where that is known
    written: str = ""
    confidence: float = 1.0
    said: tuple[Said, ...] = ()


class Noted(Message, frozen=True, kw_only=True):
    """A line of the documentation and the words it came from."""

    text: str
    said: tuple[Said, ...] = ()


class Promised(Message, frozen=True, kw_only=True):
    """What the agent promised. `due` is a date as 2026-03-09, "" where no time was said; `when` is what was said."""

    text: str
    due: str = ""
    when: str = ""
    said: tuple[Said, ...] = ()


Medium = Literal["mail", "email", "text", "fax"]


class Correspondence(Message, frozen=True, kw_only=True):
    """Something that has to be sent: a task for whoever sends it. `due` as a promise's."""

    what: str
    medium: Medium
    due: str = ""
    said: tuple[Said, ...] = ()


class Ground(Message, frozen=True, kw_only=True):
    """What a part of the draft rests on. `part`: "reason", "resolution", or a topic as "topic:refund"."""

    part: str
    said: tuple[Said, ...]


Disposition = Literal["", "information", "change", "report", "request", "callback", "referral"]
"""What kind of contact it was, for the figures: told something, took a change, took a report (of a death, a complaint),
took a request (something is sent or worked on), somebody calls back, went on to somebody else. "": cannot be told."""


class ContactDraft(Message, frozen=True, kw_only=True):
    """The documentation of a call as it stands; the agent corrects and confirms it.

    `promises` are the `commitments` with their due dates and words; the agent's list of `commitments` is the one that
    counts once they changed it. `follow_ups` is what remains to be done by others than the promise: by the caller, say.
    """

    topics: tuple[str, ...] = ()
    reason: str = ""
    summary: str = ""
    updates: tuple[ProposedUpdate, ...] = ()
    commitments: tuple[str, ...] = ()
    resolution: Resolution = "unresolved"
    done: tuple[Noted, ...] = ()
    promises: tuple[Promised, ...] = ()
    follow_ups: tuple[Noted, ...] = ()
    correspondence: tuple[Correspondence, ...] = ()
    disposition: Disposition = ""
    grounds: tuple[Ground, ...] = ()


Channel = Literal["call", "letter", "fax", "email", "visit"]
Outcome = Literal["answered", "abandoned", "timeout", "no_agents", "ivr_only", "failed", "unknown"]
"""How a call ended; `unknown` when nobody was watching."""


class Line(Message, frozen=True, kw_only=True):
    """Final words of one speaker. Seconds count from the answer. The same id again replaces the line."""

    utterance_id: str
    speaker: Literal["caller", "agent"]
    name: str
    start_s: float
    end_s: float
    text: str
    confidence: float
    words: tuple[SpokenWord, ...] = ()
    masks: tuple[Mask, ...] = ()


class Step(Message, frozen=True, kw_only=True, tag_field="step", tag=str.lower):
    """Something that happened in the course of a call. Equal steps (`at` included) count once, however often told."""

    at: datetime


class Chose(Step, frozen=True, kw_only=True):
    """The caller took a menu option, said in words; never a key pressed for a secret."""

    option: str


class Queued(Step, frozen=True, kw_only=True):
    queue: str


class Answered(Step, frozen=True, kw_only=True):
    agent_id: str
    agent_name: str
    queue: str = ""


class Held(Step, frozen=True, kw_only=True):
    """A hold that is over."""

    agent_id: str
    seconds: float


class Transferred(Step, frozen=True, kw_only=True):
    kind: Literal["blind", "attended"]
    from_agent_id: str
    target: str
    completed: bool


class Represented(Step, frozen=True, kw_only=True):
    """From `at` on the caller acted for the member by this authority, as it stood then; None: spoke for themselves."""

    authority_id: str | None
    name: str = ""
    kind: str = ""
    may_change: bool = False
    topics: tuple[str, ...] = ()


class Served(Step, frozen=True, kw_only=True):
    """A self-service was used: which, what came of it, and the reference told. Never an amount or what was read out."""

    service: str
    outcome: str
    reference: str = ""


class Walked(Step, frozen=True, kw_only=True):
    """What the caller did in the menu, answer by answer (`ivr.walked`): the call can be made a test of it.

    No secret is in it, no number that was entered and no words that were spoken.
    """

    did: tuple[str, ...]


class Consulted(Step, frozen=True, kw_only=True):
    """A passage of the handbook stood beside the call, or was `opened`: where, in which edition (`version`)."""

    document: str
    anchor: str
    version: str
    label: str
    opened: bool


class Gap(Step, frozen=True, kw_only=True):
    """From `at` on nobody watched (until `until`, when known), so the course is not complete."""

    until: datetime | None
    why: str


AnyStep = Chose | Queued | Answered | Held | Transferred | Represented | Served | Walked | Consulted | Gap


class Contact(Message, frozen=True, kw_only=True):
    """The record of one call, letter, fax, e-mail or visit. The transcript is asked for apart."""

    contact_id: str
    call_id: str | None  # None: not a call
    system: str | None
    linkedid: str | None
    channel: Channel
    caller_number: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    member_id: str | None
    verification: Verification
    consent: Consent
    handwritten: bool  # consent was refused: an agent writes it, nothing is transcribed
    language: str
    course: tuple[AnyStep, ...]  # in the order of their times
    outcome: Outcome | None
    wait_s: float | None
    talk_s: float | None
    incomplete: bool
    speech_model: str
    menu_version: str  # of the menu document that the caller met; "": none
    draft: ContactDraft | None  # the machine's own, kept as it was
    corrected: ContactDraft | None  # as an agent left it, before confirming
    confirmed: ContactDraft | None
    confirmed_at: datetime | None
    confirmed_by: str | None  # an agent's id


class Confirmed(Message, frozen=True, kw_only=True):
    """The contact is in the member's history, once and for all."""

    contact_id: str
    at: datetime
    agent_id: str
