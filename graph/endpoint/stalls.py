"""How long an answer may stand still, by the time-out of its request."""

from __future__ import annotations

import math
from typing import Any

from graph.endpoint.timeouts import checked_timeout


def seconds_between(timeout: Any) -> float:
    """Seconds that may pass between two pieces of an answer; infinite where the time-out sets no bound to that.

    Args:
        timeout: seconds, a tuple that begins with those to connect and those to read, or a `Timeout`.

    Raises:
        SettingsError: it is no time-out.
    """
    given = checked_timeout(timeout)
    read = given[1] if isinstance(given, tuple) else getattr(given, "read", given)
    return math.inf if read is None else float(read)
