"""Emulated endpoints for tests: real HTTP, the strictness and the wire of a given provider, and a script of replies."""

from graph.testing.endpoint import EmulatedEndpoint, ScriptError
from graph.testing.errors import ErrorShape, Refusal
from graph.testing.leaks import LEAKS, Leak
from graph.testing.provider import Behaviour, Provider
from graph.testing.providers import PROVIDERS, get_provider
from graph.testing.recorded import RecordedRequest
from graph.testing.rules import Limits, Rules
from graph.testing.script import Call, Fault, FaultKind, Raw, Reply, Script, ScriptItem
from graph.testing.wire import Extras, Wire

__all__ = [
    "LEAKS",
    "PROVIDERS",
    "Behaviour",
    "Call",
    "EmulatedEndpoint",
    "ErrorShape",
    "Extras",
    "Fault",
    "FaultKind",
    "Leak",
    "Limits",
    "Provider",
    "Raw",
    "RecordedRequest",
    "Refusal",
    "Reply",
    "Rules",
    "Script",
    "ScriptError",
    "ScriptItem",
    "Wire",
    "get_provider",
]
