"""What the sample plan is made of, read from `plan.yaml` and `demo.yaml` beside this file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from records import member_number

T = TypeVar("T")
Relation = Literal["active_member", "retiree", "survivor"]


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier contact: which relations call about it, and what was written down."""

    of: tuple[Relation, ...]
    summary: str


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that members, employers and earlier contacts are drawn from."""

    plan: str
    tiers: tuple[str, ...]
    area_codes: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    places: tuple[str, ...]
    employers: dict[str, str]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    relations: tuple[str, ...]
    flags: tuple[str, ...]
    matters: dict[str, str]
    contacts: dict[str, Topic]


class DemoBeneficiary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    relation: str
    share_percent: int


class DemoAuthority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Given `days_ago`; for so many `days`, or until it is revoked. By telephone they key the number and the code."""

    name: str
    kind: str
    document: str
    may_change: bool
    days_ago: int
    days: int | None = None
    topics: tuple[str, ...] = ()
    access_number: str | None = None
    code: str | None = None


class DemoContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days_ago: int
    topics: tuple[str, ...]
    resolution: str
    summary: str


class DemoPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody the demo's call scripts speak of. `pin` is None for those who cannot prove who they are."""

    key: str
    name: str
    relation: Literal["active_member", "retiree", "survivor", "third_party"]
    member_number: str
    phone: str
    pin: str | None = None
    ssn4: str | None = None
    matter: str = ""
    birth_date: date = date(1900, 1, 1)
    employer: str = ""
    service_years: float | None = None
    address: tuple[str, ...] = ()
    benefit_cents: int | None = None
    flags: tuple[str, ...] = ()
    open_matters: tuple[str, ...] = ()
    beneficiaries: tuple[DemoBeneficiary, ...] = ()
    contacts: tuple[DemoContact, ...] = ()
    authorities: tuple[DemoAuthority, ...] = ()
    payment_returned: bool = False
    protected: bool = False

    def __post_init__(self) -> None:
        if not member_number.is_valid(self.member_number):
            raise ValueError(f"{self.key}: {self.member_number} is no member number: its check digit does not agree")


class DemoAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    username: str
    name: str
    role: Literal["agent", "supervisor"]
    level: int
    specialties: tuple[str, ...]
    device: str
    queues: dict[str, int]
    password: str


class Demo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who calls and who answers in the demo. `others` are members who are only spoken of."""

    callers: tuple[DemoPerson, ...]
    others: tuple[DemoPerson, ...]
    agents: tuple[DemoAgent, ...]

    def members(self) -> tuple[DemoPerson, ...]:
        """Those of them who are members of the plan."""
        return tuple(person for person in (*self.callers, *self.others) if person.relation != "third_party")

    def caller(self, key: str) -> DemoPerson:
        """The caller that a call script names. Raises `KeyError`."""
        for person in self.callers:
            if person.key == key:
                return person
        raise KeyError(key)


def plan() -> Plan:
    return _read("plan.yaml", Plan)


def demo() -> Demo:
    return _read("demo.yaml", Demo)


def _read(name: str, kind: type[T]) -> T:
    return msgspec.yaml.decode((Path(__file__).parent / name).read_bytes(), type=kind)
