"""What the adapter asks of an endpoint, as flags; where each value comes from is in `graph.endpoint.facts`.

How the defaults were chosen, for an endpoint of which nothing is known: what an endpoint ignores without a word is
assumed the worse way (only `max_tokens` is honoured, forced tool choice is not enforced, reasoning is not given back);
what it refuses aloud, for no tokens, is tried, since the refusal teaches the flag and the request is sent once more.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic resolves annotations when the class is made
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_serializer

__all__ = ["DEFAULTS_WEIGHED", "CallIds", "Profile", "ToolChoice"]

ToolChoice = Literal["auto", "none", "required", "named"]
"""The four forms of `tool_choice`; `named` is the object that names one function."""

CallIds = Literal["any", "plain", "nine"]
"""Forms of the ids of tool calls: any text, at most 40 letters, digits, `_` and `-`, or just 9 letters and digits."""

DEFAULTS_WEIGHED: Final = "2026-11-22"
"""When the defaults below were last weighed against what endpoints do (ISO date)."""


class Profile(BaseModel):
    """How an endpoint differs from the standard, as flags. Frozen; a change is a new `Fact`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    # The cap on the reply

    token_cap: Literal["max_tokens", "max_completion_tokens", "both", "none"] = "max_tokens"  # noqa: S105 - a field
    """Name under which the cap on output tokens is sent.

    Default `max_tokens`: every server honours it but OpenAI's reasoning models, which refuse it aloud. The newer name
    is ignored without a word by Ollama, DeepSeek and llama-cpp-python, which leaves the reply unbounded. `none`: no cap
    is sent, since each name is refused; a reply that runs far past the cap is broken off here all the same."""

    max_output_tokens: PositiveInt | None = None
    """Largest cap that the endpoint accepts, in tokens; larger ones are lowered to it. Default None: no limit known."""

    context_tokens: PositiveInt | None = None
    """The context window, prompt and reply together, in tokens. Default None: not known."""

    truncates_prompt: bool = False
    """Whether a prompt that is too long is cut without a word instead of refused, as Ollama does. Default False."""

    # Messages

    system_messages: Literal["anywhere", "leading_one", "none"] = "leading_one"
    """Where system messages may stand: anywhere, only one and first, or nowhere (then it is put before the first user
    message's text). Default `leading_one`: every endpoint but those of models without a system role takes that."""

    developer_role: bool = False
    """Whether the role `developer` is accepted. Default False (sent as `system`): only OpenAI asks for it, DashScope,
    Ark and many templates refuse it."""

    needs_user_message: bool = True
    """Whether a request without any user message is refused. Default True: DashScope and many chat templates do."""

    alternating_roles: bool = False
    """Whether user and assistant must take turns, so that neighbours of one role are merged. Default False; templates
    of Gemma and older Mistral models insist, aloud."""

    user_after_tool: bool = True
    """Whether a user's message may stand right behind a tool's result, as after a run that was stopped. Default True;
    Mistral's API and the templates of its models refuse it, aloud. False: a word of the assistant goes between."""

    content_parts: bool = False
    """Whether text may be sent as a list of parts. Default False: text alone is sent as a string, which all accept;
    text-only models at DeepSeek and Moonshot refuse lists."""

    tool_content_parts: bool = False
    """Whether a tool's result may be a list of parts. Default False: the documented type is a string nearly
    everywhere, while tools that come over MCP return lists."""

    images: bool | None = None
    """Whether image parts are accepted in user messages. Default None: not known, sent as given; a refusal is loud. The
    doctor's `images` says False where they are refused, True where the image was seen. False: a new image is an error,
    and those of the thread are left out."""

    assistant_content_with_calls: Literal["null", "empty"] = "null"
    """What stands in `content` of an assistant message that has only tool calls. Default `null`, OpenAI's own form.
    The key is never left out, since DashScope refuses that."""

    # Tools

    tools: bool = True
    """Whether tools are accepted at all. Default True; models without a tool template refuse them aloud."""

    tool_choice: frozenset[ToolChoice] = frozenset(get_args(ToolChoice))
    """Forms of `tool_choice` that are accepted when the model does not think. Default all: refusals are loud."""

    tool_choice_in_thinking: frozenset[ToolChoice] = frozenset({"auto", "none"})
    """Forms of `tool_choice` that are accepted while the model thinks. Default `auto` and `none`: DashScope, DeepSeek
    and Moonshot refuse to force a call in thinking mode."""

    tool_choice_enforced: bool = False
    """Whether a forced choice binds the model. Default False: Ollama ignores the field, llama.cpp lets text come first
    and does not hold the model to a named function. So a named tool is offered alone, and that no call came is said."""

    parallel_tool_calls_parameter: bool = True
    """Whether the field `parallel_tool_calls` may be sent. Default True; a refusal is loud."""

    parallel_tool_calls_default: bool = True
    """Whether several calls may come in one reply when the field is not sent. Default True as at OpenAI; DashScope's
    default is False, so the field has to be sent to get them."""

    strict_tools: bool = True
    """Whether `strict` is permitted in a function. Default True; a refusal is loud, and most ignore it."""

    max_tools: PositiveInt | None = None
    """How many tools a request may carry. Default None: no limit known; OpenAI's is 128. No check measures it, since
    where there is no limit the question costs thousands of tokens; the refusal teaches it."""

    forbidden_tool_names: frozenset[str] = frozenset()
    """Names that no tool may have, such as `search` at DashScope. Default none."""

    tools_need_reasoning_effort_none: bool = False
    """Whether a request with tools must say `reasoning_effort: "none"`. Default False; OpenAI's models from gpt-5.4 on
    refuse function tools beside any other effort in Chat Completions."""

    leaks_tool_calls: bool | None = None
    """Whether calls arrive as text in the answer because the server did not parse them. Default None: not known, and
    recovery is on."""

    call_ids: CallIds = "any"
    """Which ids of tool calls are taken. Default any: a thread's ids are sent as they are, since the templates of Kimi
    have the model read them; Claude and OpenAI (plain) and Mistral (nine) refuse others aloud."""

    # Structured output

    json_schema: bool = True
    """Whether `response_format` of type `json_schema` is accepted. Default True; a refusal is loud."""

    json_object: bool = True
    """Whether `response_format` of type `json_object` is accepted. Default True; a refusal is loud."""

    json_object_needs_word: bool = True
    """Whether the messages must contain the word "json" for `json_object`. Default True: OpenAI, DashScope and DeepSeek
    ask for it, and it harms nowhere."""

    json_mode_in_thinking: bool = False
    """Whether `response_format` is accepted while the model thinks. Default False: DashScope refuses it."""

    # Thinking

    thinking: Literal["none", "off", "on", "always", "unknown"] = "unknown"
    """What the model does when nothing is said: it cannot think, it does not unless asked, it does unless told not to,
    or it cannot be stopped. Default unknown. No check says `none`: a model that thinks unseen looks the same."""

    thinking_on: Mapping[str, Any] = Field(default_factory=dict)
    """Fields merged into the request's body to make the model think. Default none: every vendor has its own."""

    thinking_off: Mapping[str, Any] = Field(default_factory=dict)
    """Fields merged into the request's body to keep the model from thinking. Default none."""

    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    """Fields of a message or delta in which reasoning may come, the first present one counts. Default both names in
    use."""

    thinking_tags_in_content: bool | None = None
    """Whether reasoning comes as `<think>…</think>` within the answer. Default None: not known, looked for at the
    answer's beginning; a server without a reasoning parser does so."""

    thinking_opened: bool = False
    """Whether the chat template opens the thinking block itself, so that a reply begins within it and only the closing
    tag comes. Default False: the beginning of a stream is then shown as it comes, and the tag teaches the flag."""

    reasoning_echo: Literal["never", "tool_calls", "always"] = "never"
    """Which assistant messages of the history must carry their reasoning: none, those with tool calls, or all. Default
    `never`: most ignore it and it costs tokens; those who need it refuse aloud."""

    reasoning_echo_field: str = "reasoning_content"
    """Field in which the reasoning is given back. Default DeepSeek's and Moonshot's name."""

    reasoning_echo_placeholder: bool = False
    """Whether the field must be present when there was no reasoning, or it is lost. Default False; DeepSeek and
    Moonshot ask for it in thinking mode."""

    reasoning_details: Literal["never", "turn", "always"] = "never"
    """Which messages of the history must have back the list `reasoning_details` that came beside them, with signed or
    encrypted reasoning: none, those since the user's last message, or all. It goes to no other endpoint or model.
    Default `never`; OpenRouter wants all, and Gemini there refuses a turn's calls without it. `turn` is what is left
    where a signature is not taken any more."""

    # Streaming

    serves: Literal["both", "stream_only", "plain_only"] = "both"
    """Which kind of request is served. Default both; refusals are loud."""

    thinking_needs_stream: bool = False
    """Whether thinking is served only when streaming. Default False; open-weight Qwen3 at DashScope."""

    stream_usage: bool = True
    """Whether `stream_options: {"include_usage": true}` is accepted. Default True: without it no usage comes."""

    # Sampling, and parameters in general

    temperature_fixed: float | None = None
    """The only temperature that is accepted; the field is then not sent. Default None: free."""

    temperature_max: float | None = None
    """Largest temperature; larger ones are lowered to it. Default None: no limit known."""

    temperature_max_exclusive: bool = False
    """Whether the largest temperature itself is refused, as 2 is at DashScope. Default False."""

    temperature_above_zero: bool = False
    """Whether a temperature of 0 is refused; the smallest that is sent is then 0.01. Default False: 0 is the usual word
    for the likeliest token; Text Generation Inference, MiniMax and GigaChat refuse it aloud."""

    temperature_with_top_p: bool = True
    """Whether one request may set both; if not, `top_p` is left out of it. Default True: most servers take both, and
    Claude's newer models refuse it aloud, also behind Bedrock and LiteLLM."""

    unsupported_parameters: frozenset[str] = frozenset()
    """Top-level fields that are left out of requests since the endpoint refuses them. Default none."""

    # The rest

    quota_is_throttle: bool = False
    """Whether the code `insufficient_quota` means too many tokens a minute, so that waiting helps. Default False, as
    at OpenAI, where it means an empty account; at DashScope it is a throttle. No check measures it: a quota would have
    to be used up for that."""

    responses_api: Literal["yes", "no", "unknown"] = "unknown"
    """Whether the endpoint serves OpenAI's Responses API as well. Default unknown."""

    responses_base_url: str | None = None
    """Base URL of the Responses API where it is another one. Default None: the same as for Chat Completions."""

    @field_serializer(
        "tool_choice", "tool_choice_in_thinking", "forbidden_tool_names", "unsupported_parameters", when_used="json"
    )
    def _sorted(self, value: frozenset[str]) -> list[str]:
        return sorted(value)
