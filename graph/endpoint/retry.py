"""Whether another try of a request helps, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.errors import EndpointTimeoutError, PortolanError, RateLimitError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RetryPolicy", "retry_delay"]

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 20.0
_FIRST_THROTTLED_WAIT_S: Final = 1.0
"""A throttle counts requests or tokens over a while, so the first wait is longer."""

_SLACK: Final = 0.25
"""Up to this share is added to a wait that the endpoint asked for, so that many clients do not come back at once."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The bounds of trying again."""

    max_retries: int = 3
    """Further tries after the first."""

    max_time_s: float = 60.0
    """Seconds since the first try after which no other is begun."""

    max_timeouts: int = 1
    """Further tries after a time-out: each costs the whole time-out, and most likely the tokens."""


def retry_delay(
    error: PortolanError,
    *,
    attempt: int,
    elapsed_s: float,
    policy: RetryPolicy | None = None,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float | None:
    """Return how many seconds to wait before the next try, or None if the error is final.

    Only errors that may pass by themselves are tried again (`TransientError`: rate limits, throttles, faults of the
    server, failures of the connection, conflicts); a refusal, a wrong key or an empty account never is. Whoever calls
    this must not have passed on any part of the reply already.

    The wait is what the endpoint asked for, and a little more; else it grows exponentially with full jitter
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).

    Args:
        error: What the try ended with.
        attempt: How many tries there were, from 1.
        elapsed_s: Seconds since the first try began.
        policy: The bounds; None: the defaults.
        uniform: Source of the jitter.
    """
    policy = policy or RetryPolicy()
    tries = policy.max_retries
    if isinstance(error, EndpointTimeoutError):
        tries = min(tries, policy.max_timeouts)
    if not isinstance(error, TransientError) or attempt > tries:
        return None
    if error.retry_after_s is not None:
        delay = error.retry_after_s * (1 + uniform(0, _SLACK))
        # Asked to wait longer than allowed: coming back earlier would only be refused again.
        return delay if elapsed_s + error.retry_after_s <= policy.max_time_s else None
    first = _FIRST_THROTTLED_WAIT_S if isinstance(error, RateLimitError) else _FIRST_WAIT_S
    ceiling = min(_LONGEST_WAIT_S, first * 2 ** min(attempt - 1, 16))
    delay = uniform(first / 2, ceiling) if ceiling > first / 2 else ceiling
    return delay if elapsed_s + delay <= policy.max_time_s else None
