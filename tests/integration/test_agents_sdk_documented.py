"""What the documentation says of the OpenAI Agents SDK is what the installed release does."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agents import (
    Agent,
    ApplyPatchTool,
    AsyncComputer,
    CodeInterpreterTool,
    ComputerTool,
    CustomTool,
    FileSearchTool,
    HostedMCPTool,
    ImageGenerationTool,
    LocalShellTool,
    ModelSettings,
    OpenAIProvider,
    ProgrammaticToolCallingTool,
    RunConfig,
    Runner,
    ShellTool,
    ToolSearchTool,
    WebSearchTool,
    function_tool,
)
from agents.exceptions import UserError
from openai import AsyncOpenAI, BadRequestError

from graph.testing import PROVIDERS, Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.testing import RecordedRequest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "DASHSCOPE_INTEGRATION.md").read_text("utf-8")
(SCRIPT,) = [
    block
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    if "Runner.run_sync" in block
]
DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1"


def sums(request: RecordedRequest) -> Reply:
    """Call the tool, then say what it said; on both wires."""
    last = request.messages[-1]
    if last.get("role") == "tool" or last.get("type") == "function_call_output":
        return Reply(f"It is {last.get('content', last.get('output'))}.")
    return Reply(calls=[Call("add", {"a": 23, "b": 19})])


def paths(endpoint: EmulatedEndpoint) -> set[str]:
    return {request.path.removeprefix(endpoint.provider.path) for request in endpoint.requests}


class Ingest(ThreadingHTTPServer):
    """Takes traces, as OpenAI's address does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.posts: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces/ingest"


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Ingest)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.posts.append((self.headers["authorization"].removeprefix("Bearer "), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def in_a_process(script: str, **environment: str) -> str:
    """Run a script of its own, since the SDK's defaults are global; gives its output."""
    environment = {"PATH": "", "DASHSCOPE_API_KEY": PROVIDERS["dashscope"].api_key} | environment
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_on_the_page_runs_in_chat_completions_mode() -> None:
    with EmulatedEndpoint("dashscope", sums) as endpoint:
        said = in_a_process(SCRIPT.replace(DASHSCOPE, endpoint.base_url))
    assert said == "It is 42.\n"
    assert paths(endpoint) == {"/chat/completions"}
    assert all(body["enable_thinking"] is False for body in endpoint.bodies)


def test_without_its_one_line_the_script_calls_responses() -> None:
    script = SCRIPT.replace('set_default_openai_api("chat_completions")\n', "")
    assert script != SCRIPT
    with EmulatedEndpoint("dashscope", sums) as endpoint:
        assert in_a_process(script.replace(DASHSCOPE, endpoint.base_url)) == "It is 42.\n"
    assert paths(endpoint) == {"/responses"}


EXPORT_TO = """
from agents.tracing.processors import default_exporter
default_exporter().endpoint = {url!r}
"""
OFF = "set_tracing_disabled(True)\n"
NOT_FOR_TRACING = ", use_for_tracing=False"


@pytest.mark.parametrize(
    ("without", "environment", "key"),
    [
        ([OFF, NOT_FOR_TRACING], {}, PROVIDERS["dashscope"].api_key),
        ([OFF], {"OPENAI_API_KEY": "sk-of-the-environment"}, "sk-of-the-environment"),
        ([OFF], {}, None),
        ([NOT_FOR_TRACING], {"OPENAI_API_KEY": "sk-of-the-environment"}, None),
        ([OFF, NOT_FOR_TRACING], {"OPENAI_AGENTS_DISABLE_TRACING": "1"}, None),
    ],
    ids=["as it comes", "not for tracing, key in the environment", "not for tracing", "disabled", "disabled outside"],
)
def test_where_traces_go(ingest: Ingest, without: list[str], environment: dict[str, str], key: str | None) -> None:
    script = SCRIPT
    for part in without:
        assert part in script
        script = script.replace(part, "")
    with EmulatedEndpoint("dashscope", sums) as endpoint:
        in_a_process(EXPORT_TO.format(url=ingest.url) + script.replace(DASHSCOPE, endpoint.base_url), **environment)
    assert {sent for sent, _ in ingest.posts} == ({key} if key else set())
    if key:
        assert "What is 23 + 19?" in "".join(body for _, body in ingest.posts)


def test_traces_go_to_openai_unless_told_otherwise() -> None:
    script = "from agents.tracing.processors import default_exporter\nprint(default_exporter().endpoint)"
    assert in_a_process(script) == "https://api.openai.com/v1/traces/ingest\n"


@pytest.mark.parametrize(("name", "there"), [("OPENAI_BASE_URL", True), ("OPENAI_API_BASE", False)])
def test_the_variable_that_the_sdk_reads(name: str, there: bool) -> None:
    script = "from agents import OpenAIProvider; print(OpenAIProvider().get_model('m')._client.base_url)"
    said = in_a_process(script, **{name: "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-x"})
    assert said.startswith("http://127.0.0.1:9/v1") == there


async def run(agent: Agent[Any], endpoint: EmulatedEndpoint, *, streamed: bool = False, **options: Any) -> Any:
    chosen = {"use_responses": options.pop("use_responses", False), **options.pop("provider", {})}
    async with AsyncOpenAI(api_key=endpoint.api_key, base_url=endpoint.base_url, max_retries=0) as client:
        provider = OpenAIProvider(openai_client=client, **chosen)
        options["run_config"] = RunConfig(model_provider=provider, tracing_disabled=True)
        if not streamed:
            return await Runner.run(agent, "What is 23 + 19?", **options)
        result = Runner.run_streamed(agent, "What is 23 + 19?", **options)
        async for _ in result.stream_events():
            pass
        return result


async def _nothing(*_: Any) -> str:
    return ""


class _Editor:
    create_file = update_file = delete_file = staticmethod(_nothing)


class _Screen(AsyncComputer):
    screenshot = click = double_click = scroll = type = wait = move = keypress = drag = staticmethod(_nothing)


REFUSED: dict[str, Any] = {
    "web search": WebSearchTool,
    "file search": lambda: FileSearchTool(vector_store_ids=["vs"]),
    "code interpreter": lambda: CodeInterpreterTool(
        tool_config={"type": "code_interpreter", "container": {"type": "auto"}}
    ),
    "image generation": lambda: ImageGenerationTool(tool_config={"type": "image_generation"}),
    "hosted MCP": lambda: HostedMCPTool(tool_config={"type": "mcp", "server_label": "x", "server_url": "http://x"}),
    "shell": lambda: ShellTool(executor=_nothing),
    "local shell": lambda: LocalShellTool(executor=_nothing),
    "apply_patch": lambda: ApplyPatchTool(editor=_Editor()),
    "computer": lambda: ComputerTool(computer=_Screen()),
    "custom": lambda: CustomTool(name="x", description="X", on_invoke_tool=_nothing),
    "programmatic tool calling": ProgrammaticToolCallingTool,
}


@pytest.mark.parametrize("name", REFUSED)
async def test_hosted_and_local_tools_need_responses(name: str) -> None:
    with EmulatedEndpoint("openai") as endpoint:
        agent = Agent(name="A", model=endpoint.model, tools=[REFUSED[name]()])
        with pytest.raises(UserError, match="Hosted tools are not supported with the ChatCompletions API"):
            await run(agent, endpoint)
    assert endpoint.requests == []


@function_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def adder(endpoint: EmulatedEndpoint, **options: Any) -> Agent[Any]:
    return Agent(name="Sums", model=endpoint.model, tools=[add], **options)


@pytest.mark.parametrize("wanted", ["tool search", "deferred loading"])
async def test_tools_that_are_loaded_later_need_responses(wanted: str) -> None:
    later = function_tool(lambda: "", name_override="later", defer_loading=True)
    with EmulatedEndpoint("openai") as endpoint:
        tools = [ToolSearchTool(), later] if wanted == "tool search" else [later]
        with pytest.raises(UserError):
            await run(Agent(name="A", model=endpoint.model, tools=tools), endpoint)
    assert endpoint.requests == []


@pytest.mark.parametrize("option", ["previous_response_id", "conversation_id"])
async def test_history_that_the_server_would_keep_is_lost(option: str, caplog: pytest.LogCaptureFixture) -> None:
    """The SDK warns, and then leaves out of the second request what it believes the server to have."""
    with EmulatedEndpoint("openai", sums) as endpoint, caplog.at_level(logging.WARNING, "openai.agents"):
        with pytest.raises(BadRequestError, match="must be a response to a preceeding message"):
            await run(adder(endpoint), endpoint, **{option: "x"})
        with pytest.raises(UserError, match="does not support server-managed conversation state"):
            await run(adder(endpoint), endpoint, provider={"strict_feature_validation": True}, **{option: "x"})
    assert "Ignoring unsupported server-managed conversation state" in caplog.text
    assert [message["role"] for message in endpoint.requests[1].messages] == ["tool"]


async def test_a_stored_prompt_is_ignored_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with EmulatedEndpoint("openai", sums) as endpoint, caplog.at_level(logging.WARNING, "openai.agents"):
        agent = adder(endpoint, prompt={"id": "p"})
        assert (await run(agent, endpoint)).final_output == "It is 42."
        with pytest.raises(UserError, match="does not support `prompt`"):
            await run(agent, endpoint, provider={"strict_feature_validation": True})
    assert "Ignoring `prompt`" in caplog.text
    assert all("prompt" not in body for body in endpoint.bodies)


async def test_truncation_is_ignored_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    settings = ModelSettings(truncation="auto", context_management=[{"type": "compaction"}])
    with EmulatedEndpoint("openai", sums) as endpoint, caplog.at_level(logging.WARNING):
        await run(adder(endpoint, model_settings=settings), endpoint)
    assert caplog.records == []
    assert all(not {"truncation", "context_management"} & set(body) for body in endpoint.bodies)


@pytest.mark.parametrize("asked", [None, True])
async def test_usage_of_a_stream_has_to_be_asked_for(asked: bool | None) -> None:
    with EmulatedEndpoint("openai", sums) as endpoint:
        agent = adder(endpoint, model_settings=ModelSettings(include_usage=asked))
        result = await run(agent, endpoint, streamed=True)
    assert (result.context_wrapper.usage.total_tokens > 0) is (asked is True)


@pytest.mark.parametrize("use_responses", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("reply", [Reply('<tool_call>{"name": "add"}</tool_call>'), Reply("")], ids=["text", "empty"])
async def test_a_broken_reply_is_a_success(reply: Reply, streamed: bool, use_responses: bool) -> None:
    with EmulatedEndpoint("openai", [reply]) as endpoint:
        result = await run(adder(endpoint), endpoint, streamed=streamed, use_responses=use_responses)
    assert result.final_output == reply.text


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_model_that_thinks_only_when_streaming(streamed: bool) -> None:
    with EmulatedEndpoint("dashscope-thinking", sums) as endpoint:
        if streamed:
            assert (await run(adder(endpoint), endpoint, streamed=True)).final_output == "It is 42."
        else:
            with pytest.raises(BadRequestError):
                await run(adder(endpoint), endpoint)


def test_the_404_of_an_endpoint_without_responses() -> None:
    script = SCRIPT.replace('set_default_openai_api("chat_completions")\n', "")
    script = script.replace("print(", "from openai import NotFoundError\ntry:\n    print(", 1)
    script += "except NotFoundError as error:\n    print(error.status_code, error.request.url.path)\n"
    with EmulatedEndpoint(PROVIDERS["dashscope"].but(responses="none"), sums) as endpoint:
        said = in_a_process(script.replace(DASHSCOPE, endpoint.base_url))
    assert said.startswith("404 /")
    assert said.endswith("/compatible-mode/v1/responses\n")


@pytest.mark.parametrize(
    ("model", "sent"), [("Qwen/Qwen3-8B", None), ("openai/gpt-oss-20b", "gpt-oss-20b"), ("gpt-oss", "gpt-oss")]
)
def test_a_slash_in_a_models_name_is_a_prefix_to_the_sdk(model: str, sent: str | None) -> None:
    script = SCRIPT.replace('"qwen-plus"', repr(model))
    script = script.replace("print(", "from agents.exceptions import UserError\ntry:\n    print(", 1)
    script += "except UserError as error:\n    print(error)\n"
    with EmulatedEndpoint(PROVIDERS["openai"].but(model=sent or model), sums, rules={"unknown_parameter": None}) as at:
        said = in_a_process(script.replace(DASHSCOPE, at.base_url), DASHSCOPE_API_KEY=at.api_key)
    assert said == ("It is 42.\n" if sent else "Unknown prefix: Qwen\n")
    assert {body["model"] for body in at.bodies} == ({sent} if sent else set())


@pytest.mark.parametrize(
    ("model", "reasoning", "given_back"),
    [
        ("qwen-x", "reasoning_content", None),
        ("deepseek-x", "reasoning_content", "reasoning_content"),
        ("qwen-x", "reasoning", "reasoning"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_which_reasoning_is_given_back(
    model: str, reasoning: str, given_back: str | None, streamed: bool
) -> None:
    provider = PROVIDERS["openai"].but(model=model, behaviour={"thinking": "on"}, wire={"reasoning": reasoning})
    script = [Reply(calls=[Call("add", {"a": 1, "b": 2})], reasoning="Hm."), Reply("3", reasoning="Ah.")]
    with EmulatedEndpoint(provider, script) as endpoint:
        await run(adder(endpoint), endpoint, streamed=streamed)
    (message,) = [one for one in endpoint.bodies[-1]["messages"] if one["role"] == "assistant"]
    assert {name for name in ("reasoning_content", "reasoning") if name in message} == ({given_back} - {None})


@pytest.mark.parametrize(("model", "effort"), [("gpt-5.6-sol", "none"), ("sol", None)])
async def test_the_effort_that_the_sdk_sends_for_models_that_it_knows(model: str, effort: str | None) -> None:
    provider = PROVIDERS["openai-gpt-5.6"].but(model=model)
    with EmulatedEndpoint(provider, sums) as endpoint:
        if effort is None:
            with pytest.raises(BadRequestError, match="reasoning_effort"):
                await run(adder(endpoint), endpoint)
        else:
            await run(adder(endpoint), endpoint)
            assert {body["reasoning_effort"] for body in endpoint.bodies} == {effort}
