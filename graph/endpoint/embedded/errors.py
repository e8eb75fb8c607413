"""What can go wrong before the embedded model answers: each says what to do next."""

from __future__ import annotations

from graph.errors import PortolanError

__all__ = ["DiskSpaceError", "EmbeddedModelError", "ModelLoadError", "WeightsError"]


class EmbeddedModelError(PortolanError):
    """The embedded model cannot serve."""


class WeightsError(EmbeddedModelError):
    """The weights are at none of their sources, or the file that was named is not there."""


class DiskSpaceError(EmbeddedModelError):
    """There is no room for the weights, or their folder cannot be written to."""


class ModelLoadError(EmbeddedModelError):
    """A weights file is there, but llama.cpp cannot serve it."""
