"""How far forecasts lie off on weeks that they had not seen, campaigns among them, against those that look back a week.

The series are made, not recorded: `scheduling.forecast.sample` says how, and that it is not made by the formulas that
forecast it. There is no public series of a call centre in a package that is kept well. Of four years the last 24 weeks
are held back, open enrollment and two mailings in them. Each queue's method is chosen by what is known before them;
then it forecasts blocks of four weeks, each from what is known before the block.

`seasonal_naive` repeats the last week that is known before the block. `last_week` is given more than we are: always the
week right before. `last_year` is as 52 weeks ago. `floor` knows the mean of each interval before chance: nobody does
better. WAPE is the sum of absolute errors as a share of all calls, of all seeds and queues together; a ratio is ours by
theirs. Days marked as outages do not count.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from benchmarks.harness import Goal, Result
from scheduling.forecast.backtest import backtest, wape
from scheduling.forecast.forecasting import WEEKS, limits
from scheduling.forecast.methods import METHODS, last_week, last_year
from scheduling.forecast.past import Centre, Floats, Past, arrange
from scheduling.forecast.sample import Sample, sample

FIRST, LAST = date(2022, 1, 3), date(2025, 12, 28)
HELD_BACK = date(2025, 7, 14)
BETTER = 0.9
RIVALS = ("seasonal_naive", "last_week", "last_year")
_DAY = timedelta(days=1)


@dataclass
class _Seen:
    """Arrays `[day, slot]`, block by block."""

    made: dict[str, list[Floats]] = field(default_factory=lambda: defaultdict(list))
    in_campaign: list[Floats] = field(default_factory=list)
    methods: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def all(self, name: str, *, campaigns: bool = False) -> Floats:
        whole = np.concatenate(self.made[name])
        return whole[np.concatenate(self.in_campaign) > 0] if campaigns else whole


def run(seeds: int = 3) -> Result:
    seen = _Seen()
    for seed in range(1, seeds + 1):
        _forecast(sample(seed, FIRST, LAST), seen)
    figures: dict[str, float] = {}
    for campaigns, where in ((False, ""), (True, "campaign_")):
        came = seen.all("came", campaigns=campaigns)
        for name in ("ours", *RIVALS, "floor"):
            made = seen.all(name, campaigns=campaigns)
            figures[f"{where}interval_wape_{name}"] = wape(came, made)
            figures[f"{where}day_wape_{name}"] = wape(came.sum(axis=1), made.sum(axis=1))
        for rival in RIVALS:
            for each in ("interval", "day"):
                ours, theirs = (figures[f"{where}{each}_wape_{name}"] for name in ("ours", rival))
                figures[f"{where}{each}_ratio_{rival}"] = ours / theirs
    came, low, high = (seen.all(name) for name in ("came", "low", "high"))
    open_ = seen.all("ours") > 0
    figures["covered_share"] = float(np.mean((low <= came)[open_] & (came <= high)[open_]))
    figures |= {f"queues_by_{method}": float(count) for method, count in seen.methods.items()}
    ratios = (
        f"{where}{each}_ratio_{rival}"
        for where in ("", "campaign_")
        for each in ("interval", "day")
        for rival in RIVALS
    )
    goals = [Goal(ratio, "<=", BETTER) for ratio in ratios]
    return Result(figures, (*goals, Goal("covered_share", ">=", 0.75), Goal("covered_share", "<=", 0.9)))


def _forecast(of: Sample, seen: _Seen) -> None:
    centre, pasts = arrange(list(of.rows()), of.calendar, LAST + _DAY)
    for past in pasts:
        tested = backtest(past.until(HELD_BACK), centre, WEEKS)
        seen.methods[tested.method] += 1
        begins = HELD_BACK
        while begins <= LAST:
            ahead = [begins + i * _DAY for i in range(7 * WEEKS)]
            known, held = past.until(begins), past.since(begins)
            use = held.learn[: len(ahead)]
            ours = METHODS[tested.method](known, centre, ahead)
            low, high = limits(ours, tested.spread)
            expected = of.expected[past.queue][(begins - FIRST).days :][: len(ahead)]
            made = {
                "came": held.calls[: len(ahead)],
                "ours": ours,
                "low": low,
                "high": high,
                "seasonal_naive": last_week(known, centre, ahead),
                "last_week": _week_by_week(past, centre, ahead),
                "last_year": last_year(known, centre, ahead),
                "floor": expected,
            }
            for name, calls in made.items():
                seen.made[name].append(calls[use])
            seen.in_campaign.append(_in_campaign(of, centre, ahead)[use])
            begins += 7 * WEEKS * _DAY


def _week_by_week(past: Past, centre: Centre, ahead: list[date]) -> Floats:
    weeks = (ahead[i : i + 7] for i in range(0, len(ahead), 7))
    return np.concatenate([last_week(past.until(week[0]), centre, week) for week in weeks])


def _in_campaign(of: Sample, centre: Centre, ahead: list[date]) -> Floats:
    """1 of days in a week that a campaign or a mailing's wave touches."""
    opens = centre.openings(ahead[0], ahead[-1])
    effects = (effect for effect in of.calendar.effects if effect.kind != "payday")
    touched = {day for effect in effects for day, _ in effect.phase_days(ahead[0], ahead[-1], opens)}
    mondays = {day - day.weekday() * _DAY for day in touched}
    return np.array([float(day - day.weekday() * _DAY in mondays) for day in ahead])
