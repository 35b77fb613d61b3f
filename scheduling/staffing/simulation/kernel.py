"""The days, event by event, compiled by Numba: about a microsecond a call, where plain Python takes twenty.

What happens, in the order of time: a caller comes; an agent ends a call; an agent goes on or off the telephones; a
caller gives up; a caller has waited until the queue's next step, which lets agents of a higher penalty be asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.staffing.load import Floats
from scheduling.staffing.simulation import state as s
from scheduling.staffing.simulation.arrivals import Calls
from scheduling.staffing.simulation.state import FREE, Day, Heap, Now, Rules, Tally, compiled

ROUNDING_S = 1e-6


@compiled
def highest_penalty(rules: Rules, q: int, waited_s: float) -> int:
    highest = -1
    for step in range(rules.step_s.shape[1]):
        if rules.step_s[q, step] <= waited_s + ROUNDING_S:
            highest = rules.step_penalty[q, step]
    return highest


@compiled
def free_agent(rules: Rules, now: Now, q: int, waited_s: float) -> int:
    """The one of the lowest penalty, of those the one free longest; -1: none."""
    lowest, found = highest_penalty(rules, q, waited_s), -1
    for agent in range(now.state.shape[0]):
        penalty = rules.penalty[agent, q]
        if now.state[agent] == FREE and 0 <= penalty <= lowest:
            longer = found >= 0 and now.free_since_s[agent] < now.free_since_s[found]
            if found < 0 or penalty < lowest or longer:
                lowest, found = penalty, agent
    return found


@compiled
def talks(day: Day, agent: int, call: int, at_s: float) -> None:
    day.now.state[agent] = s.BUSY
    ends_s = at_s + day.calls.handle_s[day.first + call]
    s.push(day.heap, ends_s, s.ENDS, agent)
    busy_s = day.tally.busy_s[day.number, day.rules.group[agent]]
    last, begins_s = busy_s.shape[0] - 1, at_s
    while begins_s < ends_s:
        interval = min(int(begins_s / day.rules.interval_s), last)
        border_s = ends_s if interval == last else min(ends_s, (interval + 1) * day.rules.interval_s)
        busy_s[interval] += border_s - begins_s
        begins_s = border_s


@compiled
def counts_of(day: Day, call: int) -> Floats:
    """Where a call counts: with its queue, in the interval in which it came."""
    q, intervals = day.calls.queue[day.first + call], day.tally.calls.shape[2]
    interval = min(int(day.calls.at_s[day.first + call] / day.rules.interval_s), intervals - 1)
    counts: Floats = day.tally.calls[day.number, q, interval]
    return counts


@compiled
def served(day: Day, q: int, call: int, at_s: float) -> None:
    waited_s, counts = at_s - day.calls.at_s[day.first + call], counts_of(day, call)
    counts[s.ANSWERED] += 1
    counts[s.WAIT_ANSWERED_S] += waited_s
    counts[s.WAIT_S] += waited_s
    day.tally.longest_s[day.number, q] = max(day.tally.longest_s[day.number, q], waited_s)
    if waited_s <= day.rules.within_s[q]:
        counts[s.WITHIN] += 1


@compiled
def whose_turn(day: Day, agent: int, at_s: float) -> int:
    """The queue whose first caller the agent is to take; -1: none may ask for this agent now."""
    rules, now, came_s = day.rules, day.now, day.calls.at_s
    chosen = -1
    for q in range(now.head.shape[0]):
        penalty = rules.penalty[agent, q]
        if penalty < 0 or now.head[q] < 0:
            continue
        since_s = came_s[day.first + now.head[q]]
        if penalty > highest_penalty(rules, q, at_s - since_s):
            continue
        if chosen >= 0:
            if rules.priority[q] < rules.priority[chosen]:
                continue
            if rules.priority[q] == rules.priority[chosen] and since_s >= came_s[day.first + now.head[chosen]]:
                continue
        chosen = q
    return chosen


@compiled
def takes_next(day: Day, agent: int, at_s: float) -> None:
    """A free agent takes whoever's turn it is."""
    while True:
        q = whose_turn(day, agent, at_s)
        if q < 0:
            return
        call = day.now.head[q]
        fate = day.now.fate[call]
        s.leaves(day.now, q, call)
        if fate == s.CALL_BACK:
            counts = counts_of(day, call)
            counts[s.WAIT_BACK_S] += at_s - day.calls.at_s[day.first + call]
            if day.calls.luck[day.first + call, 1] >= day.rules.back_reached[q]:
                continue
            counts[s.REACHED] += 1
        else:
            served(day, q, call, at_s)
        talks(day, agent, call, at_s)
        return


@compiled
def comes(day: Day, call: int) -> None:
    rules, now, at = day.rules, day.now, day.first + call
    at_s, q, patience_s = day.calls.at_s[at], day.calls.queue[at], day.calls.patience_s[at]
    counts = counts_of(day, call)
    counts[s.OFFERED] += 1
    agent = free_agent(rules, now, q, 0.0)
    if agent >= 0:
        served(day, q, call, at_s)
        talks(day, agent, call, at_s)
        return
    expected_s = (now.waiting[q] + 1) * rules.mean_handle_s[q] / max(1, now.on_for[q])
    if expected_s > rules.back_above_s[q] and day.calls.luck[at, 0] < rules.back_accepted[q]:
        counts[s.CALLED_BACK] += 1
        s.joins(now, q, call, s.CALL_BACK)
    else:
        s.joins(now, q, call, s.WAITING)
        if patience_s < np.inf:
            s.push(day.heap, at_s + patience_s, s.GIVES_UP, call)
    for step in range(rules.step_s.shape[1]):
        if 0 < rules.step_s[q, step] < np.inf:
            s.push(day.heap, at_s + rules.step_s[q, step], s.WIDENS, call)


