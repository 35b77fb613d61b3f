"""100 callers in the menu at once, then more: lost keys, wrong branches, how soon the next prompt comes, what breaks.

Every caller presses a key a few seconds after each prompt has begun, a tenth of them two at once, and walks at random
through menus whose prompts have a tone each (`benchmarks.ivr_callers`). Asterisk, Memberline and the callers, sixty a
process, share one machine: `*_cores` says what each took of it, `machine_cores` what all work on it took. A stage is
held where no key is lost, no branch wrong, no caller dropped, and p99 is below 150 ms; the first that is not says in
`simulator_late_p99_ms` whether the callers themselves came too late for what they should have done: then it is the
simulator that broke, or the machine that is full.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from benchmarks.harness import Goal, Result, percentile
from benchmarks.ivr_callers import Plan, Report, figures, spawn
from benchmarks.ivr_house import House, cpu_s, house, machine_busy_s

CALLERS = 100
STEP, MOST = 50, 350  # RTP ports of the private Asterisk end before 400
STAGE_S = 60.0  # all callers in the menu
CALLERS_A_PROCESS = 60
CALLS_A_SECOND = 10.0
PROMPT_S = 1.5
GAP_S = (0.8, 4.0)  # from the beginning of a prompt to the next key
P99_MS = 150.0
SIMULATOR_LATE_MS = 20.0  # a beat of its own
UP_WITHIN_S, REPORT_WITHIN_S = 90.0, 60.0


def run(callers: int = CALLERS, most: int = MOST, seconds: float = STAGE_S) -> Result:
    """`callers` at first, then 50 more each time up to `most`; each stage lasts `seconds` after all have come."""
    load = os.getloadavg()[0]
    stages = asyncio.run(_measure(callers, most, seconds))
    first, held = stages[0], [stage["callers"] for stage in stages if _held(stage)]
    measured = {**first, "held": max(held, default=0.0), "load_before": load}
    for stage in stages[1:]:
        measured |= {f"{name}_{stage['callers']:g}": value for name, value in stage.items() if name != "callers"}
    if not _held(stages[-1]):
        last = stages[-1]
        measured["breaks_at"] = last["callers"]
        measured["breaks_by_simulator"] = float(last["simulator_late_p99_ms"] > SIMULATOR_LATE_MS)
    return Result(
        measured,
        (
            Goal("callers", ">=", CALLERS),
            Goal("lost_keys", "<=", 0),
            Goal("wrong_branches", "<=", 0),
            Goal("dropped", "<=", 0),
            Goal("p99_ms", "<=", P99_MS),
        ),
    )


def _held(stage: dict[str, float]) -> bool:
    faults = stage["lost_keys"] + stage["wrong_branches"] + stage["dropped"]
    return not faults and stage["p99_ms"] <= P99_MS


async def _measure(callers: int, most: int, seconds: float) -> list[dict[str, float]]:
    stages: list[dict[str, float]] = []
    async with house(PROMPT_S) as there:
        while True:
            stages.append(await asyncio.to_thread(_stage, there, callers, seconds))
            callers += STEP
            if callers > most or not _held(stages[-1]):
                return stages
            await asyncio.sleep(2.0)  # the calls before are cleared away


def _stage(there: House, callers: int, seconds: float) -> dict[str, float]:
    plans = [_plan(there, callers, number) for number in range(-(-callers // CALLERS_A_PROCESS))]
    spawned = [spawn(plan) for plan in plans]
    pids = {**there.pids, **{f"simulator{n}": process.pid or 0 for n, (process, _) in enumerate(spawned)}}
    try:
        pipes = [pipe for _, pipe in spawned]
        _all_say(pipes, "up", UP_WITHIN_S)
        began, before, busy = time.monotonic(), {name: cpu_s(pid) for name, pid in pids.items()}, machine_busy_s()
        time.sleep(seconds)
        lasted, busy = time.monotonic() - began, machine_busy_s() - busy
        cores = {name: (cpu_s(pid) - before[name]) / lasted for name, pid in pids.items()}
        for pipe in pipes:
            pipe.send("stop")
        total = Report()
        for reports in _answers(pipes, REPORT_WITHIN_S):
            for report in reports.values():
                total += report
    finally:
        for process, _ in spawned:
            process.terminate()
            process.join(10)
    return {
        "callers": float(callers),
        **figures(total, f"{callers} callers"),
        "asterisk_cores": cores["asterisk"],
        "memberline_cores": cores["memberline"],
        "simulator_cores": sum(used for name, used in cores.items() if name.startswith("simulator")),
        "machine_cores": busy / lasted,
        "simulator_late_p99_ms": percentile(total.late_ms, 0.99),
    }


def _plan(there: House, callers: int, number: int) -> Plan:
    processes = -(-callers // CALLERS_A_PROCESS)
    share = callers // processes + (number < callers % processes)
    return Plan(
        server=there.server,
        trunk_secret=there.asterisk.site.trunk_secret,
        numbers=(there.asterisk.site.number,),
        callers=share,
        prompt_s=PROMPT_S,
        gap_s=GAP_S,
        walk=True,
        ramp_s=callers / CALLS_A_SECOND,
        seed=1000 * callers + number,
    )


def _all_say(pipes: Sequence[Connection], word: str, within_s: float) -> None:
    if any(said != word for said in _answers(pipes, within_s)):
        raise RuntimeError(f"the callers did not say {word!r}")


def _answers(pipes: Sequence[Connection], within_s: float) -> list[Any]:
    """What each process of callers says next. Raises `RuntimeError` where one says nothing."""
    answers, until = [], time.monotonic() + within_s
    for pipe in pipes:
        if not wait([pipe], timeout=max(0.0, until - time.monotonic())):
            raise RuntimeError(f"a process of callers said nothing for {within_s:g} s")
        answers.append(pipe.recv())
    return answers
