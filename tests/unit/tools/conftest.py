"""What the tests of the tools share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from toolbench import Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = serve(made)
    yield made
    made.ended.set()
    server.shutdown()
    server.server_close()
