"""The access table, and that what it does not grant is refused."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from core.access import ROLES, TABLE, Action, Resource, Role, allowed, scope


def test_every_role_has_a_row() -> None:
    assert set(TABLE) == set(ROLES)


@pytest.mark.parametrize(
    ("role", "resource", "action", "own", "may"),
    [
        ("agent", "desk", "see", True, True),
        ("agent", "desk", "see", False, False),
        ("agent", "call", "change", True, True),
        ("agent", "call", "change", False, False),
        ("agent", "wall", "see", False, False),
        ("supervisor", "wall", "see", False, True),
        ("supervisor", "desk", "see", False, True),
        ("supervisor", "desk", "change", False, False),
        ("auditor", "member", "see", False, True),
        ("auditor", "call", "change", True, False),
        ("administrator", "member", "see", True, False),
        ("scheduler", "member", "see", False, False),
    ],
)
def test_what_the_table_says(role: Role, resource: Resource, action: Action, own: bool, may: bool) -> None:
    assert allowed(role, resource, action, own=own) is may


def test_what_is_not_in_the_table_is_refused_and_owning_never_takes_away() -> None:
    for role, resource, action in itertools.product(ROLES, get_args(Resource), get_args(Action)):
        if scope(role, resource, action) is None:
            assert not allowed(role, resource, action, own=True)
        assert allowed(role, resource, action, own=True) >= allowed(role, resource, action, own=False)


def test_nobody_but_those_on_the_phones_changes_calls() -> None:
    changing = {role for role in ROLES if scope(role, "call", "change")}
    assert changing == {"agent", "senior", "specialist", "supervisor"}
