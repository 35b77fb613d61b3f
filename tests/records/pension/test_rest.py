"""Members and changes over HTTP, with a service that is slow, wrong, twice, never, half, and well again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from rest_plan import RestPlan

from core.errors import Problem
from records.pension.mapping import RestMapping
from records.pension.ports import PensionChange, PensionGone, PensionRefused, PensionUnclear
from records.pension.rest_changes import RestChanges
from records.pension.rest_profiles import RestProfileSource
from records.profile import Beneficiary

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
async def profiles(service: RestPlan, rest_mapping: RestMapping) -> AsyncIterator[RestProfileSource]:
    source = RestProfileSource(rest_mapping, service.url, within_s=0.3, headers={"Authorization": "Bearer geheim"})
    yield source
    await source.close()


@pytest.fixture
async def changes(service: RestPlan, rest_mapping: RestMapping) -> AsyncIterator[RestChanges]:
    target = RestChanges(rest_mapping, service.url, within_s=0.3)
    yield target
    await target.close()


def change(field: str = "email", key: str = "k1", member: str = "m-7", **new: str) -> PensionChange:
    return PensionChange(key=key, member_id=member, field=field, old={}, new=new or {"email": "new@example.org"}, at=AT)


async def test_a_member_by_id_number_and_telephone(service: RestPlan, profiles: RestProfileSource):
    loretta = await profiles.profile("m-7")
    assert loretta is not None
    assert (loretta.name, loretta.phone, loretta.benefit_cents) == ("Loretta Pruitt", "+14045550123", 183450)
    assert (loretta.address, loretta.service_years) == (("9 Elm Ct", "Macon, GA 31201"), 31.25)
    assert loretta.beneficiaries == (Beneficiary(name="Otis Pruitt", relation="spouse", share_percent=60),)
    assert await profiles.by_number("10000075") == loretta
    assert (await profiles.by_phone("404 555 0123")).members == (loretta,)
    assert await profiles.by_number("1") is None
    assert await profiles.profile("nobody") is None
    assert service.tokens == {"Bearer geheim"}


@pytest.mark.parametrize("key", ["../admin", "m-7/bank?x=1#y", "%2e%2e", "", "x" * 200])
async def test_no_key_makes_another_path(service: RestPlan, profiles: RestProfileSource, key: str):
    assert await profiles.profile(key) is None
    assert all(asked.startswith("/api/members/") and "?" not in asked for asked in service.asked)


@pytest.mark.parametrize("failure", ["slow", "500", "429", "401", "half", "huge"])
async def test_no_answer_in_time_is_gone_and_the_next_one_counts(
    service: RestPlan, profiles: RestProfileSource, failure: str
):
    service.plans = [failure]
    with pytest.raises(PensionGone) as told:
        await asyncio.wait_for(profiles.profile("m-7"), 5)
    assert "geheim" not in str(told.value)
    assert await profiles.profile("m-7") is not None


@pytest.mark.parametrize("failure", ["wrong", "page", "302", "418"])
async def test_an_answer_of_another_shape_is_unclear(service: RestPlan, profiles: RestProfileSource, failure: str):
    service.plans = [failure]
    with pytest.raises(PensionUnclear):
        await profiles.by_number("10000075")


async def test_anothers_data_never_comes_back(service: RestPlan, profiles: RestProfileSource):
    service.plans = ["other"]
    with pytest.raises(PensionUnclear, match="told another's"):
        await profiles.profile("m-7")


async def test_two_members_with_one_number_are_unclear_and_one_told_twice_is_one(
    service: RestPlan, profiles: RestProfileSource
):
    service.plans = ["twice", "again"]
    with pytest.raises(PensionUnclear, match="two different members"):
        await profiles.by_number("10000075")
    assert await profiles.by_number("10000075") is not None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("born", "yesterday", "birth_date is not a day"),
        ("pension", {"monthly": "a lot"}, "benefit is not an amount"),
        ("pension", {"monthly": 1.005}, "whole cents"),
        ("vip", "perhaps", "protected is not yes or no"),
        ("email", {"home": "x"}, "email is not a plain value"),
        ("number", None, "has no member_number"),
        ("name", {"first": "x" * 500}, "at most 400"),
        ("service", "NaN", "service_years is not a number"),
    ],
)
async def test_a_value_that_cannot_be_is_told_by_its_place(
    service: RestPlan, profiles: RestProfileSource, field: str, value: object, says: str
):
    service.members["m-7"][field] = value
    with pytest.raises(PensionUnclear, match=says) as told:
        await profiles.profile("m-7")
    assert "rest.yaml:" in str(told.value)


async def test_nobody_listens(rest_mapping: RestMapping):
    source = RestProfileSource(rest_mapping, "http://127.0.0.1:1/api")
    with pytest.raises(PensionGone, match="ConnectError"):
        await source.profile("m-7")
    await source.close()


@pytest.mark.parametrize("url", ["pension.example.org", "ftp://x/y", "https://", "https://x/?a=b"])
def test_an_address_that_is_none_is_a_problem(rest_mapping: RestMapping, url: str):
    with pytest.raises(Problem, match="address is not understood"):
        RestProfileSource(rest_mapping, url)


# --- changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", ["before", "slow", "500", "429", "401", "409", "half"])
async def test_a_try_whose_fate_is_unknown_is_repeated_with_one_effect(
    service: RestPlan, changes: RestChanges, failure: str
):
    service.plans = [failure]
    with pytest.raises(PensionGone):
        await changes.apply(change())
    await changes.apply(change())
    await changes.apply(change())
    assert service.journal == [("PATCH /api/members/m-7", {"email": "new@example.org"})]


async def test_parts_stand_in_the_body_where_the_mapping_says(service: RestPlan, changes: RestChanges):
    await changes.apply(change("bank_details", bank_routing="061000104", bank_account="12345"))
    await changes.apply(change("phone", "k2", phone="+14045550188"))
    assert service.journal == [
        ("POST /api/members/m-7/bank", {"bank": {"routing": "061000104", "account": "12345"}}),
        ("PUT /api/members/m-7/phone", {"number": "4045550188"}),
    ]


@pytest.mark.parametrize(
    ("told", "plan", "says"),
    [
        (change(), "422", "will not have it"),
        (change(member="m-99"), "well", "will not have it"),
        (change("name", name="x"), "well", "no way for this field"),
        (change(email="a@b.org", pager="1"), "well", "no place for pager"),
        (change("phone", phone="+442079460000"), "well", "numbers of the United States only"),
    ],
)
async def test_a_no_is_told(service: RestPlan, changes: RestChanges, told: PensionChange, plan: str, says: str):
    service.plans = [plan]
    with pytest.raises(PensionRefused, match=says):
        await changes.apply(told)


async def test_an_answer_that_is_neither_yes_nor_no_is_unclear(service: RestPlan, changes: RestChanges):
    service.plans = ["302"]
    with pytest.raises(PensionUnclear):
        await changes.apply(change())
