"""What Prometheus may scrape; a registry for each app, so that several apps live in one process."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.insight.queues import queues
from core.insight.ticks import last_day
from core.shop import Shop


class Metrics:
    """Labels are route templates, never paths: no member's number ends up in a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "regulars_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "regulars_http_request_seconds",
            "Time to the end of the answer.",
            ["method", "route"],
            registry=self.registry,
        )
        self.problems = Counter(
            "regulars_http_problems", "Problems answered, refusals among them.", ["reason"], registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)


class TicksOf(Collector):
    """What the scheduler and the worker of this shop did, out of its database: whichever process did it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def collect(self) -> Iterator[GaugeMetricFamily]:
        started = GaugeMetricFamily("regulars_tick_started_seconds", "When it last ran, Unix time.", labels=["tick"])
        took = GaugeMetricFamily("regulars_tick_took_seconds", "How long its last run took.", labels=["tick"])
        runs = GaugeMetricFamily("regulars_tick_runs", "Runs in the last day.", labels=["tick", "state"])
        messages = GaugeMetricFamily(
            "regulars_tick_messages", "Messages in the last day.", labels=["tick", "outcome", "reason"]
        )
        with self._shop.read() as session:
            days = last_day(session, self._shop.now())
        for day in days:
            tick = day.last.tick
            started.add_metric([tick], day.last.started_at.timestamp())
            if day.last.took_ms is not None:
                took.add_metric([tick], day.last.took_ms / 1000)
            runs.add_metric([tick, "failed"], day.failed_runs)
            runs.add_metric([tick, "done"], day.runs - day.failed_runs)
            for outcome in ("planned", "sent", "failed"):
                messages.add_metric([tick, outcome, ""], getattr(day, outcome))
            for reason, count in day.left_out.items():
                messages.add_metric([tick, "skipped", reason], count)
        yield from (started, took, runs, messages)


class QueuesOf(Collector):
    """What waits in this shop's database, whichever process will take it up."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._shop.read() as session:
            found = queues(session, self._shop.now())
        states = GaugeMetricFamily("regulars_deliveries", "Messages still to be sent.", labels=["state"])
        for state in ("planned", "due", "sending"):
            states.add_metric([state], getattr(found, state))
        refused = GaugeMetricFamily("regulars_bot_token_refused", "Telegram does not know the token.", labels=["bot"])
        for bot_id in found.refused:
            refused.add_metric([str(bot_id)], 1)
        yield states
        yield GaugeMetricFamily("regulars_deliveries_late_seconds", "Since the first one is due.", found.late_s)
        yield GaugeMetricFamily("regulars_updates", "Updates that are not answered yet.", found.updates)
        yield GaugeMetricFamily("regulars_updates_waiting_seconds", "Since the first one is here.", found.waiting_s)
        yield refused
