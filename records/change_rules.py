"""When a change may go to the pension system. Pure: what stands and what happens go in, what then stands comes out.

Ordinary fields go as soon as an agent has confirmed them. What a thief would change waits: until a second person has
looked, until the member was told where they could be reached before, and until they had time to object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args

import msgspec

from core.access import Role
from core.errors import Problem
from core.events import Message

State = Literal["proposed", "waiting", "approved", "sent", "done", "refused", "failed", "reversed"]
"""`proposed`: an agent has to confirm or correct it. `waiting`: for what `lacking` says. `approved`: in the outbox.
`sent`: given to the pension system, whose answer is not known yet. The others are ends: `done`, `refused` by a
colleague, `failed` (the pension system will not have it), `reversed` before it went."""

STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("proposed", "waiting", "approved", "sent")
UNSENT: tuple[State, ...] = ("proposed", "waiting", "approved")


class NotNow(Problem):
    """What was asked is not to be had as things stand; nothing has changed."""


class Safeguard(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has to be there before a change goes. `wait_hours` count from the notice, or from the confirmation."""

    second_person: bool = False
    wait_hours: Annotated[float, msgspec.Meta(ge=0, le=24 * 366)] = 0.0
    notice: bool = False  # to where the member could be reached before

    def and_also(self, other: Safeguard) -> Safeguard:
        """Whatever either asks for."""
        return Safeguard(
            second_person=self.second_person or other.second_person,
            wait_hours=max(self.wait_hours, other.wait_hours),
            notice=self.notice or other.notice,
        )


NONE = Safeguard()
STRICT = Safeguard(second_person=True, wait_hours=72.0, notice=True)


