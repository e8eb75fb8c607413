"""`with_structured_output` on endpoints that refuse json_schema, or forced tool choice, or think."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from pydantic import BaseModel, SecretStr

from graph.endpoint.adapter import ChatEndpoint
from graph.errors import AuthenticationError, BrokenReplyError
from graph.testing import PROVIDERS, Call, EmulatedEndpoint, Reply


class City(BaseModel):
    """A city."""

    name: str
    people: int


TEXT = '{"name": "Rome", "people": 2800000}'
ROME = City(name="Rome", people=2_800_000)
SKIPPED = {"ollama-no-tools", "vllm-noflags"}


def model_at(endpoint: EmulatedEndpoint, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(
        model=endpoint.model, base_url=endpoint.base_url, api_key=SecretStr(endpoint.api_key), max_tokens=256, **fields
    )


def reply(request: Any) -> Reply:
    """A call where the request has tools, JSON where it has none."""
    if request.tools:
        return Reply(calls=[Call("City", {"name": "Rome", "people": 2_800_000})])
    return Reply(TEXT)


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in SKIPPED])
def test_every_method_on_every_provider(provider: str, method: Any, how: str) -> None:
    if (provider, method) == ("zhipu", "json_schema"):
        pytest.skip("Zhipu's refusal does not name the parameter, so nothing can be learned from it (code 1210)")
    with EmulatedEndpoint(provider, reply) as endpoint:
        runnable = model_at(endpoint).with_structured_output(City, method=method)
        question = "Give name and people of the capital of Italy, as JSON."
        found = runnable.invoke(question) if how == "invoke" else list(runnable.stream(question))[-1]
    assert found == ROME


def test_json_in_a_fence_is_read() -> None:
    with EmulatedEndpoint("deepseek-v4", lambda _: Reply(f"```json\n{TEXT}\n```")) as endpoint:
        assert model_at(endpoint).with_structured_output(City).invoke("Rome?") == ROME


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_an_answer_that_does_not_fit_is_an_error_not_none(method: Any) -> None:
    with EmulatedEndpoint("ollama", lambda _: Reply("I would rather not.")) as endpoint:
        runnable = model_at(endpoint).with_structured_output(City, method=method)
        with pytest.raises(BrokenReplyError, match="I would rather not"):
            runnable.invoke("Rome?")


SCHEMA: Final = {
    "title": "City",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
}
APIS: Final = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
HOWS: Final = pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])


def asked(runnable: Any, how: str) -> Any:
    """What a runnable gives in the end, in one of the four ways."""
    if how == "invoke":
        return runnable.invoke("Rome?")
    if how == "ainvoke":
        return asyncio.run(runnable.ainvoke("Rome?"))
    if how == "stream":
        return list(runnable.stream("Rome?"))[-1]

    async def last() -> Any:
        return [piece async for piece in runnable.astream("Rome?")][-1]

    return asyncio.run(last())


@APIS
@HOWS
@pytest.mark.parametrize("schema", [City, SCHEMA], ids=["model", "dict"])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_an_object_comes_on_both_wires(schema: Any, method: Any, how: str, *, responses: bool) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(TEXT)) as endpoint:
        model = model_at(endpoint, use_responses_api=responses)
        found = asked(model.with_structured_output(schema, method=method), how)
        sent = endpoint.requests[-1].body
    assert found == (ROME if schema is City else ROME.model_dump())
    formats = {False: sent.get("response_format"), True: (sent.get("text") or {}).get("format")}
    assert formats[responses]["type"] == {"json_schema": "json_schema", "json_mode": "json_object"}[method]
    assert formats[not responses] is None


@APIS
@HOWS
@pytest.mark.parametrize("schema", [City, SCHEMA], ids=["model", "dict"])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
@pytest.mark.parametrize(
    "said",
    [
        Reply("I would rather not."),
        *(Reply(TEXT[:end], finish_reason="length") for end in (24, 28)),
        *(Reply(f"{fence}{TEXT[:28]}") for fence in ("", "```json\n")),
    ],
    ids=["prose", "cut", "cut in a number", "half, and said to be whole", "half in a fence"],
)
def test_what_is_no_whole_object_is_an_error_of_ours(
    said: Reply, method: Any, schema: Any, how: str, *, responses: bool
) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: said) as endpoint:
        runnable = model_at(endpoint, use_responses_api=responses).with_structured_output(schema, method=method)
        with pytest.raises(BrokenReplyError) as caught:
            asked(runnable, how)
    assert endpoint.base_url in str(caught.value)
    assert caught.value.received == said.text


@HOWS
@pytest.mark.parametrize("schema", [City, SCHEMA], ids=["model", "dict"])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
@pytest.mark.parametrize("said", ["{}\n\nHope it helps.", "Here:\n```json\n{}\n```\nHope it helps."])
def test_a_whole_object_may_have_words_beside_it(said: str, method: Any, schema: Any, how: str) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(said.replace("{}", TEXT))) as endpoint:
        found = asked(model_at(endpoint).with_structured_output(schema, method=method), how)
    assert found == (ROME if schema is City else ROME.model_dump())


@APIS
@HOWS
@pytest.mark.parametrize(
    ("method", "end"),
    [
        *((method, end) for method in ("json_schema", "json_mode", "function_calling") for end in (24, 28)),
        ("function_calling", len(TEXT)),  # nothing says that a call is whole
    ],
)
def test_an_object_cut_at_the_cap_names_the_cap(method: Any, end: int, how: str, *, responses: bool) -> None:
    def cut(request: Any) -> Reply:
        calls = [Call("City", TEXT[:end])] if request.tools else []
        return Reply("" if calls else TEXT[:end], calls=calls, finish_reason="length")

    with EmulatedEndpoint("vllm-0.32", cut) as endpoint:
        runnable = model_at(endpoint, use_responses_api=responses).with_structured_output(City, method=method)
        with pytest.raises(BrokenReplyError, match="cut at the token cap") as caught:
            asked(runnable, how)
    assert "AGENT_MAX_TOKENS" in caught.value.remedy
    assert "schema simpler" not in str(caught.value)


@HOWS
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_a_cap_reached_while_thinking_is_named(method: Any, how: str) -> None:
    with EmulatedEndpoint("deepseek-v4", lambda _: Reply(reasoning="Rome has", finish_reason="length")) as endpoint:
        runnable = model_at(endpoint).with_structured_output(City, method=method)
        with pytest.raises(BrokenReplyError, match="cut at the token cap"):
            asked(runnable, how)


@APIS
@HOWS
@pytest.mark.parametrize("schema", [City, SCHEMA], ids=["model", "dict"])
@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
def test_with_raw_the_message_comes_too(method: Any, schema: Any, how: str, *, responses: bool) -> None:
    with EmulatedEndpoint("vllm-0.32", reply) as endpoint:
        model = model_at(endpoint, use_responses_api=responses)
        found = asked(model.with_structured_output(schema, method=method, include_raw=True), how)
    assert found["parsed"] == (ROME if schema is City else ROME.model_dump())
    assert found["parsing_error"] is None
    assert found["raw"].response_metadata["model_provider"] == "portolan"


@HOWS
@pytest.mark.parametrize("schema", [City, SCHEMA], ids=["model", "dict"])
@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
@pytest.mark.parametrize("said", [Reply("I would rather not."), Reply(TEXT[:28], finish_reason="length")])
def test_with_raw_what_does_not_fit_is_given(said: Reply, method: Any, schema: Any, how: str) -> None:
    with EmulatedEndpoint("ollama", lambda _: said) as endpoint:
        found = asked(model_at(endpoint).with_structured_output(schema, method=method, include_raw=True), how)
    assert found["raw"].text == said.text
    assert found["parsed"] is None
    assert isinstance(found["parsing_error"], BrokenReplyError)


@HOWS
def test_with_raw_a_call_of_another_tool_is_no_error(how: str) -> None:
    call = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
    with EmulatedEndpoint("openai", lambda _: Reply(calls=[Call("look_up", {})])) as endpoint:
        found = asked(model_at(endpoint).with_structured_output(City, include_raw=True, tools=[call], strict=True), how)
    assert found["raw"].tool_calls[0]["name"] == "look_up"
    assert found["parsed"] is found["parsing_error"] is None


@HOWS
def test_with_raw_what_fails_before_the_parser_is_raised(how: str) -> None:
    with EmulatedEndpoint("vllm-0.32") as endpoint:
        model = model_at(endpoint, max_retries=0)
        model.openai_api_key = SecretStr("wrong")
        runnable = model.validate_environment().with_structured_output(City, include_raw=True)
        with pytest.raises(AuthenticationError):
            asked(runnable, how)


@APIS
@HOWS
def test_what_fails_before_the_parser_stays_what_it_is(how: str, *, responses: bool) -> None:
    with EmulatedEndpoint("vllm-0.32") as endpoint:
        model = model_at(endpoint, use_responses_api=responses, max_retries=0)
        model.openai_api_key = SecretStr("wrong")
        runnable = model.validate_environment().with_structured_output(City)
        with pytest.raises(AuthenticationError):
            asked(runnable, how)


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_forced_call_that_does_not_come_is_said(how: str, caplog: pytest.LogCaptureFixture) -> None:
    def other(text: str) -> str:
        """Do something else."""
        return text

    with EmulatedEndpoint("ollama", lambda _: Reply("Rome.")) as endpoint:
        bound = model_at(endpoint).bind_tools([City, other], tool_choice="City")
        found = bound.invoke("Rome?") if how == "invoke" else list(bound.stream("Rome?"))
        assert found
        (body,) = endpoint.bodies
    assert [one["function"]["name"] for one in body["tools"]] == ["City"], "a named tool is offered alone"
    assert "does not hold the model to tool_choice City" in caplog.text


def test_where_the_choice_binds_every_tool_is_offered(caplog: pytest.LogCaptureFixture) -> None:
    def other(text: str) -> str:
        """Do something else."""
        return text

    with EmulatedEndpoint("openai", reply) as endpoint:
        model = model_at(endpoint).model_copy(update={"profile_overrides": {"tool_choice_enforced": True}})
        model.validate_environment()
        model.bind_tools([City, other], tool_choice="City").invoke("Rome?")
        (body,) = endpoint.bodies
    assert len(body["tools"]) == 2
    assert "does not hold" not in caplog.text
