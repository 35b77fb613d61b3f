"""The sample plan: the same people every time, plausible ones, and nobody's real number."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from sqlalchemy import func, select

import migrations
from core.database import Database, bulk_engine
from core.errors import Problem
from core.tables import Base
from records import sample
from records.member_number import is_valid
from records.sample.people import People
from records.sample.plan import DemoPerson, plan
from records.tables import Beneficiary, Contact, Member, MemberPhone

TODAY = date(2026, 3, 10)


def everything(people: People) -> dict[str, list[dict[str, Any]]]:
    return {
        "employers": people.employers(),
        "members": list(people.members()),
        "phones": list(people.phones()),
        "beneficiaries": list(people.beneficiaries()),
        "matters": list(people.matters()),
        "contacts": list(people.contacts(["dana"])),
    }


def test_the_same_size_and_day_give_the_same_plan():
    assert everything(People(plan(), 300, TODAY)) == everything(People(plan(), 300, TODAY))


def test_the_whole_plan_has_telephones_for_everybody_who_has_one():
    people = People(plan(), sample.MEMBERS, TODAY)
    numbers = [row["e164"] for row in people.phones()]
    assert 0.88 < len(numbers) / sample.MEMBERS < 0.92
    assert max(Counter(numbers).values()) == 7
    assert sum(1 for count in Counter(numbers).values() if count == 2) > 30_000


def test_more_households_than_numbers_is_a_problem():
    with pytest.raises(Problem, match="telephone numbers"):
        People(plan(), 200_000, TODAY)


def test_every_number_is_of_an_exchange_without_subscribers():
    for row in People(plan(), 3000, TODAY).phones():
        number = phonenumbers.parse(row["e164"])
        assert phonenumbers.is_valid_number(number)
        assert row["e164"][5:8] == "555"
        assert row["e164"][8:10] != "01"  # those stay with the demo's callers


def test_what_is_said_of_a_member_fits_together():
    drawn = everything(People(plan(), 3000, TODAY))
    relations = Counter(row["relation"] for row in drawn["members"])
    assert relations["active_member"] > relations["retiree"] > relations["survivor"] > 100
    for row in drawn["members"]:
        assert is_valid(row["member_number"])
        assert (row["benefit_cents"] is None) == (row["relation"] == "active_member")
        assert (row["next_payment_date"] is None) == (row["benefit_cents"] is None)
        age = (TODAY - row["birth_date"]).days / 365.25
        assert age > 21
        assert (row["service_years"] or 0) <= age - 17
    assert len({row["member_number"] for row in drawn["members"]}) == 3000
    shares = Counter[str]()
    for row in drawn["beneficiaries"]:
        shares[row["member_id"]] += row["share_percent"]
    assert set(shares.values()) == {100}
    retired = {row["id"] for row in drawn["members"] if row["relation"] != "active_member"}
    assert not [row for row in drawn["contacts"] if row["topics"] == ["refund"] and row["member_id"] in retired]


async def test_it_is_stored_once_with_the_demos_people(plan_db: Database):
    async def count(table: type[Base]) -> int:
        return await plan_db.read(lambda session: session.scalar(select(func.count()).select_from(table)))

    cast = sample.demo()
    assert await count(Member) == 500 + len(cast.members())
    assert await count(MemberPhone) > 400
    assert await count(Beneficiary) > 400
    assert await count(Contact) > 400


def test_it_is_made_once_and_says_how_far_it_is(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'plan.db'}"
    migrations.upgrade(url)
    told: list[tuple[str, float]] = []
    assert sample.create(url, lambda what, share: told.append((what, share)), members=20, today=TODAY)
    assert not sample.create(url, members=20, today=TODAY)
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[-1] == ("demo callers and agents", 1.0)


def test_a_database_without_tables_is_a_problem(tmp_path: Path):
    (tmp_path / "empty.db").touch()
    with pytest.raises(Problem, match="no such table"):
        sample.create(f"sqlite:///{tmp_path / 'empty.db'}", members=20)


def test_a_failure_leaves_nothing_behind(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'plan.db'}"
    migrations.upgrade(url)

    def stop(what: str, share: float) -> None:
        if what == "beneficiaries":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample.create(url, stop, members=20)
    engine = bulk_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Member)) == 0
    engine.dispose()


def test_the_demos_people_are_who_the_call_scripts_need():
    cast = sample.demo()
    employers = {row["name"] for row in People(plan(), 1, TODAY).employers()}
    assert len({person.key for person in (*cast.callers, *cast.others)}) == len(cast.callers) + len(cast.others)
    assert {person.employer for person in cast.members()} <= employers
    assert {caller.matter for caller in cast.callers} >= {
        "address_change",
        "service_credit",
        "death_report",
        "tax_form_1099r",
    }
    for person in (*cast.callers, *cast.others):
        assert person.phone[5:10] == "55501"
    son = cast.caller("death_report")
    assert (son.relation, son.pin) == ("third_party", None)
    assert son.member_number in {person.member_number for person in cast.members()}


def test_a_demo_caller_with_a_mistyped_number_is_refused():
    with pytest.raises(ValueError, match="check digit"):
        DemoPerson(key="x", name="X Y", relation="retiree", member_number="10041008", phone="+14045550100")
