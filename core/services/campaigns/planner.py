"""What somebody has just launched, resumed or called off is not kept waiting for the scheduler's next tick."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import structlog

from core.services.campaigns.plan_campaigns import carry_on
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("core.planner")


class Planner:
    """Carries campaigns on in a thread of its own, one after the other.

    The scheduler would within a minute; both at once plan nothing twice, and what one leaves the other goes on with.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="planner")

    def carry_on(self, campaign_id: int) -> None:
        """Returns at once, from any thread."""
        self._thread.submit(self._work, campaign_id)

    def __enter__(self) -> Planner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Ends with the chunk that it is at."""
        self._closing.set()
        self._thread.shutdown(cancel_futures=True)

    def _work(self, campaign_id: int) -> None:
        try:
            for _ in carry_on(self._shop, campaign_id):
                if self._closing.is_set():
                    return
        except DatabaseUnavailable as error:
            log.warning("the scheduler plans it later", campaign=campaign_id, error=str(error))
        except Exception:
            log.exception("a campaign could not be planned; the scheduler tries again", campaign=campaign_id)
