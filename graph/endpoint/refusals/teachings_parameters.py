"""What refusals teach of caps, sampling and thinking; see `teachings`."""

from __future__ import annotations

from typing import Final

from graph.endpoint.refusals import learning_parameters
from graph.endpoint.refusals.teaching import DASHSCOPE, Teaching, row

_CAP: Final = r"(?<!\+ )(?<!\+ [`'\"])max(?:imum)?[ _]?(?:(?:completion|output|new)[ _]?)?tokens"
"""A name of the cap, in any spelling; not where it is summed up with the prompt, which is a matter of the window."""

_ON: Final = r"(?:[^.;+\n]|\.\d)"
"""What may stand between a name and what is said of it: no end of a sentence, and no other field's complaint."""

_COUNT: Final = r"\d{1,9}(?!\d|[.,]\d)"
_DEGREE: Final = r"\d(?:\.\d+)?(?![\d.]\d|\d)"

_BOTH: Final = (
    r"(?:temperature[`'\"]?,? (?:and|or) [`'\"]?top_p[`'\"]?|top_p[`'\"]?,? (?:and|or) [`'\"]?temperature[`'\"]?)"
)

PARAMETERS: Final[tuple[Teaching, ...]] = (
    # Caps and sampling
    row(
        r"'max_tokens'.{0,60}not supported.{0,60}'max_completion_tokens'"
        r"|max_tokens.{0,10}and.{0,10}max_completion_tokens.{0,40}(?:same time|both|not supported)",
        learning_parameters.newer_cap,
        "the cap is called max_completion_tokens",
        "https://github.com/ITSpecialist111/ai_automation_suggester/issues/38 ; "
        "https://github.com/HKUDS/nanobot/issues/2548",
    ),
    row(
        rf"{_CAP}{_ON}{{0,80}}?(?:less than or equal to|at most|not exceed|limited to|<=|exceeds maximum"
        rf"|exceeds? the (?:model|maximum output tokens) limit(?: of|:)|最大值为?) ?[`'\"]?(?P<limit>{_COUNT})"
        rf"|{_CAP}(?:{_ON}|\.(?=：)){{0,60}}?\[\s*\d+\s*,\s*(?P<limit2>{_COUNT})\s*\]"
        rf"|{_CAP}{_ON}{{0,60}}?between \d+ (?:and|to) (?P<limit3>{_COUNT})"
        rf"|{_CAP}{_ON}{{0,60}}?supported range is from \d+ \(inclusive\) to (?P<beyond>{_COUNT}) \(exclusive\)"
        rf"|max_(?:completion_)?tokens.{{0,80}}supports at most (?P<limit4>{_COUNT})"
        rf"|max_tokens: \d+ > (?P<limit5>{_COUNT})"
        rf"|max_(?:completion_)?tokens.{{0,100}}integer above maximum value[.,] expected a value <= "
        rf"(?P<limit6>{_COUNT})",
        learning_parameters.cap_range,
        "the cap on the reply may not be larger",
        DASHSCOPE + " ; https://api-docs.deepseek.com/quick_start/error_codes ; "
        "https://github.com/MoonshotAI/kimi-cli/issues/1124 ; https://github.com/BerriAI/litellm/pull/10548 ; "
        "https://github.com/vercel/ai/issues/2772 ; https://docs.cohere.com/reference/errors",
    ),
    row(
        r"max_model_len|max_total_tokens|max_(?:completion_)?tokens['`]* is too large|in the completion\)"
        r"|output tokens and your prompt contains at least",
        learning_parameters.cap_beyond_window,
        "the cap on the reply takes too much of the context window",
        "recorded from vLLM 0.32, 2026-11-22 ; https://github.com/vllm-project/vllm/issues/20409 ; "
        "https://github.com/vllm-project/vllm/pull/40324 ; https://github.com/vllm-project/vllm/issues/42474",
    ),
    row(
        r"'temperature' does not support .{0,60}only the default \((?P<value>\d(?:\.\d+)?)\)"
        r"|invalid temperature: only (?P<value2>\d(?:\.\d+)?) is allowed"
        r"|temperature[`'\"]? may only be set to (?P<value3>\d(?:\.\d+)?) when thinking is enabled",
        learning_parameters.fixed_temperature,
        "the temperature is fixed",
        "https://github.com/QwenLM/qwen-code/issues/921 ; https://github.com/countbot-ai/CountBot/issues/61 ; "
        "https://github.com/mnfst/modelparams.dev/issues/214",
    ),
    row(
        rf"{_BOTH} (?:parameters )?(?:cannot|can ?not|can't|may not|must not|should not) (?:both )?be (?:both )?"
        rf"(?:specified|set|used|given)|(?:cannot|can't|not) (?:specify|set|use|both) (?:both )?[`'\"]?{_BOTH}"
        rf"|only one of [`'\"]?{_BOTH}",
        learning_parameters.temperature_or_top_p,
        "temperature and top_p may not both be set",
        "https://github.com/skydiscover-ai/skydiscover/issues/15 ; https://github.com/langfuse/langfuse/issues/9882",
    ),
    row(
        r"temperature[`'\"]? must be strictly positive|temperature.{0,40}\(0(?:\.0)?,",
        learning_parameters.temperature_above_zero,
        "the temperature must be above 0",
        "https://github.com/ai-forever/gigachain/issues/237 ; "
        "https://github.com/huggingface/text-generation-inference/blob/main/router/src/validation.rs",
    ),
    row(
        rf"temperature.{{0,60}}[\[(]\s*-?{_DEGREE},\s*(?P<limit>{_DEGREE})\s*(?P<end>[\])])"
        rf"|temperature(?:{_ON}|\.(?= expected)){{0,60}}?(?:less than or equal to|not less or equal to|at most"
        rf"|not exceed|<=) (?P<limit2>{_DEGREE})"
        rf"|temperature{_ON}{{0,60}}?between -?{_DEGREE} and (?P<limit3>{_DEGREE})"
        rf"|temperature: range: (?:-1 or )?{_DEGREE}\.\.(?P<limit4>{_DEGREE})"
        rf"|temperature value of [\d.]+ but the supported range is from {_DEGREE} \(inclusive\) to "
        rf"(?P<beyond>{_DEGREE}) \(exclusive\)",
        learning_parameters.temperature_range,
        "the temperature may not be higher",
        "https://help.aliyun.com/zh/model-studio/qwen-api-via-openai-chat-completions ; "
        "https://github.com/anthropics/anthropic-sdk-python/issues/893 ; https://docs.cohere.com/reference/errors",
    ),
    row(
        r"Range of top_p should be \(0|top_p must be in \(0",
        learning_parameters.no_top_p,
        "this top_p is not taken",
        DASHSCOPE + " ; vllm/sampling_params.py, 0.32",
    ),
    # Thinking
    row(
        r"reasoning(?:_content)?[^\n]{0,80}(?:is unsupported|not permitted|not supported)",
        learning_parameters.no_echo,
        "reasoning may not be given back",
        "https://github.com/Kilo-Org/kilocode/issues/10375 ; https://github.com/charmbracelet/crush/issues/1590",
    ),
    row(
        r"reasoning_content.{0,80}(?:must be passed back|is missing)|(?:missing|pass back).{0,40}reasoning_content",
        learning_parameters.echo_reasoning,
        "reasoning must be given back",
        "https://github.com/langchain-ai/langchain/issues/37713 ; https://github.com/continuedev/continue/issues/11600",
    ),
    row(
        r"enable_thinking parameter is restricted to True|reasoning is mandatory.{0,40}cannot be disabled"
        r"|only works in thinking mode",
        learning_parameters.always_thinks,
        "the model cannot be kept from thinking",
        DASHSCOPE + " ; https://github.com/musistudio/claude-code-router/issues/1238",
    ),
    row(
        r"thinking_budget parameter must be a positive integer",
        learning_parameters.no_thinking_budget,
        "this thinking_budget is not taken",
        "https://github.com/QwenLM/Qwen-Agent/issues/941",
    ),
)
