"""What Prometheus may scrape; a registry for each app, so that several apps live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram


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
