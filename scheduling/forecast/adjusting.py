"""What the scheduler changes by hand, kept beside what was forecast: pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.errors import Problem
from scheduling.forecast.model import AdjustedRow, Adjustment, ForecastRow


def adjusted(rows: Sequence[ForecastRow], adjustments: Sequence[Adjustment]) -> tuple[AdjustedRow, ...]:
    """Each row with all that changes it, one after the other by the time they were made.

    Raises `Problem` for an adjustment that cannot be, or that no forecast interval lies in.
    """
    made = [AdjustedRow(forecast=row, adjusted=row) for row in rows]
    for each in sorted(adjustments, key=lambda adjustment: adjustment.at):
        place = f"adjustment of {each.queue} by {each.by} from {each.begins:%Y-%m-%d %H:%M}"
        if (each.factor is None) == (each.calls is None):
            raise Problem("needs either a factor or a number of calls", place=place)
        if each.ends <= each.begins:
            raise Problem(f"ends at {each.ends:%Y-%m-%d %H:%M}, not after it begins", place=place)
        inside = [
            i
            for i, row in enumerate(made)
            if row.forecast.queue == each.queue and each.begins <= row.forecast.start < each.ends
        ]
        before = sum(made[i].adjusted.calls for i in inside)
        if not inside or (each.calls and before <= 0):
            raise Problem("concerns no interval in which calls are expected", place=place)
        factor = each.factor if each.factor is not None else (each.calls or 0.0) / max(before, 1e-9)
        for i in inside:
            row = made[i].adjusted
            changed = msgspec.structs.replace(
                row, calls=row.calls * factor, low=row.low * factor, high=row.high * factor
            )
            made[i] = msgspec.structs.replace(made[i], adjusted=changed, by=(*made[i].by, each))
    return tuple(made)
