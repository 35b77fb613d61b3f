"""From a caller's key to the first packet of the next prompt, against the same menu in Asterisk's own dialplan.

Four lines call at once, on each one call to Memberline's menu and one to the dialplan's in turns, on one Asterisk. Half
the keys are pressed during a prompt, half after it. What a caller waits is counted from finger to ear: from the first
RFC 4733 packet of the key, which is held for 100 ms, to the first packet of the next prompt (`benchmarks.ivr_callers`
sees the key's end, and the key's length is added). Memberline and the callers are processes of their own.

From the key's end alone (`end_p50_ratio`, which no goal is set for) Asterisk takes under a millisecond. Memberline is
told of the key by one process and tells another: of its time a third is the manager interface saying which key it was,
a third deciding, a third the command's way into the channel.
"""

from __future__ import annotations

import asyncio
import os

from benchmarks.harness import Goal, Result
from benchmarks.ivr_callers import Plan, Report, figures, spawn
from benchmarks.ivr_house import NATIVE, House, house
from memberline.demo.phone import rtp

PRESSES = 400  # of each menu
LINES, PRESSES_A_CALL = 4, 10
PROMPT_S = 0.6


def run(presses: int = PRESSES) -> Result:
    load = os.getloadavg()[0]
    ours, native = asyncio.run(_measure(presses))
    mine, theirs = figures(ours, "Memberline"), figures(native, "dialplan")
    return Result(
        {
            "p50_ratio": (rtp.KEY_MS + mine["p50_ms"]) / (rtp.KEY_MS + theirs["p50_ms"]),
            "p99_ms": rtp.KEY_MS + mine["p99_ms"],
            "end_p50_ratio": mine["p50_ms"] / theirs["p50_ms"],
            **{f"end_{name}" if name.endswith("_ms") else name: value for name, value in mine.items()},
            **{f"native_end_{name}" if name.endswith("_ms") else f"native_{name}": theirs[name] for name in theirs},
            "load_before": load,
        },
        (
            Goal("p50_ratio", "<=", 1.5),
            Goal("p99_ms", "<=", 150),
            Goal("lost_keys", "<=", 0),
            Goal("wrong_branches", "<=", 0),
        ),
    )


async def _measure(presses: int) -> tuple[Report, Report]:
    async with house(PROMPT_S) as there:
        return await asyncio.to_thread(_call, there, presses)


def _call(there: House, presses: int) -> tuple[Report, Report]:
    number = there.asterisk.site.number
    plan = Plan(
        server=there.server,
        trunk_secret=there.asterisk.site.trunk_secret,
        numbers=(number, NATIVE),
        callers=LINES,
        calls=2 * max(1, -(-presses // (LINES * PRESSES_A_CALL))),
        presses=min(presses, PRESSES_A_CALL),
        prompt_s=PROMPT_S,
    )
    process, pipe = spawn(plan)
    try:
        if pipe.recv() != "up":
            raise RuntimeError("the callers did not say that they are up")
        reports: dict[str, Report] = pipe.recv()
    finally:
        process.terminate()
        process.join(10)
    return reports[number], reports[NATIVE]
