"""What a command leaves behind in the process is taken back after each test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The command exports the rest of a `.env`."""
    environ = dict(os.environ)
    yield
    for name in set(os.environ) - set(environ):
        del os.environ[name]
