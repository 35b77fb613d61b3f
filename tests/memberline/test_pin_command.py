"""`memberline pin`: codes and access numbers from the command line, which then prove who calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner
from sample_plan import PEPPER, sample_file

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline.commands.pin import command
from records import sample
from records.audit import Audit
from records.directory import AccessCode, Verified
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pins import Pins
from records.proofs import Proofs

__all__ = ["sample_file"]

LORETTA = sample.demo().caller("new_address")


@pytest.fixture
def plan(sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "plan.db").write_bytes(sample_file.read_bytes())
    url = f"sqlite:///{tmp_path / 'plan.db'}"
    monkeypatch.setenv("MEMBERLINE_DATABASE_URL", url)
    monkeypatch.setenv("MEMBERLINE_PEPPER", PEPPER)
    return url


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def then(url: str, work: Callable[[MemberDirectory, Pins, Audit], Awaitable[None]]) -> None:
    async def opened() -> None:
        db, clock, passwords = Database(url), SystemClock(), Passwords(PEPPER)
        proofs, audit = Proofs(db, clock, passwords, zone=UTC), Audit(db, clock, PEPPER)
        try:
            members = MemberDirectory(db, clock, passwords, proofs)
            await work(members, Pins(db, clock, passwords, audit, proofs, zone=UTC), audit)
        finally:
            await db.close()

    asyncio.run(opened())


def test_a_code_is_printed_once_and_sets_a_pin(plan: str):
    printed = re.fullmatch(r"(\d{8}) \(holds for 21 days\)\n", run("code", LORETTA.member_number))
    assert printed

    async def used(members: MemberDirectory, pins: Pins, audit: Audit) -> None:
        assert await pins.set_pin("demo-new_address", printed[1], "62915", call_id="c1") == "set"
        looks = (await audit.looks(limit=5)).items
        assert [(look.agent_id, look.action) for look in looks] == [("caller", "pin_set"), ("command line", "pin_code")]

    then(plan, used)


def test_somebody_who_acts_is_named_as_on_record(plan: str):
    printed = re.fullmatch(r"number (\d{8}), code (\d{8})\n", run("access", LORETTA.member_number, "Verna Pickens"))
    assert printed

    async def used(members: MemberDirectory, pins: Pins, audit: Audit) -> None:
        acting = await members.by_access(printed[1])
        assert acting is not None
        proof = AccessCode(acting.authority.authority_id, printed[2])
        assert await members.prove(acting.member.member_id, proof) == Verified(level="pin")

    then(plan, used)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("code", "10041008"), "10041008: no member has this number"),
        (("code", "10046181"), "a minor has no PIN"),
        (("access", "10041009", "Verna"), "nobody of the name 'Verna' acts for this member. On record: Harold Pickens"),
        (("access", "10041009", "Harold Pickens"), "may not act for the member: ended on"),
    ],
)
def test_what_cannot_be_given_is_said_plainly(plan: str, arguments: tuple[str, ...], says: str):
    with pytest.raises(Problem) as caught:
        run(*arguments)
    assert says in str(caught.value)


def test_without_the_pepper_nothing_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MEMBERLINE_PEPPER", raising=False)
    with pytest.raises(Problem, match="is not set"):
        run("code", LORETTA.member_number)