class Combination(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of `field` and any of `others` (changes or requests) within so many days, whichever comes first."""

    field: str
    others: tuple[str, ...]
    within_days: Annotated[float, msgspec.Meta(gt=0, le=366)]


class ChangeRules(Message, frozen=True, kw_only=True):
    """The plan's rules. A field that is not named has no safeguard but the agent who confirms it."""

    fields: Mapping[str, Safeguard] = msgspec.field(
        default_factory=lambda: {"bank_details": STRICT, "date_of_death": STRICT}
    )
    combinations: tuple[Combination, ...] = (
        Combination(field="mailing_address", others=("refund", "phone"), within_days=30),
    )
    combined: Safeguard = STRICT  # of what meets a combination
    second_by: tuple[Role, ...] = ("senior", "specialist", "supervisor")

    @property
    def window(self) -> timedelta:
        """How far back the rules look."""
        return timedelta(days=max((each.within_days for each in self.combinations), default=0.0))


class Occurrence(Message, frozen=True, kw_only=True):
    """Something about the member that a combination may name: a change of a field, a request, a topic."""

    what: str
    at: datetime


class Standing(Message, frozen=True, kw_only=True):
    """How far a change has come. `by` are agents' ids; `proposed_by` None: the caller, in the menu.

    `reasons` say why it is held, in words; `why` is what was said when it ended.
    """

    field: str
    state: State
    proposed_at: datetime
    proposed_by: str | None = None
    safeguard: Safeguard = NONE
    reasons: tuple[str, ...] = ()
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    seconded_by: str | None = None
    seconded_at: datetime | None = None
    noticed_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    why: str = ""


# --- what can happen ----------------------------------------------------------------------------


class Confirmed(Message, frozen=True, kw_only=True, tag=True):
    """An agent stands for the values, as they are now."""

    by: str


class Seconded(Message, frozen=True, kw_only=True, tag=True):
    by: str
    role: Role


class Refused(Message, frozen=True, kw_only=True, tag=True):
    by: str
    role: Role
    why: str = ""


class Reversed(Message, frozen=True, kw_only=True, tag=True):
    """Taken back before it went, by whomever: to stop is always safe."""

    by: str
    why: str = ""


class Noticed(Message, frozen=True, kw_only=True, tag=True):
    """The member was told at their old contact; `by` an agent, or None: by whatever carries notices."""

    by: str | None = None


class Followed(Message, frozen=True, kw_only=True, tag=True):
    """Something else about the member meets a combination with this change."""

    what: str


class Passed(Message, frozen=True, kw_only=True, tag=True):
    """Time has."""


class Taken(Message, frozen=True, kw_only=True, tag=True):
    """It is about to be given to the pension system. Told again when it is tried again."""


class Ended(Message, frozen=True, kw_only=True, tag=True):
    """The pension system has it, or will not have it."""

    done: bool
    why: str = ""


AnyAct = Confirmed | Seconded | Refused | Reversed | Noticed | Followed | Passed | Taken | Ended


def proposed(
    field: str, *, at: datetime, by: str | None, rules: ChangeRules, occurred: Iterable[Occurrence] = ()
) -> Standing:
    """A change at its beginning. `occurred`: what is known of the member, the window back (and what came with it)."""
    safeguard, reasons = rules.fields.get(field, NONE), []
    if safeguard != NONE:
        reasons.append(f"{said(field)} is always held")
    for other in {occurrence.what: occurrence for occurrence in occurred if meets(rules, field, occurrence, at)}:
        safeguard = safeguard.and_also(rules.combined)
        reasons.append(_together(field, other))
    return Standing(
        field=field, state="proposed", proposed_at=at, proposed_by=by, safeguard=safeguard, reasons=tuple(reasons)
    )


def meets(rules: ChangeRules, field: str, other: Occurrence, at: datetime) -> bool:
    """Whether a change of `field` at `at` and `other` are a combination."""
    apart = abs(at - other.at)
    return other.what != field and any(
        apart <= timedelta(days=each.within_days)
        and ((each.field == field and other.what in each.others) or (each.field == other.what and field in each.others))
        for each in rules.combinations
    )


def due_at(standing: Standing) -> datetime | None:
    """When the waiting period is over; None where it has not begun."""
    begun = standing.noticed_at if standing.safeguard.notice else standing.confirmed_at
    return None if begun is None else begun + timedelta(hours=standing.safeguard.wait_hours)


def lacking(standing: Standing, at: datetime) -> tuple[str, ...]:
    """What has to be there before this goes, in words; empty: nothing."""
    missing = []
    if standing.confirmed_by is None:
        missing.append("an agent who confirms it")
    if standing.safeguard.second_person and not _second_stands(standing):
        missing.append("a second person")
    if standing.safeguard.notice and standing.noticed_at is None:
        missing.append("notice to the member's old contact")
    elif (due := due_at(standing)) is not None and at < due:
        missing.append(f"the waiting period until {due:%Y-%m-%d %H:%M} UTC")
    return tuple(missing)


def moved(standing: Standing, act: AnyAct, at: datetime, rules: ChangeRules) -> Standing:
    """What stands after `act`. Raises `NotNow`; what was told already and changes nothing gives back the same."""
    match act:
        case Confirmed():
            return _confirmed(standing, act, at)
        case Seconded():
            return _seconded(standing, act, at, rules)
        case Refused():
            return _refused(standing, act, at, rules)
        case Reversed():
            return _stopped(standing, "reversed", act.by, act.why, at)
        case Noticed():
            return _noticed(standing, act, at)
        case Followed():
            return _followed(standing, act, at, rules)
        case Passed():
            return _settled(standing, at)
        case Taken():
            return _taken(standing, at)
        case Ended():
            return _ended(standing, act, at)


def said(field: str) -> str:
    """A field in words."""
    return field.replace("_", " ")


def _confirmed(standing: Standing, act: Confirmed, at: datetime) -> Standing:
    if standing.confirmed_by == act.by and standing.state != "proposed":
        return standing
    if standing.state != "proposed":
        raise NotNow(f"this change is {standing.state} already", place=standing.field)
    return _settled(_with(standing, state="waiting", confirmed_by=act.by, confirmed_at=at), at)


def _seconded(standing: Standing, act: Seconded, at: datetime, rules: ChangeRules) -> Standing:
    if standing.seconded_by == act.by:
        return standing
    if standing.state != "waiting":
        raise NotNow(f"this change is {standing.state}, not waiting", place=standing.field)
    if standing.seconded_by is not None:
        raise NotNow("a second person has approved it already", place=standing.field)
    if act.by in (standing.confirmed_by, standing.proposed_by):
        raise NotNow("the second person must be another than the first", remedy="Ask a colleague to look")
    if act.role not in rules.second_by:
        raise NotNow(f"the second person must be {' or '.join(rules.second_by)}", remedy="Ask a colleague to look")
    return _settled(_with(standing, seconded_by=act.by, seconded_at=at), at)


def _refused(standing: Standing, act: Refused, at: datetime, rules: ChangeRules) -> Standing:
    if standing.state == "waiting" and act.role not in rules.second_by:
        raise NotNow(f"only {' or '.join(rules.second_by)} may refuse what waits", remedy="Reverse it instead")
    return _stopped(standing, "refused", act.by, act.why, at)


def _noticed(standing: Standing, act: Noticed, at: datetime) -> Standing:
    if standing.noticed_at is not None or standing.state not in UNSENT:
        return standing
    if act.by is not None and act.by in (standing.confirmed_by, standing.proposed_by):
        raise NotNow("the notice must be sent by another than who proposed the change", remedy="Ask a colleague")
    return _settled(_with(standing, noticed_at=at), at)


def _taken(standing: Standing, at: datetime) -> Standing:
    if standing.state == "sent":
        return standing
    if standing.state != "approved" or lacking(standing, at):
        raise NotNow(f"a change that is {standing.state} does not go", place=standing.field)
    return _with(standing, state="sent")


def _ended(standing: Standing, act: Ended, at: datetime) -> Standing:
    if standing.state in ("done", "failed"):
        return standing
    if standing.state != "sent":
        raise NotNow(f"a change that is {standing.state} was never sent", place=standing.field)
    return _with(standing, state="done" if act.done else "failed", decided_at=at, why=act.why)


def _stopped(standing: Standing, state: State, by: str, why: str, at: datetime) -> Standing:
    if standing.state == state and standing.decided_by == by:
        return standing
    if standing.state not in UNSENT:
        remedy = "Propose the opposite change" if standing.state in ("sent", "done") else ""
        raise NotNow(f"this change is {standing.state} already", place=standing.field, remedy=remedy)
    return _with(standing, state=state, decided_by=by, decided_at=at, why=why)


def _followed(standing: Standing, act: Followed, at: datetime, rules: ChangeRules) -> Standing:
    reason = _together(standing.field, act.what)
    if standing.state not in UNSENT or reason in standing.reasons:
        return standing
    safeguard = standing.safeguard.and_also(rules.combined)
    held = _with(standing, safeguard=safeguard, reasons=(*standing.reasons, reason))
    return _settled(held, at)


def _settled(standing: Standing, at: datetime) -> Standing:
    """Waiting or approved, as what is lacking says."""
    if standing.state not in ("waiting", "approved"):
        return standing
    return _with(standing, state="waiting" if lacking(standing, at) else "approved")


def _second_stands(standing: Standing) -> bool:
    return standing.seconded_by is not None and standing.seconded_by not in (
        standing.confirmed_by,
        standing.proposed_by,
    )


def _together(field: str, other: str) -> str:
    return f"{said(field)} and {said(other)} within a short time"


def _with(standing: Standing, **changes: object) -> Standing:
    return msgspec.structs.replace(standing, **changes)
