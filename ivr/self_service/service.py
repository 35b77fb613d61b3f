"""A self-service: what it is called, what it needs, what may come of it. Menus name it; `ivr check` knows its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ivr.dialog.actions import Served
from records.contact import Verification


@dataclass(frozen=True)
class Spec:
    """`outcomes`: each with the values that its prompts may name. `topics`: what an authority must cover.

    `optional`: inputs that a menu may leave out. `changes`: it asks for a change, so whoever acts for the member must
    be allowed that.
    """

    name: str
    about: str
    level: Verification
    outcomes: Mapping[str, tuple[str, ...]]
    inputs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    changes: bool = False


@dataclass(frozen=True)
class Customer:
    """For whom: a verified member ("" where the level is none), on which call, acting by which authority."""

    call_id: str
    member_id: str
    number: str
    language: str
    verification: Verification
    authority: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


class Service(Protocol):
    """May raise `core.errors.Problem`; the caller then goes on to a person."""

    spec: Spec

    async def __call__(self, customer: Customer, now: datetime) -> Served: ...
