"""The emulated providers, a file for each family, each a row of data."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from graph.testing.providers import ark, dashscope, extremes, local, mistral, openai, vendors, vllm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.testing.provider import Provider

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for family in (openai, dashscope, vllm, vendors, ark, mistral, local, extremes)
        for provider in family.ALL
    }
)
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
