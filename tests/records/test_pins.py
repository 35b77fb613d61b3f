"""Setting a PIN with a code, and the numbers of those who act for a member."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date

import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from core.errors import Problem
from records import sample
from records.audit import Audit
from records.directory import AccessCode, LockedOut, NotProved, Pin, Verified
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pin_rules import weak
from records.pins import CODE_HOLDS, Pins
from records.proofs import IN_A_ROW, Proofs
from records.references import is_access_number
from records.tables import AuditEntry, MemberPin

WALTER = sample.demo().caller("closed_account")
WALTERS_ID = "demo-closed_account"
NEW = "62915"


@pytest.fixture
def audit(plan_db: Database, clock: ManualClock) -> Audit:
    return Audit(plan_db, clock, "key")


@pytest.fixture
def pins(plan_db: Database, clock: ManualClock, passwords: Passwords, audit: Audit) -> Pins:
    return Pins(plan_db, clock, passwords, audit, Proofs(plan_db, clock, passwords, zone=UTC), zone=UTC)


async def test_a_code_sets_a_pin_once(pins: Pins, directory: MemberDirectory):
    code = await pins.issue_code(WALTERS_ID, "dana")
    assert len(code) == 8
    assert await pins.set_pin(WALTERS_ID, code, NEW, call_id="c1") == "set"
    assert await directory.prove(WALTERS_ID, Pin(NEW)) == Verified(level="pin")
    assert await directory.prove(WALTERS_ID, Pin(WALTER.pin or "")) == NotProved()
    assert await pins.set_pin(WALTERS_ID, code, "73914", call_id="c1") == "wrong"


async def test_a_code_for_who_never_had_a_pin(pins: Pins, directory: MemberDirectory):
    code = await pins.issue_code("m000001", "dana")
    assert await pins.set_pin("m000001", code, NEW, call_id="c1") == "set"
    assert await directory.prove("m000001", Pin(NEW)) == Verified(level="pin")


async def test_two_who_use_one_code_at_once_set_one_pin(pins: Pins, directory: MemberDirectory):
    code = await pins.issue_code(WALTERS_ID, "dana")
    wanted = ("62915", "81306")
    results = await asyncio.gather(*(pins.set_pin(WALTERS_ID, code, pin, call_id="c1") for pin in wanted))
    assert sorted(results) == ["set", "wrong"]
    proved = [await directory.prove(WALTERS_ID, Pin(pin)) for pin in wanted]
    assert proved[results.index("set")] == Verified(level="pin")
    assert proved[results.index("wrong")] == NotProved()


async def test_a_new_code_makes_the_old_one_void_and_none_holds_for_ever(pins: Pins, clock: ManualClock):
    old = await pins.issue_code(WALTERS_ID, "dana")
    new = await pins.issue_code(WALTERS_ID, "dana")
    assert await pins.set_pin(WALTERS_ID, old, NEW, call_id="c1") == "wrong"
    clock.advance(CODE_HOLDS.total_seconds())
    assert await pins.set_pin(WALTERS_ID, new, NEW, call_id="c1") == "wrong"


@pytest.mark.parametrize(("member_id", "code"), [(WALTERS_ID, ""), (WALTERS_ID, "1"), ("nobody", "1"), ("m000001", "")])
async def test_no_other_code_sets_one(pins: Pins, member_id: str, code: str):
    assert await pins.set_pin(member_id, code, NEW, call_id="c1") == "wrong"


async def test_wrong_codes_lock_like_wrong_pins_and_an_agent_who_gives_a_code_ends_that(
    pins: Pins, directory: MemberDirectory
):
    code = await pins.issue_code(WALTERS_ID, "dana")
    for _ in range(IN_A_ROW.failures):
        assert await pins.set_pin(WALTERS_ID, "00000000", NEW, call_id="c1") == "wrong"
    assert await pins.set_pin(WALTERS_ID, code, NEW, call_id="c1") == "locked"
    assert isinstance(await directory.prove(WALTERS_ID, Pin(WALTER.pin or "")), LockedOut)

    code = await pins.issue_code(WALTERS_ID, "dana")
    assert await pins.set_pin(WALTERS_ID, code, NEW, call_id="c1") == "set"


async def test_a_weak_pin_is_refused_and_the_code_still_holds(pins: Pins):
    code = await pins.issue_code(WALTERS_ID, "dana")
    for pin in ("1111", "1951", "1117", WALTER.ssn4 or "", "10041745"[2:6], "", "123", "123456789", "12a4"):
        assert await pins.set_pin(WALTERS_ID, code, pin, call_id="c1") == "weak"
    assert await pins.set_pin(WALTERS_ID, code, NEW, call_id="c1") == "set"


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("0000", "repeats"),
        ("1212", "repeats"),
        ("482482", "repeats"),
        ("1234", "sequence"),
        ("9876", "sequence"),
        ("8901", "sequence"),
        ("2580", "sequence"),
        ("0322", "date"),
        ("2203", "date"),
        ("032247", "date"),
        ("03221947", "date"),
        ("1947", "date"),
        ("2019", "date"),
        ("0410", "member number"),
        ("123", "4 to 8"),
        ("123456789", "4 to 8"),
        ("48२7", "4 to 8"),
        ("4827", ""),
        ("39174", ""),
    ],
)
def test_what_is_easily_guessed_is_no_pin(pin: str, why: str):
    said = weak(pin, born=date(1947, 3, 22), member_number="10041009")
    assert why in said
    assert bool(said) == bool(why)


async def test_nobody_gives_a_code_to_a_minor_or_to_nobody(pins: Pins):
    with pytest.raises(Problem, match="minor"):
        await pins.issue_code("demo-minor", "dana")
    with pytest.raises(Problem, match="no such member"):
        await pins.issue_code("nobody", "dana")


async def test_who_acts_for_a_member_is_given_a_number_that_stays_and_a_code_that_changes(
    pins: Pins, directory: MemberDirectory
):
    first = await pins.issue_access("demo-minor-0", "dana")
    second = await pins.issue_access("demo-minor-0", "dana")
    assert first.number == second.number
    assert is_access_number(second.number)
    acting = await directory.by_access(second.number)
    assert acting is not None
    assert acting.authority.name == "Rosalind Prescott"
    assert await directory.prove("demo-minor", AccessCode("demo-minor-0", first.code)) == NotProved()
    assert await directory.prove("demo-minor", AccessCode("demo-minor-0", second.code)) == Verified(level="pin")


async def test_no_number_is_given_for_a_paper_that_ended(pins: Pins):
    with pytest.raises(Problem, match="Harold Pickens may not act for the member: ended on"):
        await pins.issue_access("demo-new_address-1", "dana")
    with pytest.raises(Problem, match="no such authority"):
        await pins.issue_access("no such record", "dana")


async def test_giving_and_setting_are_in_the_audit_log_and_no_secret_is_anywhere(
    pins: Pins, audit: Audit, plan_db: Database, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    code = await pins.issue_code(WALTERS_ID, "dana")
    access = await pins.issue_access("demo-minor-0", "luis")
    await pins.set_pin(WALTERS_ID, code, NEW, call_id="c1")

    looks = (await audit.looks(limit=10)).items
    assert [(look.agent_id, look.action, look.member_id, look.why) for look in reversed(looks)] == [
        ("dana", "pin_code", WALTERS_ID, "a code to set a PIN was given"),
        ("luis", "access_code", "demo-minor", "an access code was given"),
        ("caller", "pin_set", WALTERS_ID, "call c1"),
    ]
    rows = await plan_db.read(
        lambda session: repr(
            [*session.execute(select(AuditEntry.__table__)), *session.execute(select(MemberPin.__table__))]
        )
    )
    for secret in (code, access.code, NEW):
        assert secret not in rows
        assert secret not in caplog.text
