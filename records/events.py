"""What is known beside what the phone system says.

`CallerKnown` and `MenuWalked` are published on `call.<call id>`, `AgentChanged` on `staff.<agent id>`.
"""

from __future__ import annotations

from datetime import datetime

from core.events import Event
from records.agents import Agent
from records.contact import Consent, Represented, Verification


class CallerKnown(Event, frozen=True, kw_only=True):
    """All that is known of the caller by now; each one replaces the last. No digits of a secret are in it.

    `member_id` without verification is a number match: it says who probably calls and proves nothing.
    """

    call_id: str
    member_id: str | None
    verification: Verification
    consent: Consent
    language: str
    chosen: str
    menu_path: tuple[str, ...]
    menu_version: str = ""  # of the menu document that the caller is in
    acting: Represented | None = None  # the caller has proved that they act for the member by this authority
    answered_at: datetime | None = None  # told again after a restart: the transcript's clock starts there


class MenuWalked(Event, frozen=True, kw_only=True):
    """A visit to the menu is over. What the caller did there, as the contact keeps it: see `records.contact.Walked`."""

    call_id: str
    did: tuple[str, ...]


class AgentChanged(Event, frozen=True, kw_only=True):
    """The person as they stand now. `revoked`: what they may do has become another, so whatever they hold is void."""

    agent: Agent
    revoked: bool = False


class HandbookConsulted(Event, frozen=True, kw_only=True):
    """On `call.<call id>`: a passage of the handbook was shown beside the call, or `opened` by its agent."""

    call_id: str
    document: str
    anchor: str
    version: str
    label: str
    opened: bool


class DeskConnected(Event, frozen=True, kw_only=True):
    """The first connection of somebody's desk stands, or the last one is gone. Published on `desk.<agent id>`."""

    agent_id: str
    there: bool
