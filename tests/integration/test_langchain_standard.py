"""LangChain's standard tests of a chat model, for the adapter, over HTTP to an emulated endpoint.

Skipped, by what the test class says of the adapter:

* images, PDF and audio: the suite downloads its samples, and what an endpoint makes of them is its own matter;
* the key from the environment: the adapter takes none from there, since it would go to whatever base URL is given
  (`load_settings` reads both together);
* the time of a stream: it needs recordings of a provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
from langchain_core.load import dumpd, load
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import AIMessage

    from graph.testing import RecordedRequest

# LangChain lowers the method to function calling for such a schema and says so; that it does is what the suite tests.
pytestmark = pytest.mark.filterwarnings("ignore:Received a Pydantic BaseModel V1 schema:UserWarning")

JOKE = {"setup": "Why did the cat sit on the computer?", "punchline": "To keep an eye on the mouse."}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "magic_function": {"input": 3},
    "magic_function_no_args": {},
    "get_weather": {"location": "San Francisco, CA"},
    "greeting_generator": {"answer_style": "pirate"},
    "my_adder_tool": {"a": 3, "b": 4},
    "color_picker": {"fav_color": "purple"},
    "Joke": JOKE,
}
OTHER_MODEL = "another-model"


def customer(question: str) -> dict[str, str]:
    """The name between quotation marks."""
    return {"customer_name": question.split("'")[1], "description": "A company"}


def reply(request: RecordedRequest) -> Reply:
    """A model that calls the first tool it is offered when it is asked something, and answers from its result."""
    last = request.messages[-1]
    question = last["content"] if isinstance(last["content"], str) else json.dumps(last["content"])
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "total_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 0},
    }
    if request.body.get("response_format"):
        return Reply(json.dumps(JOKE), usage=usage)
    if request.tools and last["role"] == "user":
        choice = request.body.get("tool_choice")
        named = choice["function"]["name"] if isinstance(choice, dict) else request.tools[0]["function"]["name"]
        arguments = customer(question) if named == "unicode_customer" else ARGUMENTS[named]
        return Reply(calls=[Call(named, arguments)], usage=usage)
    return Reply("It is sunny, and 1 + 2 is 3.", usage=usage)


@pytest.fixture(scope="module", autouse=True)
def endpoint() -> Iterator[EmulatedEndpoint]:
    """An endpoint that serves any model, as a gateway does."""
    with EmulatedEndpoint("openai", reply, rules={"unknown_model": None}) as running:
        Standard.endpoint = running
        yield running


class Standard:
    """What both suites need to know."""

    endpoint: EmulatedEndpoint

    @property
    def chat_model_class(self) -> type[ChatEndpoint]:
        return ChatEndpoint

    @property
    def chat_model_params(self) -> dict[str, Any]:
        where = self.endpoint
        return {"model": where.model, "base_url": where.base_url, "api_key": where.api_key}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return OTHER_MODEL


class TestChatEndpointUnit(Standard, ChatModelUnitTests):
    @pytest.mark.xfail(reason="`load(allowed_objects='all')` knows LangChain's own packages alone; no snapshot")
    def test_serdes(self, model: ChatEndpoint, snapshot: object) -> None:
        """See `test_the_adapter_can_be_stored_and_loaded` for how it is loaded."""
        super().test_serdes(model, snapshot)


class TestChatEndpointIntegration(Standard, ChatModelIntegrationTests):
    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supported_usage_metadata_details(self) -> dict[Literal["invoke", "stream"], list[Any]]:
        details = ["reasoning_output", "cache_read_input"]
        return {"invoke": details, "stream": details}

    def _ask(self, *, stream: bool) -> AIMessage:
        model = ChatEndpoint(**self.chat_model_params)
        if not stream:
            return model.invoke("Think.")
        first, *rest = model.stream("Think.")
        return sum(rest, first)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self._ask(stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self._ask(stream=stream)


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
def test_the_adapter_can_be_stored_and_loaded(monkeypatch: pytest.MonkeyPatch, endpoint: EmulatedEndpoint) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", endpoint.api_key)
    model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key, temperature=0.5)
    stored = dumpd(model)
    assert endpoint.api_key not in json.dumps(stored)
    loaded = load(stored, valid_namespaces=["graph"], allowed_objects=[ChatEndpoint], secrets_from_env=True)
    assert isinstance(loaded, ChatEndpoint)
    assert loaded.asdict() == model.asdict()
    assert loaded.invoke("Hello").text == "It is sunny, and 1 + 2 is 3."
