"""Members and changes in a real PostgreSQL whose tables are not ours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from postgres_plan import MAPPING, PostgresPlan
from postgres_server import PostgresServer

from records.pension.mapping import load_sql
from records.pension.ports import PensionChange, PensionGone, PensionRefused, PensionUnclear
from records.pension.sql_changes import SqlChanges
from records.pension.sql_profiles import SqlProfileSource
from records.profile import Beneficiary

pytestmark = pytest.mark.postgres

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
async def profiles(plan: PostgresPlan):
    source = SqlProfileSource(load_sql(plan.mapping), plan.reader_url, within_s=20)  # a full machine may be slow
    yield source
    await source.close()


@pytest.fixture
async def changes(plan: PostgresPlan):
    target = SqlChanges(load_sql(plan.mapping), plan.url)
    yield target
    await target.close()


def change(field: str, key: str = "k1", member: str = "7", old: dict[str, str] | None = None, **new: str):
    return PensionChange(key=key, member_id=member, field=field, old=old or {}, new=new, at=AT)


# --- profiles -----------------------------------------------------------------------------------


async def test_a_view_and_an_account_that_may_only_read_are_enough(profiles: SqlProfileSource):
    await profiles.check()
    loretta = await profiles.by_number("10000075")
    assert loretta is not None
    assert (loretta.member_id, loretta.name, loretta.relation) == ("7", "Loretta Pruitt", "retiree")
    assert (loretta.birth_date, loretta.address) == ("1951-06-02", ("9 Elm Ct", "Macon, GA 31201"))
    assert (loretta.benefit_cents, loretta.phone, loretta.protected) == (183450, "+14045550123", False)
    assert loretta.beneficiaries[0] == Beneficiary(name="Otis Pruitt", relation="spouse", share_percent=60)
    assert await profiles.profile("7") == loretta


@pytest.mark.parametrize("nobody", ["0", "abc", "", "7 OR 1=1", "9" * 40])
async def test_nobody_has_an_id_that_no_column_could_hold(profiles: SqlProfileSource, nobody: str):
    assert await profiles.profile(nobody) is None


async def test_a_telephone_number_is_found_however_it_is_written(profiles: SqlProfileSource):
    both = await profiles.by_phone("+14045550123")
    assert ([member.name for member in both.members], both.total) == (["Loretta Pruitt", "Otis Pruitt"], 2)
    assert [member.protected for member in both.members] == [False, True]
    assert (await profiles.by_phone("(404) 555-0199")).total == 1
    assert (await profiles.by_phone("anonymous")).total == 0


async def test_a_value_that_nobody_mapped_is_told_with_its_place_and_without_itself(profiles: SqlProfileSource):
    with pytest.raises(PensionUnclear, match=r"pension\.yaml:9:15: a member's relation is not one of A, R, S$") as told:
        await profiles.profile("9")
    assert "X" not in str(told.value)


async def test_a_column_that_is_not_there_is_told_with_its_place_in_the_file(plan: PostgresPlan):
    plan.mapping.write_text(MAPPING.replace("email: EMAIL\n", "email: E_MAIL\n"))
    source = SqlProfileSource(load_sql(plan.mapping), plan.reader_url, within_s=20)
    with pytest.raises(PensionUnclear, match=r"pension\.yaml:11:12: pension\.member_view has no column 'E_MAIL'"):
        await source.check()
    await source.close()


async def test_two_with_one_number_are_nobody_and_a_row_twice_is_one(plan: PostgresPlan, profiles: SqlProfileSource):
    plan.run(
        "CREATE OR REPLACE VIEW pension.member_view AS SELECT p.*, 'x' AS where_to FROM pension.persons p"
        " JOIN (VALUES (1), (2)) twice (n) ON true"
    )
    loretta = await profiles.by_number("10000075")
    assert loretta is not None
    plan.run(
        'ALTER TABLE pension.persons DROP CONSTRAINT "persons_MBR_NO_key";'
        """UPDATE pension.persons SET "MBR_NO" = '10000075' WHERE "PERSON_ID" = 8"""
    )
    with pytest.raises(PensionUnclear, match="two different members have one member_number"):
        await profiles.by_number("10000075")


async def test_a_server_that_thinks_too_long_is_gone_in_time(plan: PostgresPlan):
    plan.run(
        "CREATE OR REPLACE VIEW pension.member_view AS SELECT p.*, pg_sleep(5)::text AS where_to FROM pension.persons p"
    )
    source = SqlProfileSource(load_sql(plan.mapping), plan.reader_url, within_s=0.3)
    with pytest.raises(PensionGone):
        await asyncio.wait_for(source.profile("7"), 3)
    await source.close()


async def test_a_server_that_stops_is_gone_and_comes_back_by_itself(tmp_path: Path):
    server = PostgresServer()
    try:
        plan = PostgresPlan(server, tmp_path)
        source = SqlProfileSource(load_sql(plan.mapping), plan.reader_url, within_s=20)
        assert await source.profile("7") is not None
        server.stop()
        with pytest.raises(PensionGone):
            await source.profile("7")
        server.start()
        assert await source.profile("7") is not None
        await source.close()
    finally:
        server.remove()


async def test_an_address_that_nobody_listens_at_is_told_without_its_password(plan: PostgresPlan):
    source = SqlProfileSource(load_sql(plan.mapping), "postgresql+psycopg://me:geheim@127.0.0.1:1/x")
    with pytest.raises(PensionGone) as told:
        await source.profile("7")
    assert "geheim" not in str(told.value)
    await source.close()


# --- changes ------------------------------------------------------------------------------------


async def test_a_key_has_one_effect_however_often_and_by_however_many_it_is_told(
    plan: PostgresPlan, changes: SqlChanges
):
    await changes.check()
    other = SqlChanges(load_sql(plan.mapping), plan.url)
    email = change("email", email="new@example.org")
    await asyncio.gather(*(target.apply(email) for target in (changes, other, changes, other)))
    await changes.apply(email)
    assert plan.journal() == [(7, "new@example.org")]
    await other.close()


async def test_bank_details_change_together_or_not_at_all(plan: PostgresPlan, changes: SqlChanges):
    await changes.apply(change("bank_details", bank_routing="061000104", bank_account="1234567890"))
    assert plan.run("SELECT aba, acct FROM pension.bank") == [("061000104", "1234567890")]
    with pytest.raises(PensionRefused, match="acct takes 17 characters at most"):
        await changes.apply(change("bank_details", "k2", bank_routing="061000052", bank_account="1" * 18))
    assert plan.run("SELECT aba, acct FROM pension.bank") == [("061000104", "1234567890")]


async def test_an_address_is_taken_apart(plan: PostgresPlan, changes: SqlChanges):
    await changes.apply(change("mailing_address", mailing_address="412 Oak Street Apt 3, Marietta, GA 30060"))
    assert plan.run('SELECT "ADDR1", "CITY", "ST", "ZIP" FROM pension.persons WHERE "PERSON_ID" = 7') == [
        ("412 Oak Street Apt 3", "Marietta", "GA", "30060")
    ]
    with pytest.raises(PensionRefused, match="with commas between"):
        await changes.apply(change("mailing_address", "k2", mailing_address="412 oak street marietta 30060"))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (change("email", member="99", email="a@b.org"), "no such member"),
        (change("email", member="abc", email="a@b.org"), "another kind of value"),
        (change("name", name="Pruitt-Jones", old={"name": "Smith"}), "another value by now"),
        (change("phone", phone="+14045550188"), "no way for this field"),
        (change("email", email="a@b.org", pager="1"), "no place for pager"),
    ],
)
async def test_a_no_is_told_in_words_and_leaves_nothing(
    plan: PostgresPlan, changes: SqlChanges, told: PensionChange, says: str
):
    with pytest.raises(PensionRefused, match=says):
        await changes.apply(told)
    assert plan.journal() == []
    assert plan.run("SELECT * FROM pension.memberline_applied") == []


async def test_an_account_without_the_right_changes_nothing_and_is_unclear(plan: PostgresPlan):
    plan.run("GRANT SELECT, INSERT ON pension.memberline_applied TO reader; GRANT SELECT ON pension.persons TO reader")
    target = SqlChanges(load_sql(plan.mapping), plan.reader_url)
    with pytest.raises(PensionUnclear, match="refuses a statement"):
        await target.apply(change("email", email="new@example.org"))
    assert plan.journal() == []
    assert plan.run("SELECT * FROM pension.memberline_applied") == []
    await target.close()
