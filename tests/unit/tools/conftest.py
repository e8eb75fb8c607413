"""What the tests of the tools share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from toolbench import Site, serve


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = serve(made)
    yield made
    made.ended.set()
    server.shutdown()
    server.server_close()
