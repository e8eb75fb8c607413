"""The emulated providers, a file for each family, each a row of data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graph.testing.provider import Provider
from graph.testing.providers import openai

PROVIDERS: Mapping[str, Provider] = MappingProxyType({provider.name: provider for provider in (*openai.ALL,)})
"""All of them by name."""


def get_provider(name: str) -> Provider:
    """Look a provider up.

    Raises:
        ValueError: No provider has this name.
    """
    if name not in PROVIDERS:
        msg = f"no emulated provider {name!r}; there are {', '.join(sorted(PROVIDERS))}"
        raise ValueError(msg)
    return PROVIDERS[name]


__all__ = ["PROVIDERS", "get_provider"]
