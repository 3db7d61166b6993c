"""One member's trouble stays that member's: what raises is logged and counted, and the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from core.shop import DatabaseUnavailable

log = structlog.get_logger("core.isolating")


@dataclass
class Isolated:
    """failed: the members for whom something raised; they are left as they were and tried again the next time."""

    failed: set[int] = field(default_factory=set)

    def attempt(self, member_id: int, work: Callable[[], int]) -> int:
        """What `work` gives, in a transaction of its own; 0 where it raises. Raises DatabaseUnavailable alone: that is
        nobody's own trouble."""
        try:
            return work()
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("a member's account cannot be brought up to date", member_id=member_id)
            self.failed.add(member_id)
            return 0