@compiled
def gives_up(day: Day, call: int, at_s: float) -> None:
    q, waited_s = day.calls.queue[day.first + call], at_s - day.calls.at_s[day.first + call]
    called_back = day.now.fate[call] == s.CALL_BACK
    s.leaves(day.now, q, call)
    counts = counts_of(day, call)
    if called_back:  # their turn never came
        counts[s.WAIT_BACK_S] += waited_s
        return
    counts[s.ABANDONED] += 1
    counts[s.WAIT_S] += waited_s
    day.tally.longest_s[day.number, q] = max(day.tally.longest_s[day.number, q], waited_s)
    if waited_s <= day.rules.within_s[q]:
        counts[s.ABANDONED_WITHIN] += 1


@compiled
def may_serve_longer(day: Day, call: int, at_s: float) -> None:
    """The caller has waited until the queue's next step: agents of a higher penalty may be asked."""
    at = day.first + call
    agent = free_agent(day.rules, day.now, day.calls.queue[at], at_s - day.calls.at_s[at])
    if agent >= 0:
        takes_next(day, agent, at_s)


@compiled
def ends(day: Day, agent: int, at_s: float) -> None:
    now = day.now
    if now.on[agent]:
        now.state[agent], now.free_since_s[agent] = s.FREE, at_s
        takes_next(day, agent, at_s)
    else:
        now.state[agent] = s.OFF
        day.tally.overtime_s[day.number, day.rules.group[agent]] += at_s - now.off_since_s[agent]


@compiled
def changes(day: Day, agent: int, on: bool, at_s: float) -> None:
    """An agent goes on or off the telephones."""
    now = day.now
    now.on[agent] = on
    for q in range(now.on_for.shape[0]):
        if day.rules.penalty[agent, q] >= 0:
            now.on_for[q] += 1 if on else -1
    if now.state[agent] == s.BUSY:
        if on:
            day.tally.overtime_s[day.number, day.rules.group[agent]] += at_s - now.off_since_s[agent]
        now.off_since_s[agent] = at_s
        return
    now.state[agent], now.free_since_s[agent] = (s.FREE if on else s.OFF), at_s
    if on:
        takes_next(day, agent, at_s)


@compiled
def happens(day: Day, kind: int, who: int, at_s: float) -> None:
    if kind == s.ENDS:
        ends(day, who, at_s)
    elif kind == s.GIVES_UP:
        if day.now.fate[who] == s.WAITING:
            gives_up(day, who, at_s)
    elif day.now.fate[who] != s.GONE:
        may_serve_longer(day, who, at_s)


@compiled
def simulate_day(day: Day, count: int, away: NDArray[np.bool_]) -> None:
    """`count` calls; `away` (agents,)."""
    rules, heap = day.rules, day.heap
    call, change, at_s = 0, 0, 0.0
    while True:
        comes_s = day.calls.at_s[day.first + call] if call < count else np.inf
        change_s = rules.change_s[change] if change < rules.change_s.shape[0] else np.inf
        heap_s = heap.time[0] if heap.size[0] > 0 else np.inf
        if min(comes_s, change_s, heap_s) == np.inf:
            break
        if heap_s <= comes_s and heap_s <= change_s:
            at_s, kind, who = s.pop(heap)
            happens(day, kind, who, at_s)
        elif change_s <= comes_s:
            at_s, agent = change_s, rules.change_agent[change]
            if not away[agent]:
                changes(day, agent, rules.change_on[change], at_s)
            change += 1
        else:
            at_s = comes_s
            comes(day, call)
            call += 1
    for q in range(day.now.head.shape[0]):  # nobody is left to take their call
        while day.now.head[q] >= 0:
            gives_up(day, day.now.head[q], at_s)


@compiled
def simulate_days(rules: Rules, calls: Calls, away: NDArray[np.bool_], tally: Tally) -> None:
    """All days of `calls`, into `tally`; `away` (days, agents)."""
    agents, queues = rules.penalty.shape
    for number in range(calls.first.shape[0] - 1):
        first = calls.first[number]
        count = calls.first[number + 1] - first
        room = count * (1 + rules.step_s.shape[1]) + agents + 1
        heap = Heap(np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64), np.zeros(1, np.int64))
        now = Now(
            state=np.zeros(agents, np.int64),
            on=np.zeros(agents, np.bool_),
            free_since_s=np.zeros(agents),
            off_since_s=np.zeros(agents),
            head=np.full(queues, -1),
            tail=np.full(queues, -1),
            waiting=np.zeros(queues, np.int64),
            on_for=np.zeros(queues, np.int64),
            fate=np.zeros(count, np.int64),
            following=np.full(count, -1),
            before=np.full(count, -1),
        )
        simulate_day(Day(rules, calls, now, heap, tally, number, first), count, away[number])
