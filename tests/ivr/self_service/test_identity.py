"""Who calls: what a number suggests, what a keyed number names, what proves it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from served_house import HAROLD, JAYLEN, LORETTA, NOW, ROSALIND, TAMIKA, VERNA, WALTER, ZONE, House

from ivr.calling_numbers import ONE_NUMBER, CallingNumbers
from ivr.dialog.actions import Arrival, Found, MemberFacts
from ivr.identity import Identity
from records import references, sample
from records.contact import Represented
from records.member_number import make
from records.passwords import Passwords
from records.proofs import IN_A_ROW
from records.tables import Authority, Member

DEMO = sample.demo()
PEOPLE = {f"demo-{person.key}": person for person in DEMO.members()}
PHONE = "+14045550199"
NOBODY = Found(member=None)


@pytest.fixture
def identity(house: House) -> Identity:
    return Identity(house.office.members, CallingNumbers(house.db, house.clock), house.clock, zone=ZONE)


async def found(identity: Identity, member_id: str = WALTER) -> Found:
    return await identity.find(PEOPLE[member_id].member_number)


def access(authority_id: str) -> tuple[str, str]:
    """An access number and its code."""
    member_id, _, place = authority_id.rpartition("-")
    record = PEOPLE[member_id].authorities[int(place)]
    assert record.access_number
    assert record.code
    return record.access_number, record.code


# --- the number that calls ------------------------------------------------------------------------


async def test_a_number_of_one_member_makes_the_greeting_personal(house: House, identity: Identity):
    await house.office.members.remember_language(WALTER, "es")
    walter = MemberFacts(member_id=WALTER, first_name="Walter", relation="retiree", language="es")
    arrival = await identity.arrival("706-555-0136", "7000")
    assert arrival == Arrival(number="706-555-0136", dialled="7000", member=walter, matches=1)


async def test_a_number_of_several_or_of_none_names_nobody(identity: Identity):
    shared = DEMO.caller("open_enrollment").phone
    assert await identity.arrival(shared, "7000") == Arrival(number=shared, dialled="7000", matches=2)
    for number in ("anonymous", "", "+12025550000", "x" * 5000):
        assert await identity.arrival(number, "7000") == Arrival(number=number, dialled="7000")


async def test_a_protected_member_is_never_named(identity: Identity):
    hidden = MemberFacts(member_id=TAMIKA, protected=True)
    assert (await identity.arrival(PEOPLE[TAMIKA].phone, "7000")).member == hidden
    assert (await found(identity, TAMIKA)).member == hidden


async def test_a_minor_is_known_as_one(identity: Identity):
    facts = (await found(identity, JAYLEN)).member
    assert facts == MemberFacts(member_id=JAYLEN, first_name="Jaylen", relation="survivor", minor=True)


async def test_who_comes_of_age_does_so_in_the_zone_of_the_site(house: House, identity: Identity):
    await house.change(Member, JAYLEN, birth_date=NOW.date().replace(year=2008, day=11))
    house.clock.advance(timedelta(hours=13).total_seconds())  # the 11th in UTC, the 10th there
    assert (await found(identity, JAYLEN)).member == MemberFacts(
        member_id=JAYLEN, first_name="Jaylen", relation="survivor", minor=True
    )
    house.clock.advance(timedelta(hours=2).total_seconds())
    facts = (await found(identity, JAYLEN)).member
    assert facts is not None
    assert not facts.minor


# --- the number that is keyed in ------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    ["", "1", make(9_999_999), references.new_access_number(), references.new_reference(), "9" * 5000],
    ids=["none", "one", "no member's", "nobody's access", "a reference", "endless"],
)
async def test_other_numbers_name_nobody(identity: Identity, keys: str):
    assert await identity.find(keys) == NOBODY


async def test_an_access_number_names_the_member_and_who_acts(identity: Identity):
    number, code = access(VERNA)
    named = await identity.find(number)
    assert named.authority == VERNA
    assert named.member is not None
    assert named.member.member_id == LORETTA
    assert await identity.prove("pin", (code,), named, PHONE) == "right"
    assert await identity.acting(LORETTA, VERNA) == Represented(
        at=NOW, authority_id=VERNA, name="Verna Pickens", kind="power_of_attorney", may_change=True
    )
    assert await identity.acting(WALTER, VERNA) is None
    assert await identity.acting("nobody", VERNA) is None


async def test_an_access_number_holds_on_its_days_only(house: House, identity: Identity):
    assert await identity.find(access(HAROLD)[0]) == NOBODY  # ended

    number, code = access(VERNA)
    named = await identity.find(number)
    await house.change(Authority, VERNA, revoked_on=NOW.date())
    assert await identity.prove("pin", (code,), named, PHONE) == "wrong"  # revoked while they were keying the code
    assert await identity.find(number) == NOBODY


async def test_for_a_minor_only_a_guardian_or_custodian_is_found(house: House, identity: Identity):
    number, code = access(ROSALIND)
    named = await identity.find(number)
    assert named.member is not None
    assert named.member.minor
    assert await identity.prove("pin", (code,), named, PHONE) == "right"
    await house.change(Authority, ROSALIND, kind="representative")
    assert await identity.find(number) == NOBODY


# --- the proof ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "secret", "result"),
    [
        ("pin", ("3058",), "right"),
        ("pin", ("3059",), "wrong"),
        ("pin", ("2284",), "wrong"),
        ("knowledge", ("2284", "11171951"), "right"),
        ("knowledge", ("2284", "17111951"), "wrong"),  # no such month
        ("knowledge", ("2285", "11171951"), "wrong"),
        ("knowledge", ("3058", "11171951"), "wrong"),
        ("pin", (), "nothing"),
        ("pin", ("",), "nothing"),
        ("knowledge", ("2284",), "nothing"),
        ("knowledge", ("2284", ""), "nothing"),
    ],
)
async def test_what_proves_walter(identity: Identity, way, secret: tuple[str, ...], result: str):
    assert await identity.prove(way, secret, await found(identity), PHONE) == result


async def test_the_members_own_pin_is_no_access_code_and_the_other_way_round(identity: Identity):
    loretta = await found(identity, LORETTA)
    number, code = access(VERNA)
    assert await identity.prove("pin", (code,), loretta, PHONE) == "wrong"
    assert await identity.prove("pin", (PEOPLE[LORETTA].pin or "",), await identity.find(number), PHONE) == "wrong"


async def test_nobodys_secret_takes_the_same_work(house: House, monkeypatch: pytest.MonkeyPatch, identity: Identity):
    compared = []
    matches = Passwords.matches

    async def counting(self: Passwords, digest: str | None, secret: str) -> bool:
        compared.append(digest)
        return await matches(self, digest, secret)

    monkeypatch.setattr(Passwords, "matches", counting)
    for who in (await found(identity), NOBODY, Found(member=MemberFacts(member_id="gone"), authority="gone")):
        for way, secret in (("pin", ("0000",)), ("knowledge", ("0000", "01011950"))):
            before = len(compared)
            assert await identity.prove(way, secret, who, PHONE) == "wrong"
            assert len(compared) == before + 1


async def test_one_telephone_that_tries_many_members_is_stopped(house: House, identity: Identity):
    for _, member_id in zip(range(ONE_NUMBER.failures), PEOPLE, strict=False):
        named = await found(identity, member_id)
        if not named.member or named.member.minor:
            continue
        assert await identity.prove("pin", ("1234",), named, PHONE) == "wrong"
    while await identity.prove("pin", ("1234",), NOBODY, PHONE) != "locked":
        pass
    walter = await found(identity)
    assert await identity.prove("pin", ("3058",), walter, PHONE) == "locked"
    assert await identity.prove("pin", ("3058",), walter, "+17065550136") == "right"


async def test_right_proofs_between_them_do_not_let_a_telephone_guess_on(identity: Identity):
    own, other = await found(identity, LORETTA), await found(identity)
    told = []
    for _ in range(ONE_NUMBER.failures):
        told.append(await identity.prove("pin", ("1234",), NOBODY, PHONE))
        told.append(await identity.prove("pin", (PEOPLE[LORETTA].pin or "",), own, PHONE))
    assert told[1::2] == ["right"] * (ONE_NUMBER.failures - 1) + ["locked"]
    assert await identity.prove("pin", ("3058",), other, PHONE) == "locked"


async def test_a_member_locked_by_others_costs_an_honest_telephone_nothing(house: House, identity: Identity):
    walter = await found(identity)
    for n in range(IN_A_ROW.failures):
        assert await identity.prove("pin", ("1234",), walter, f"+1404555012{n}") == "wrong"
    for _ in range(ONE_NUMBER.failures + 1):
        assert await identity.prove("pin", ("3058",), walter, PHONE) == "locked"
    house.clock.advance(IN_A_ROW.time.total_seconds())
    assert await identity.prove("pin", ("3058",), walter, PHONE) == "right"


async def test_fifty_guesses_at_once_are_five_for_the_member(identity: Identity):
    walter = await found(identity)
    guesses = (identity.prove("pin", (f"{n:04d}",), walter, f"+140455502{n:02d}") for n in range(50))
    told = await asyncio.gather(*guesses)
    assert (told.count("wrong"), told.count("locked")) == (IN_A_ROW.failures, 50 - IN_A_ROW.failures)


async def test_a_restart_forgives_neither_the_member_nor_the_telephone(house: House):
    def restarted() -> Identity:
        return Identity(house.office.members, CallingNumbers(house.db, house.clock), house.clock, zone=ZONE)

    for _ in range(IN_A_ROW.failures):
        assert await restarted().prove("pin", ("1234",), await found(restarted()), PHONE) == "wrong"
    assert await restarted().prove("pin", ("3058",), await found(restarted()), PHONE) == "locked"
    for _ in range(ONE_NUMBER.failures - IN_A_ROW.failures):
        assert await restarted().prove("pin", ("1234",), NOBODY, PHONE) == "wrong"
    assert await restarted().prove("pin", ("1234",), NOBODY, PHONE) == "locked"


async def test_a_language_is_remembered_for_the_next_call(identity: Identity):
    await identity.remember_language(LORETTA, "es")
    facts = (await found(identity, LORETTA)).member
    assert facts is not None
    assert facts.language == "es"


async def test_no_secret_reaches_a_log(house: House, identity: Identity, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    walter = await found(identity)
    await identity.prove("pin", ("918273",), walter, PHONE)
    await identity.prove("knowledge", ("918273", "11171951"), walter, PHONE)
    await identity.prove("pin", ("918273",), await identity.find(access(VERNA)[0]), PHONE)
    assert "918273" not in caplog.text
    assert "11171951" not in caplog.text
    assert "918273" not in repr(await house.looks())
