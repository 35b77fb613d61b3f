"""The simulated day of the estimate's measurement: that it is a day, and that both are measured by the same callers."""

from __future__ import annotations

from benchmarks.estimated_wait import CALLS, Day


def test_every_caller_of_the_day_ends_somewhere() -> None:
    day = Day(7)
    day.run()
    called_back = [call for call in day.served if call.row is not None]
    assert called_back == []  # their wait is not one in the line
    assert day.line == []
    over = len(day.served) + day.abandoned + day.called_back
    assert CALLS - 30 <= over <= CALLS  # the rest asked to be called back and could not be reached, or not in time
    assert all(call.waited_s >= 0 and call.told_s >= 0 for call in day.served)


def test_the_same_day_is_the_same_again() -> None:
    first, second = Day(3), Day(3)
    first.run()
    second.run()
    assert [call.told_s for call in first.served] == [call.told_s for call in second.served]


def test_callers_wait_some_of_the_time() -> None:
    """Without a line there would be nothing to estimate."""
    day = Day(1)
    day.run()
    waited = [call for call in day.served if call.waited_s > 0]
    assert len(waited) > CALLS / 10
    assert day.abandoned
    assert day.called_back
