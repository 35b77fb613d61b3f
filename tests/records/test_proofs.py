"""What proves a caller, and how often one may try."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from core.clock import ManualClock
from core.database import Database
from records import sample
from records.directory import AccessCode, Knowledge, LockedOut, NotProved, Pin, Proof, Verified
from records.members import MemberDirectory
from records.passwords import Passwords
from records.proofs import IN_A_ROW, OVER_A_TIME
from records.tables import Authority, Member, MemberPin

CALLERS = [caller for caller in sample.demo().callers if caller.pin]
WALTER = sample.demo().caller("closed_account")
WALTERS_ID = "demo-closed_account"
VERNA, HAROLD = sample.demo().caller("new_address").authorities
LORETTAS_ID = "demo-new_address"
JAYLENS_ID, (ROSALIND,) = "demo-minor", next(one for one in sample.demo().others if one.key == "minor").authorities

RIGHT = Pin(WALTER.pin or "")
WRONG = Pin("0000")
KNOWN = Knowledge(WALTER.ssn4 or "", WALTER.birth_date)


class Counting(Passwords):
    """Counts how many digests are compared."""

    compared = 0

    async def matches(self, digest: str | None, secret: str) -> bool:
        self.compared += 1
        return await super().matches(digest, secret)


async def pin_row(db: Database, member_id: str = WALTERS_ID):
    return await db.read(
        lambda session: session.execute(select(MemberPin.__table__).where(MemberPin.member_id == member_id)).one()
    )


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.key)
async def test_every_demo_caller_can_prove_who_they_are(directory: MemberDirectory, caller: sample.DemoPerson):
    member_id = f"demo-{caller.key}"
    assert await directory.prove(member_id, Pin(caller.pin or "")) == Verified(level="pin")
    by_knowledge = Knowledge(caller.ssn4 or "", caller.birth_date)
    assert await directory.prove(member_id, by_knowledge) == Verified(level="knowledge")


@pytest.mark.parametrize(
    "proof",
    [
        WRONG,
        Pin(""),
        Pin(WALTER.ssn4 or ""),
        Pin("x" * 5000),
        Knowledge(WALTER.ssn4 or "", date(1951, 11, 18)),
        Knowledge("0000", WALTER.birth_date),
        Knowledge(WALTER.pin or "", WALTER.birth_date),
        AccessCode("demo-new_address-0", VERNA.code or ""),  # somebody else's
        AccessCode("no such record", ""),
    ],
)
async def test_nothing_else_proves_anything(directory: MemberDirectory, proof: Proof):
    assert await directory.prove(WALTERS_ID, proof) == NotProved()


async def test_the_same_work_is_done_whoever_it_is(plan_db: Database, clock: ManualClock):
    passwords = Counting("the tests' own")
    directory = MemberDirectory(plan_db, clock, passwords)
    tried: list[tuple[str, Proof]] = [
        (WALTERS_ID, RIGHT),
        (WALTERS_ID, WRONG),
        (WALTERS_ID, Knowledge("1", date(1900, 1, 1))),
        ("m000001", WRONG),  # a member who has never had a PIN
        ("nobody", WRONG),
        ("", KNOWN),
        (LORETTAS_ID, AccessCode("no such record", "1")),
    ]
    for number, (member_id, proof) in enumerate(tried, 1):
        await directory.prove(member_id, proof)
        assert passwords.compared == number


async def test_too_many_failures_lock_even_the_right_proof_out_for_a_while(
    directory: MemberDirectory, clock: ManualClock
):
    for _ in range(IN_A_ROW.failures):
        assert await directory.prove(WALTERS_ID, WRONG) == NotProved()
    clock.advance(60)
    left = LockedOut(seconds=(IN_A_ROW.time - timedelta(seconds=60)).total_seconds())
    assert await directory.prove(WALTERS_ID, RIGHT) == left
    assert await directory.prove(WALTERS_ID, KNOWN) == left  # one count for all that proves

    clock.advance(IN_A_ROW.time.total_seconds())
    assert await directory.prove(WALTERS_ID, WRONG) == NotProved()
    assert await directory.prove(WALTERS_ID, RIGHT) == Verified(level="pin")


async def test_every_kind_of_proof_counts_towards_the_same_lockout(directory: MemberDirectory):
    kinds: list[Proof] = [Pin("1"), Knowledge("1", date(1900, 1, 1)), AccessCode("demo-new_address-0", "1")]
    for n in range(IN_A_ROW.failures):
        assert await directory.prove(LORETTAS_ID, kinds[n % 3]) == NotProved()
    assert isinstance(await directory.prove(LORETTAS_ID, kinds[0]), LockedOut)


async def test_a_restart_forgives_nothing(plan_db: Database, clock: ManualClock, passwords: Passwords):
    for _ in range(IN_A_ROW.failures):
        await MemberDirectory(plan_db, clock, passwords).prove(WALTERS_ID, WRONG)
    assert isinstance(await MemberDirectory(plan_db, clock, passwords).prove(WALTERS_ID, RIGHT), LockedOut)


async def test_a_right_proof_forgives_the_failures_in_a_row_before_it(directory: MemberDirectory, plan_db: Database):
    for _ in range(IN_A_ROW.failures - 1):
        await directory.prove(WALTERS_ID, WRONG)
    assert await directory.prove(WALTERS_ID, RIGHT) == Verified(level="pin")
    row = await pin_row(plan_db)
    assert (row.failures, row.locked_until) == (0, None)
    assert row.tries == IN_A_ROW.failures - 1  # but not those over a time


async def test_nobody_guesses_for_ever_behind_a_member_who_calls_often(directory: MemberDirectory, clock: ManualClock):
    wrong = 0
    while wrong < OVER_A_TIME.failures:
        for _ in range(min(IN_A_ROW.failures - 1, OVER_A_TIME.failures - wrong)):
            assert await directory.prove(WALTERS_ID, WRONG) == NotProved()
            wrong += 1
        if wrong < OVER_A_TIME.failures:
            assert await directory.prove(WALTERS_ID, RIGHT) == Verified(level="pin")
        clock.advance(600)
    locked = await directory.prove(WALTERS_ID, RIGHT)
    assert isinstance(locked, LockedOut)
    assert locked.seconds > IN_A_ROW.time.total_seconds()
    clock.advance(locked.seconds)
    assert await directory.prove(WALTERS_ID, RIGHT) == Verified(level="pin")


async def test_guesses_made_at_once_count_each(directory: MemberDirectory):
    guesses = [directory.prove(WALTERS_ID, Pin(f"{n:04d}")) for n in range(50)]
    results = [type(result) for result in await asyncio.gather(*guesses)]
    assert results.count(NotProved) == IN_A_ROW.failures
    assert results.count(LockedOut) == 50 - IN_A_ROW.failures


async def test_who_acts_for_a_member_proves_it_with_their_own_code(directory: MemberDirectory, plan_db: Database):
    proof = AccessCode("demo-new_address-0", VERNA.code or "")
    assert await directory.prove(LORETTAS_ID, proof) == Verified(level="pin")

    revoked = update(Authority).where(Authority.id == "demo-new_address-0").values(revoked_on=date(2026, 3, 10))
    await plan_db.write(lambda session: session.execute(revoked).rowcount)
    assert await directory.prove(LORETTAS_ID, proof) == NotProved()


async def test_an_authority_that_ended_proves_nothing(directory: MemberDirectory):
    assert HAROLD.code
    assert await directory.prove(LORETTAS_ID, AccessCode("demo-new_address-1", HAROLD.code)) == NotProved()


async def test_only_a_guardian_or_custodian_proves_anything_for_a_minor(
    directory: MemberDirectory, plan_db: Database, passwords: Passwords
):
    proof = AccessCode("demo-minor-0", ROSALIND.code or "")
    assert await directory.prove(JAYLENS_ID, proof) == Verified(level="pin")

    def known_by_pin(session):
        session.execute(update(MemberPin).where(MemberPin.member_id == JAYLENS_ID).values(digest=walters.digest))
        session.execute(update(Authority).where(Authority.id == "demo-minor-0").values(kind="power_of_attorney"))

    walters = await pin_row(plan_db)
    await plan_db.write(known_by_pin)
    assert await directory.prove(JAYLENS_ID, proof) == NotProved()
    assert await directory.prove(JAYLENS_ID, RIGHT) == NotProved()

    of_age = update(Member).where(Member.id == JAYLENS_ID).values(birth_date=date(2008, 3, 10))
    await plan_db.write(lambda session: session.execute(of_age).rowcount)
    assert await directory.prove(JAYLENS_ID, RIGHT) == Verified(level="pin")


async def test_another_pepper_opens_nothing(plan_db: Database, clock: ManualClock):
    stolen = MemberDirectory(plan_db, clock, Passwords("guessed"))
    assert await stolen.prove(WALTERS_ID, RIGHT) == NotProved()
    assert await stolen.prove(WALTERS_ID, KNOWN) == NotProved()


async def test_the_database_holds_no_secret_in_clear(plan_db: Database):
    def digests(session):
        kept = session.execute(select(MemberPin.digest, MemberPin.knowledge_digest)).all()
        codes = session.scalars(select(Authority.access_digest).where(Authority.access_digest.is_not(None)))
        return [*(digest for row in kept for digest in row if digest), *codes]

    kept = await plan_db.read(digests)
    assert len(kept) == 2 * len([one for one in sample.demo().members() if one.pin]) + 3
    assert all(digest.startswith("$argon2id$") for digest in kept)


async def test_no_secret_is_shown_by_a_log_or_a_traceback(directory: MemberDirectory, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    proofs: list[Proof] = [Pin("918273"), Knowledge("918273", date(1951, 11, 17)), AccessCode("demo-x-0", "918273")]
    for proof in proofs:
        await directory.prove(WALTERS_ID, proof)
        assert "918273" not in repr(proof)
        assert "1951" not in repr(proof)
    assert "918273" not in caplog.text
