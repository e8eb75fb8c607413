"""What the tests of the tools share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rooted_folder import Folder
from toolbench import Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = serve(made)
    yield made
    made.ended.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
