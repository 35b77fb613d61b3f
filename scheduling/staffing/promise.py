"""What is promised to callers, in the words of schedulers: "80/20", or "retirement=90/30" for one queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import Problem
from core.yaml_places import suggestion
from scheduling.staffing.needed import Target
from scheduling.staffing.simulation.what_if import percent_in_seconds

NONE = "none"
DEFAULT = (0.8, 20.0)


@dataclass(frozen=True)
class Promise:
    """The target of each queue: `levels` by queue, "" for all others, None where no service level is promised."""

    levels: dict[str, tuple[float, float] | None] = field(default_factory=lambda: {"": DEFAULT})
    max_abandoned: float | None = None
    max_occupancy: float | None = None

    def of(self, queue: str) -> Target:
        level = self.levels.get(queue, self.levels[""])
        share, within_s = (None, DEFAULT[1]) if level is None else level
        return Target(share, within_s, max_abandoned=self.max_abandoned, max_occupancy=self.max_occupancy)

    def check(self, queues: Sequence[str]) -> None:
        """Raises `Problem` for a queue there is not."""
        for name in self.levels:
            if name and name not in queues:
                near = suggestion(name, queues)
                remedy = f"Did you mean {near}?" if near else f"There are: {', '.join(queues)}"
                raise Problem(f"there is no queue {name!r}", place="--target", remedy=remedy)


def promise(targets: Sequence[str], max_abandoned: float | None = None, max_occupancy: float | None = None) -> Promise:
    """Of "80/20", "retirement=90/30" and "none"; without one for all queues, 80/20. Raises `Problem`."""
    levels: dict[str, tuple[float, float] | None] = {}
    for text in targets:
        queue, _, said = text.rpartition("=")
        if queue in levels:
            told = f"two targets for the queue {queue}" if queue else "two targets for all queues"
            raise Problem(told, place="--target", remedy="Write another queue's as retirement=90/30")
        try:
            levels[queue] = None if said.strip() == NONE else percent_in_seconds(said)
        except Problem as problem:
            raise Problem(problem.what, place="--target", remedy=problem.remedy) from None
    levels.setdefault("", DEFAULT)
    if None in levels.values() and max_abandoned is None and max_occupancy is None:
        remedy = "Give --abandonment or --occupancy, or a target such as 80/20"
        raise Problem("promises nothing", place="--target none", remedy=remedy)
    return Promise(levels, max_abandoned, max_occupancy)


def told(target: Target) -> str:
    """The service level as it is written: 80/20, or none."""
    return NONE if target.service_level is None else f"{100 * target.service_level:g}/{target.within_s:g}"
