"""What a monitoring system scrapes: how the ear, the calls and the outbox stand. Counts and seconds, nobody's data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from assist.speech.load import Figures
from core.errors import Problem
from records.outbox import Load

Source = Callable[[], Awaitable[Iterable[Metric]]]


def speech(figures: Figures) -> list[Metric]:
    """Lag, queue and load of the decoders."""
    lag = GaugeMetricFamily(
        "memberline_speech_lag_seconds", "From a frame to what it gave, over the last minute", labels=["quantile"]
    )
    lag.add_metric(["0.5"], figures.lag_p50_s)
    lag.add_metric(["0.95"], figures.lag_p95_s)
    load = GaugeMetricFamily("memberline_speech_load_ratio", "Share of the threads' time", labels=["work"])
    load.add_metric(["live"], figures.load)
    load.add_metric(["later"], figures.later_load)
    found: list[Metric] = [
        lag,
        load,
        _gauge("speech_streams", "Legs that are listened to", figures.streams),
        _gauge("speech_calls", "Calls that are listened to", figures.calls),
        _gauge("speech_threads", "Decoder threads", figures.threads),
        _gauge("speech_turns_waiting", "Legs in line for a thread", figures.turns_waiting),
        _gauge("speech_waiting_seconds", "Audio that waits to be decoded", figures.waiting_s),
        _gauge("speech_furthest_behind_seconds", "The same, of the leg with most", figures.furthest_behind_s),
        _counter("speech_decoded_seconds", "Live audio that was decoded", figures.decoded_s),
        _counter("speech_lost_seconds", "Live audio that was told as a gap", figures.lost_s),
        _counter("speech_refused", "Legs for which there was no room", figures.refused),
    ]
    if figures.most_calls is not None:
        found.append(_gauge("speech_most_calls", "Calls that this machine carries", figures.most_calls))
    return found


def outbox(load: Load, now: datetime) -> list[Metric]:
    """What waits to be taken to the pension system."""
    entries = GaugeMetricFamily("memberline_outbox_entries", "Changes on their way", labels=["state"])
    entries.add_metric(["waiting"], load.waiting)
    entries.add_metric(["parked"], load.parked)
    oldest = (now - load.oldest_at).total_seconds() if load.oldest_at else 0.0
    return [entries, _gauge("outbox_oldest_seconds", "How long the oldest of them waits", oldest)]


def calls(going_on: int, recorded: int) -> list[Metric]:
    return [
        _gauge("calls", "Calls that are going on", going_on),
        _gauge("recordings", "Recordings whose file is open", recorded),
    ]


@asynccontextmanager
async def served(sources: Sequence[Source], host: str, port: int) -> AsyncIterator[int]:
    """`GET /metrics` on a port of its own while the context lasts; the port. 0: any free one.

    Raises `Problem` where the port is taken.
    """

    async def answer(_: web.Request) -> web.Response:
        families = [family for source in sources for family in await source()]
        registry = CollectorRegistry()
        registry.register(_Collected(families))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise Problem(
                f"metrics cannot be served on {host}:{port}: {error.strerror}",
                place="metrics_port",
                remedy="Set it to a free port, or to none",
            ) from error
        bound: int = runner.addresses[0][1]
        yield bound
    finally:
        await runner.cleanup()


class _Collected:
    """Families that were made already, as a registry wants them."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"memberline_{name}", about, value=value)


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(f"memberline_{name}", about, value=value)
