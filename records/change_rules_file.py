"""The plan's rules for changes, from a TOML file; what it does not say stays as it is by default.

    second_by = ["senior", "supervisor"]

    [fields.beneficiary]
    second_person = true

    [[combinations]]
    field = "mailing_address"
    others = ["refund", "phone"]
    within_days = 30

A name that nobody knows is refused: a safeguard for a misspelt field would guard nothing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from core.errors import Problem
from core.yaml_places import suggestion
from records.change_fields import FIELDS
from records.change_rules import ChangeRules


def load(path: Path) -> ChangeRules:
    """Raises `Problem`. Blocks on the disk."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = msgspec.convert(told, _Strict)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"is not valid TOML: {error}", place=str(path)) from error
    except msgspec.ValidationError as error:
        raise Problem(str(error), place=str(path)) from error
    for name in (*rules.fields, *(each.field for each in rules.combinations)):
        if name not in FIELDS:
            meant = suggestion(name, FIELDS)
            remedy = f"Did you mean {meant!r}?" if meant else f"There are {', '.join(FIELDS)}"
            raise Problem(f"there is no field {name!r}", place=str(path), remedy=remedy)
    if any(guard.second_person for guard in (*rules.fields.values(), rules.combined)) and not rules.second_by:
        raise Problem("second_by names nobody who could be the second person", place=str(path))
    given = {name: getattr(rules, name) for name in ChangeRules.__struct_fields__}
    return ChangeRules(**given | {"fields": {**ChangeRules().fields, **rules.fields}})


class _Strict(ChangeRules, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass
