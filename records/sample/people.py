"""The sample plan's people, drawn: rows for the tables, the same ones for the same seed, size and day. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Problem
from records import member_number
from records.sample.plan import Plan

SEED = 1947
Rows = list[dict[str, Any]]
Ints = NDArray[np.int64]

_RELATIONS = ("active_member", "retiree", "survivor")
_SHARES = (0.55, 0.38, 0.07)
_AGES = ((22, 66), (56, 95), (40, 96))
_CHANNELS = ("call", "letter", "email", "visit", "fax")
_CHANNEL_SHARES = (0.80, 0.08, 0.08, 0.03, 0.01)
_STATUS = {
    "active_member": ("contributing", "contributing", "contributing", "on leave", "left employment, vested"),
    "retiree": (
        "receiving benefit",
        "receiving benefit",
        "receiving benefit",
        "receiving benefit",
        "payment suspended",
    ),
    "survivor": ("receiving benefit",) * 5,
}
_FIRST_SERIAL, _SERIALS = 2_000_000, 7_000_000  # below stand the demo's callers
_LINES = 9_900  # of an area code's exchange 555: the last four digits without 0100-0199, which stay with the demo
_WITHOUT_PHONE, _IN_PAIRS = 0.10, 0.50
_CARE_HOME = 7


class People:
    """`count` members as of `today`. Each method gives the rows of one table, in the order of their keys."""

    def __init__(self, plan: Plan, count: int, today: date) -> None:
        self._plan, self._count, self._today = plan, count, today
        self._draw = np.random.default_rng(SEED)
        self._relation = self._draw.choice(3, count, p=_SHARES)
        low, high = np.array(_AGES).T
        self._age_days = (self._draw.uniform(low[self._relation], high[self._relation]) * 365.25).astype(int)
        self._first = self._integers(len(plan.first_names))
        self._serial = self._draw.choice(_SERIALS, count, replace=False) + _FIRST_SERIAL
        self._household = self._households()
        homes = int(self._household.max()) + 1
        self._home_city = self._draw.integers(0, len(plan.cities), homes)
        self._home_street = self._draw.integers(0, len(plan.streets), homes)
        self._home_number = self._draw.integers(1, 4000, homes)
        self._last = self._draw.integers(0, len(plan.last_names), homes)[self._household]
        self._phone = self._phones()

    def _integers(self, below: int) -> Ints:
        return self._draw.integers(0, below, self._count)

    def _households(self) -> Ints:
        """A household's number for each member: half of all live in pairs, the others alone, in no order."""
        pairs = int(self._count * _IN_PAIRS) // 2
        household = np.concatenate(
            [np.repeat(np.arange(pairs), 2), np.arange(pairs, pairs + self._count - 2 * pairs)],
        )
        if self._count >= 100:
            household[-_CARE_HOME:] = household[-1]  # one telephone, more members than a desk shows
        return self._draw.permutation(household)

    def _phones(self) -> NDArray[np.object_]:
        """Each household's number, None for a tenth of the members (and never two households with the same)."""
        area_codes = self._plan.area_codes
        homes = int(self._household.max()) + 1
        shared = np.bincount(self._household) > 1
        alone_without = _WITHOUT_PHONE / (1 - _IN_PAIRS)
        has_one = shared | (self._draw.random(homes) >= alone_without)
        if int(has_one.sum()) > _LINES * len(area_codes):
            raise Problem(
                f"the sample plan has telephone numbers for {_LINES * len(area_codes)} households at most",
                remedy="Ask for fewer members",
            )
        drawn = self._draw.permutation(_LINES * len(area_codes))
        numbers = np.full(homes, None, dtype=object)
        for home, at in zip(np.flatnonzero(has_one), drawn, strict=False):
            area, line = divmod(int(at), _LINES)
            numbers[home] = f"+1{area_codes[area]}555{line if line < 100 else line + 100:04d}"
        return numbers[self._household]

    def employers(self) -> Rows:
        named = [
            (name.format(place=place), kind, place)
            for place in self._plan.places
            for kind, name in self._plan.employers.items()
        ]
        return [{"id": f"e{n:04d}", "name": name, "kind": kind, "city": at} for n, (name, kind, at) in enumerate(named)]

    def members(self) -> Iterator[dict[str, Any]]:
        plan = self._plan
        employers = len(plan.places) * len(plan.employers)
        employer, status, flag, seed = (self._integers(below) for below in (employers, 5, 12 * len(plan.flags), 100))
        share, benefit, net = (
            self._draw.random(self._count),
            self._benefits(),
            self._draw.uniform(0.78, 0.95, self._count),
        )
        paid_on, paid_before = next_payment(self._today), last_payment(self._today)
        for n in range(self._count):
            relation = _RELATIONS[self._relation[n]]
            first, last = plan.first_names[self._first[n]], plan.last_names[self._last[n]]
            age = self._age_days[n] / 365.25
            years = _service_years(relation, age, float(share[n]))
            cents = None if relation == "active_member" else int(benefit[n])
            home = self._household[n]
            city, zip_code = plan.cities[self._home_city[home]]
            yield {
                "id": member_id(n),
                "member_number": member_number.make(int(self._serial[n])),
                "first_name": first,
                "last_name": last,
                "birth_date": self._today - timedelta(days=int(self._age_days[n])),
                "relation": relation,
                "status": _STATUS[relation][status[n]],
                "plan": plan.plan,
                "tier": plan.tiers[0 if age > 62 else 1 if age > 45 else 2],
                "employer_id": f"e{employer[n]:04d}",
                "service_years": years,
                "address": [
                    f"{self._home_number[home]} {plan.streets[self._home_street[home]]}",
                    f"{city}, GA {zip_code}",
                ],
                "email": f"{first}.{last}{n}@example.org".lower() if seed[n] < 70 else "",
                "benefit_cents": cents,
                "next_payment_date": None if cents is None else paid_on,
                "next_payment_cents": None if cents is None else int(cents * net[n]),
                "last_payment_date": None if cents is None else paid_before,
                "last_payment_cents": None if cents is None else int(cents * net[n]),
                "flags": [plan.flags[flag[n]]] if flag[n] < len(plan.flags) else [],
            }

    def phones(self) -> Iterator[dict[str, Any]]:
        for n, number in enumerate(self._phone):
            if number is not None:
                yield {"member_id": member_id(n), "position": 0, "e164": number}

    def beneficiaries(self) -> Iterator[dict[str, Any]]:
        plan = self._plan
        how_many = self._draw.choice(4, self._count, p=(0.12, 0.58, 0.22, 0.08))
        first = self._draw.integers(0, len(plan.first_names), (self._count, 3))
        relation = self._draw.integers(0, len(plan.relations), (self._count, 3))
        shares = ((), (100,), (50, 50), (34, 33, 33))
        for n in range(self._count):
            last = plan.last_names[self._last[n]]
            for place, percent in enumerate(shares[how_many[n]]):
                yield {
                    "member_id": member_id(n),
                    "position": place,
                    "name": f"{plan.first_names[first[n, place]]} {last}",
                    "relation": plan.relations[relation[n, place]],
                    "share_percent": percent,
                }

    def matters(self) -> Iterator[dict[str, Any]]:
        topics = list(self._plan.matters.items())
        topic, ago = self._integers(len(topics)), self._integers(120)
        state = self._draw.random(self._count)  # below 0.06: under way; below 0.10: done
        now = _noon(self._today)
        for n in np.flatnonzero(state < 0.10):
            name, title = topics[topic[n]]
            opened = now - timedelta(days=int(ago[n]) + 1)
            yield {
                "id": f"k{n:06d}",
                "member_id": member_id(int(n)),
                "topic": name,
                "title": title,
                "opened_at": opened,
                "closed_at": None if state[n] < 0.06 else opened + timedelta(days=1),
            }

    def contacts(self, agents: list[str]) -> Iterator[dict[str, Any]]:
        """Earlier contacts, some 1.3 a member, each confirmed by one of `agents`."""
        topics = [
            [(name, topic.summary) for name, topic in self._plan.contacts.items() if relation in topic.of]
            for relation in _RELATIONS
        ]
        of = np.repeat(np.arange(self._count), self._draw.poisson(1.3, self._count))
        total = len(of)
        pick, days, second, talk = (
            self._draw.random(total),
            np.minimum(self._draw.exponential(300, total), 3000) + 1,
            self._draw.integers(0, 8 * 3600, total),
            self._draw.gamma(2.0, 150.0, total) + 20,
        )
        channel = self._draw.choice(5, total, p=_CHANNEL_SHARES)
        wait, agent = self._draw.exponential(60, total), self._draw.integers(0, len(agents), total)
        resolved = self._draw.random(total)
        morning = _noon(self._today) + timedelta(hours=1)
        for k in range(total):
            n = int(of[k])
            choices = topics[self._relation[n]]
            topic, summary = choices[int(pick[k] * len(choices))]
            started = morning - timedelta(days=int(days[k])) + timedelta(seconds=int(second[k]))
            call = _CHANNELS[channel[k]] == "call"
            ended = started + timedelta(seconds=int(wait[k] + talk[k]))
            yield {
                "id": f"c{k:07d}",
                "channel": _CHANNELS[channel[k]],
                "caller_number": (self._phone[n] or "") if call else "",
                "started_at": started,
                "answered_at": started + timedelta(seconds=int(wait[k])) if call else None,
                "ended_at": ended,
                "member_id": member_id(n),
                "verification": "pin" if call else "none",
                "outcome": "answered" if call else None,
                "wait_s": float(int(wait[k])) if call else None,
                "talk_s": float(int(talk[k])) if call else None,
                "topics": [topic],
                "summary": summary,
                "resolution": "resolved" if resolved[k] < 0.8 else "follow_up",
                "confirmed_at": ended + timedelta(seconds=45),
                "confirmed_by": agents[agent[k]],
            }

    def _benefits(self) -> Ints:
        """Monthly, in cents: some $2,000 for retirees, about half for survivors."""
        drawn = self._draw.lognormal(7.6, 0.45, self._count) * 100
        return np.where(self._relation == 2, drawn * 0.5, drawn).astype(int)


def _service_years(relation: str, age: float, share: float) -> float | None:
    """Quarter years: since 21 at most for who still works, 10 to 38 for who retired, none of a survivor's own."""
    if relation == "survivor":
        return None
    return round((share * min(age - 21, 38) if relation == "active_member" else 10 + share * 28) * 4) / 4


def member_id(n: int) -> str:
    return f"m{n:06d}"


def next_payment(day: date) -> date:
    """Benefits are paid on the first of each month; the next one after `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_payment(day: date) -> date:
    return day.replace(day=1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
