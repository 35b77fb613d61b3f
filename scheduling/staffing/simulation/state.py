"""What a simulated day is made of: its rules, its tally, what is to come, and who is where now.

Arrays in named tuples, since that is what Numba compiles. The waiting callers of each queue are a linked list, so that
who gives up leaves it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from scheduling.staffing.load import Floats
from scheduling.staffing.simulation.arrivals import Calls

Ints = NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., Any])

OFFERED, ANSWERED, WITHIN, ABANDONED, ABANDONED_WITHIN, CALLED_BACK, REACHED = range(7)
WAIT_ANSWERED_S, WAIT_S, WAIT_BACK_S, COLUMNS = 7, 8, 9, 10

OFF, FREE, BUSY = 0, 1, 2
GONE, WAITING, CALL_BACK = 0, 1, 2
ENDS, GIVES_UP, WIDENS = 0, 1, 2


def compiled(function: F) -> F:
    """Kept on disk between runs where a folder can be written to."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # Numba found no such folder
        return cast(F, numba.njit(nogil=True)(function))


class Rules(NamedTuple):
    """Of queues (q), their steps, agents (a) and the changes of who is on the telephones, by time."""

    priority: Ints  # (q,)
    within_s: Floats  # (q,)
    step_s: Floats  # (q, steps): waited so long, penalties up to …
    step_penalty: Ints  # (q, steps)
    back_above_s: Floats  # (q,) inf: no call backs
    back_accepted: Floats
    back_reached: Floats
    mean_handle_s: Floats  # (q,)
    penalty: Ints  # (a, q); -1: does not serve it
    group: Ints  # (a,)
    change_s: Floats
    change_agent: Ints
    change_on: NDArray[np.bool_]
    interval_s: float


class Tally(NamedTuple):
    """What is counted, by day first. A call counts where it came in."""

    calls: Floats  # (days, q, intervals, COLUMNS)
    busy_s: Floats  # (days, groups, intervals)
    overtime_s: Floats  # (days, groups)
    longest_s: Floats  # (days, q), of all who waited in the line


class Heap(NamedTuple):
    """What is to come, the next first; `size[0]` of the places are in use."""

    time: Floats
    kind: Ints
    who: Ints
    size: Ints


class Now(NamedTuple):
    """The state of the day."""

    state: Ints  # (a,)
    on: NDArray[np.bool_]  # (a,)
    free_since_s: Floats  # (a,)
    off_since_s: Floats  # (a,)
    head: Ints  # (q,) -1: nobody waits
    tail: Ints
    waiting: Ints  # (q,)
    on_for: Ints  # (q,) agents on the telephones who serve it
    fate: Ints  # (calls of the day,)
    following: Ints
    before: Ints


class Day(NamedTuple):
    """One of them: `number` in the tally, its calls from `first` on. Calls are counted from 0 each day."""

    rules: Rules
    calls: Calls
    now: Now
    heap: Heap
    tally: Tally
    number: int
    first: int


@compiled
def push(heap: Heap, time: float, kind: int, who: int) -> None:
    at = heap.size[0]
    heap.size[0] += 1
    while at > 0:
        parent = (at - 1) // 2
        if heap.time[parent] <= time:
            break
        heap.time[at], heap.kind[at], heap.who[at] = heap.time[parent], heap.kind[parent], heap.who[parent]
        at = parent
    heap.time[at], heap.kind[at], heap.who[at] = time, kind, who


@compiled
def pop(heap: Heap) -> tuple[float, int, int]:
    first = (heap.time[0], heap.kind[0], heap.who[0])
    heap.size[0] -= 1
    size = heap.size[0]
    time, kind, who = heap.time[size], heap.kind[size], heap.who[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap.time[child + 1] < heap.time[child]:
            child += 1
        if heap.time[child] >= time:
            break
        heap.time[at], heap.kind[at], heap.who[at] = heap.time[child], heap.kind[child], heap.who[child]
        at = child
    heap.time[at], heap.kind[at], heap.who[at] = time, kind, who
    return first


@compiled
def joins(now: Now, q: int, call: int, fate: int) -> None:
    now.fate[call] = fate
    now.following[call], now.before[call] = -1, now.tail[q]
    if now.tail[q] >= 0:
        now.following[now.tail[q]] = call
    else:
        now.head[q] = call
    now.tail[q] = call
    now.waiting[q] += 1


@compiled
def leaves(now: Now, q: int, call: int) -> None:
    before, following = now.before[call], now.following[call]
    if before >= 0:
        now.following[before] = following
    else:
        now.head[q] = following
    if following >= 0:
        now.before[following] = before
    else:
        now.tail[q] = before
    now.fate[call] = GONE
    now.waiting[q] -= 1
