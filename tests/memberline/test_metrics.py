"""Monitoring is told how things stand, in the form that it reads, and nothing of anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from assist.speech.pool import DecoderPool
from core.errors import Problem
from memberline import metrics
from records.outbox import Load

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def scraped(port: int) -> dict[tuple[str, str], float]:
    async with aiohttp.ClientSession() as monitor, monitor.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        families = text_string_to_metric_families(await answer.text())
        return {
            (sample.name, ",".join(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }


async def test_the_ear_the_calls_and_the_outbox_are_told_as_they_are_when_asked() -> None:
    going_on = 3
    async with DecoderPool(lambda: pytest.fail("nobody speaks"), threads=2, most_calls=12) as pool:

        async def told() -> list[Metric]:
            load = Load(waiting=4, parked=1, oldest_at=NOW - timedelta(seconds=90))
            return metrics.speech(pool.figures()) + metrics.calls(going_on, 2) + metrics.outbox(load, NOW)

        async with metrics.served([told], "127.0.0.1", 0) as port:
            first = await scraped(port)
            going_on = 5
            second = await scraped(port)
    assert first["memberline_speech_most_calls", ""] == 12
    assert first["memberline_speech_threads", ""] == 2
    assert first["memberline_speech_lag_seconds", "0.95"] == 0
    assert first["memberline_speech_refused_total", ""] == 0
    assert (first["memberline_outbox_entries", "waiting"], first["memberline_outbox_entries", "parked"]) == (4, 1)
    assert first["memberline_outbox_oldest_seconds", ""] == 90
    assert (first["memberline_calls", ""], second["memberline_calls", ""]) == (3, 5)


async def test_an_empty_outbox_waits_for_nothing() -> None:
    [entries, oldest] = metrics.outbox(Load(waiting=0, parked=0, oldest_at=None), NOW)
    assert [sample.value for sample in (*entries.samples, *oldest.samples)] == [0, 0, 0]


async def test_a_port_that_is_taken_is_named() -> None:
    async with metrics.served([], "127.0.0.1", 0) as port:
        with pytest.raises(Problem, match=f"127.0.0.1:{port}"):
            async with metrics.served([], "127.0.0.1", port):
                pass
