"""How long recordings are kept, by rule. Pure but for reading the file.

days = 730            # where no rule fits

[[rule]]              # the first one that fits counts
queue = "counselling" # went through this queue
topic = "complaint"   # documented under this topic
outcome = "answered"  # how the call ended
days = 3650           # 0: until the next daily round
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec

from core.errors import Problem
from records.contact import Outcome

Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
DEFAULT_DAYS = 365


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fits a contact that has all that is named here."""

    days: Days
    queue: str = ""
    topic: str = ""
    outcome: Outcome | None = None

    def fits(self, queues: Collection[str], topics: Collection[str], outcome: str | None) -> bool:
        return (
            (not self.queue or self.queue in queues)
            and (not self.topic or self.topic in topics)
            and (self.outcome is None or self.outcome == outcome)
        )


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Days = DEFAULT_DAYS
    rule: tuple[RetentionRule, ...] = ()

    @property
    def shortest(self) -> int:
        """No recording is deleted by rule before so many days."""
        return min([self.days, *(rule.days for rule in self.rule)])

    def keeps(self, *, queues: Collection[str], topics: Collection[str], outcome: str | None) -> int:
        """For how many days after its end such a contact's recording is kept."""
        return next((rule.days for rule in self.rule if rule.fits(queues, topics, outcome)), self.days)


def load(path: Path) -> Retention:
    """Raises `Problem` naming the file and what is wrong in it."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Retention)
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    except msgspec.ValidationError as error:
        raise Problem(str(error), place=str(path), remedy="See records/retention.py for an example") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(f"is not valid TOML: {error}", place=str(path)) from error
