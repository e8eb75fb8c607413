"""Emulated endpoints for tests: real HTTP, the strictness and the wire of a given provider, and a script of replies.

```python
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

script = [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Fault(error="rate_limit"), Reply("3")]
with EmulatedEndpoint("dashscope-thinking", script) as endpoint:
    ...  # run the agent with endpoint.base_url, endpoint.api_key, endpoint.model
    assert [request.status for request in endpoint.requests] == [200, 429, 200]
```

A script that is a list is said to its end and as it stands, or the test fails; and no endpoint knows what was learned
of another, in this process or in any (`EmulatedEndpoint`).

To read on: `script` (what a test says), `wire` (how it is written), `rules` (what is refused), `provider` (both
together, and how the model behaves), `providers/` (the rows of data).
"""

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
