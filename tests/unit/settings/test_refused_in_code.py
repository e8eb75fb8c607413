"""What code declares wrongly is refused in one sentence that says what and what to do, as `.env` is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from graph import Agent, Endpoint, Settings, build_graph
from graph.endpoint.adapter import ChatEndpoint
from graph.errors import SettingsError

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "too small": ({"max_tokens": 0}, r"max_tokens: .*greater than or equal to 1\. `\.env\.example`"),
    "too large": ({"temperature": 9}, "temperature: .*less than or equal to 2"),
    "no number": ({"temperature": float("nan")}, "temperature: .*finite"),
    "unknown": ({"nope": 1}, r"nope: .*not permitted\. There are api_key, base_url, model, "),
    "by its variable": ({"AGENT_MAX_TURNS": 0}, "max_turns: "),
    "two": ({"max_tokens": 0, "max_turns": "many"}, "max_tokens: .*; max_turns: "),
}


@pytest.mark.parametrize(("given", "says"), WRONG.values(), ids=WRONG)
def test_settings(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=f"the settings are refused: {says}") as caught:
        Settings(**given)
    assert "\n" not in str(caught.value)
    with pytest.raises(SettingsError):
        Settings.model_validate(given)


def test_a_secret_is_not_told() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(api_key="hush hush")  # type: ignore[arg-type]
    assert "hush" not in repr(caught.value) + str(caught.value)


def test_who_knows_where_a_value_came_from_gets_the_faults() -> None:
    assert Settings.validated({"max_tokens": 5}) == Settings(max_tokens=5)
    with pytest.raises(ValidationError):
        Settings.validated({"max_tokens": 0})


NO_MODEL: list[dict[str, Any]] = [{"api_key": "k"}, {"base_url": "http://a/v1"}]


@pytest.mark.parametrize("given", NO_MODEL, ids=str)
async def test_an_endpoint_without_a_model(given: dict[str, Any]) -> None:
    (field,) = given
    told = rf"^{Settings.model_fields[field].alias} is set, but no model is named\. Add AGENT_MODEL=… "
    graph = build_graph(Agent(tools=[]), settings=Settings(**given))
    with pytest.raises(SettingsError, match=told):
        graph.invoke({"messages": "Hi"})
    with pytest.raises(SettingsError, match=told):
        await graph.ainvoke({"messages": "Hi"})
    with pytest.raises(SettingsError, match=told):
        list(graph.stream({"messages": "Hi"}))


HOSTLESS = {
    "https:///v1": "behind https:// and before /v1;",
    "http://:8000/v1": "behind http:// and before :8000/v1;",
    "https://": "behind https://;",
    "http:///": "behind http:// and before /;",
    "https://u:hush@/v1": "behind https:// and before /v1;",
}


@pytest.mark.parametrize(("url", "says"), HOSTLESS.items(), ids=list(HOSTLESS))
def test_a_base_url_without_a_host(url: str, says: str) -> None:
    for make in (Endpoint, ChatEndpoint):
        with pytest.raises(SettingsError, match=f"base_url: has no host {says}") as caught:
            make(model="m", base_url=url)
        assert "hush" not in str(caught.value)


NO_URLS = {
    " http://host/v1": "has a space or a line break in it",
    "http://host\n/v1": "has a space or a line break in it",
    "https://[v1.x]/v1": "is not a URL: ",
    "[::1:8000": "is not a URL: its host is none",
    "a]b": "is not a URL: its host is none",
    "https://https://host/v1": r"has http:// or https:// twice; did you mean https://host/v1 \?",
    "https://HTTP://host:8000?key=hush": r"has http:// or https:// twice; did you mean http://host:8000 \?",
    "https://http//u:hush@host": r"has http:// or https:// twice; did you mean http://host \?",
}


@pytest.mark.parametrize(("url", "says"), NO_URLS.items(), ids=ascii)
def test_a_base_url_that_is_none(url: str, says: str) -> None:
    for make in (Endpoint, ChatEndpoint):
        with pytest.raises(SettingsError, match=f"base_url: {says}") as caught:
            make(model="m", base_url=url)
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://http:8000/v1", "https://https/v1", "https://a/https://b/v1", "https://a/b://[c", "https://a//b"]
)
def test_a_base_url_that_looks_like_none(url: str) -> None:
    assert Endpoint(model="m", base_url=url).base_url == url


HERE = Endpoint(model="m", base_url="http://localhost:9/v1")
AGENTS: dict[str, tuple[dict[str, Any], str]] = {
    "a name for the tools": (
        {"tools": "calculator"},
        r"Agent\(tools='calculator'\) is refused: .* Put",
    ),
    "a number for the tools": ({"tools": 5}, r"Agent\(tools=5\)"),
    "a URL for the endpoint": ({"endpoint": "http://localhost:9/v1"}, r"Agent\(endpoint='http.* Give Endpoint\(model="),
    "a number for the instructions": ({"instructions": 5}, r"Agent\(instructions=5\) is refused: that is no text"),
}


@pytest.mark.parametrize(("given", "says"), AGENTS.values(), ids=AGENTS)
def test_agents(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        build_graph(Agent(**({"endpoint": HERE} | given)), settings=Settings())
