"""Changes said in words."""

from __future__ import annotations

import math

import pytest

from core.errors import Problem
from scheduling.staffing.simulation.model import Agents, Queue, Scenario
from scheduling.staffing.simulation.run import simulate
from scheduling.staffing.simulation.what_if import percent_in_seconds, what_if

HOURS = [(0.0, 3600.0)]
TODAY = Scenario(
    "today",
    [Queue("general", [30.0] * 4, [300.0], 240.0), Queue("retirees", [10.0] * 4, [600.0], math.inf, handle_cv=0.5)],
    [Agents("juniors", 8, {"general": 0}, HOURS), Agents("seniors", 5, {"general": 5, "retirees": 0}, HOURS)],
)


def test_open_enrollment_with_three_ill() -> None:
    then = what_if(TODAY, "open enrollment: calls 1.8, ill 3, target 90/10 general")
    assert (then.name, then.ill) == ("open enrollment", 3)
    assert [sum(queue.calls) for queue in then.queues] == [216, 72]
    assert [(queue.target.service_level, queue.target.within_s) for queue in then.queues] == [(0.9, 10), (0.8, 20)]


def test_only_the_queue_that_is_named() -> None:
    then = what_if(TODAY, "calls 2 retirees, handle 1.5 general, extra 2 seniors")
    assert [sum(queue.calls) for queue in then.queues] == [120, 80]
    assert [list(queue.handle_s) for queue in then.queues] == [[450], [600]]
    assert [group.count for group in then.agents] == [8, 7]


def test_merged_queues_are_one_line_of_the_same_work() -> None:
    then = what_if(TODAY, "merge general+retirees")
    merged = then.queues[0]
    assert (len(then.queues), merged.name, list(merged.calls)) == (1, "general+retirees", [40] * 4)
    assert list(merged.handle_s) == pytest.approx([375.0] * 4)
    assert [dict(group.skills) for group in then.agents] == [{"general+retirees": 0}] * 2
    # the second moment of the mixture: 3/4 exponential of 300 s, 1/4 of 600 s with half its mean as deviation
    assert merged.handle_cv == pytest.approx(math.sqrt((0.75 * 300**2 * 2 + 0.25 * 600**2 * 1.25) / 375**2 - 1))


def test_two_lines_alike_are_better_as_one() -> None:
    hours = [(0.0, 36000.0)]
    pair = [Queue(name, [15.0] * 40, [300.0], 300.0) for name in ("north", "south")]
    people = [Agents(name, 6, {name: 0}, hours) for name in ("north", "south")]
    apart = Scenario("today", pair, people)
    together = what_if(apart, "one line: merge north+south")
    assert together.queues[0].handle_cv is None
    assert simulate(together, 40).met().wait_s.high < simulate(apart, 40).met().wait_s.low


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("busy: calls many", "'many' is no factor. Expected a number, say 1.8"),
        ("calls -2", "'-2' is no factor"),
        ("calls 2 widows", "there is no queue 'widows'. There are: general, retirees"),
        ("handle 0", "calls of no length"),
        ("target 80", "'80' is no service level"),
        ("target 100/20", "'100/20' is no service level"),
        ("ill some", "'some' is no number of agents"),
        ("ill 40", "40 ill of 13 agents"),
        ("extra 2", "extra agents of which kind. There are: juniors, seniors"),
        ("merge general", "takes two queues or more"),
        ("merge general+widows", "there is no queue 'widows'"),
        ("holiday", "'holiday' is no change"),
        ("", "'' is no change"),
    ],
)
def test_a_change_that_cannot_be_says_which(text: str, told: str) -> None:
    with pytest.raises(Problem) as refused:
        what_if(TODAY, text)
    assert told in str(refused.value).replace("?", "")
    assert "what if" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "level"), [("80/20", (0.8, 20)), (" 90 % / 10 s ", (0.9, 10)), ("99.5/30", (0.995, 30))]
)
def test_percent_in_seconds(text: str, level: tuple[float, float]) -> None:
    assert percent_in_seconds(text) == pytest.approx(level)
