# ruff: noqa: E501  # a reply stands on one line, so that the table can be read
"""Replies that leak tool calls, one or more for each convention, and replies that only look so.

The forms are those of the models' chat templates and of the parsers named in `graph.endpoint.recovery.table`; the tools
and values are our own. Replies marked as recorded came from real servers (llama.cpp and vLLM 0.32 with
Qwen2.5-Coder-1.5B-Instruct, 2026-11-22).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CALCULATOR = {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}
TOOLS: dict[str, dict[str, Any]] = {
    "calculator": CALCULATOR,
    "current_time": {"type": "object", "properties": {"timezone": {"type": "string"}}, "required": ["timezone"]},
    "ping": {"type": "object", "properties": {}},
    "weather": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "metric": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "place": {"$ref": "#/$defs/Place"},
            "zip": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "note": {"type": "string"},
        },
        "required": ["city"],
        "$defs": {"Place": {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}}},
    },
}

Calls = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Sample:
    id: str
    text: str
    calls: Calls
    content: str = ""
    reasoning: str = ""


PARIS = ("weather", {"city": "Paris", "days": 3, "metric": True})
ROME = ("weather", {"city": "Rome"})
SUM = ("calculator", {"expression": "23*19"})
PING = ("ping", {})
PLACE = ("weather", {"city": "01234", "place": {"lat": 1.5, "lon": -2}, "tags": ["a", "b"]})
MARKED = (
    "weather",
    {"city": 'a </tool_call> b ``` c <tool_call>{"name": "ping"} "q" ]} [TOOL_CALLS] <|call|>', "days": 2},
)
MARKED_JSON = (
    '{"name": "weather", "arguments": {"city": "a </tool_call> b ``` c <tool_call>{\\"name\\": \\"ping\\"} \\"q\\" ]} '
    '[TOOL_CALLS] <|call|>", "days": 2}}'
)
PARIS_JSON = '{"name": "weather", "arguments": {"city": "Paris", "days": 3, "metric": true}}'
ROME_JSON = '{"name": "weather", "arguments": {"city": "Rome"}}'
SUM_JSON = '{"name": "calculator", "arguments": {"expression": "23*19"}}'
PARIS_ARGS = '{"city": "Paris", "days": 3, "metric": true}'
DSML = "｜DSML｜"

SAMPLES = (
    # Hermes and its relatives
    Sample("hermes", f"<tool_call>\n{PARIS_JSON}\n</tool_call>", (PARIS,)),
    Sample("hermes-two", f"<tool_call>\n{PARIS_JSON}\n</tool_call>\n<tool_call>\n{SUM_JSON}\n</tool_call>", (PARIS, SUM)),
    Sample("hermes-lead", f"I will look.\n<tool_call>\n{SUM_JSON}\n</tool_call>", (SUM,), "I will look."),
    Sample("hermes-apart", f"One.\n\n<tool_call>{SUM_JSON}</tool_call>\n\nThen two.", (SUM,), "One.\n\nThen two."),
    Sample("hermes-glued", f"One.<tool_call>{SUM_JSON}</tool_call>\nTwo.", (SUM,), "One.\nTwo."),
    Sample("hermes-marker-in-string", f"<tool_call>\n{MARKED_JSON}\n</tool_call>", (MARKED,)),
    Sample("hermes-no-close", f"<tool_call>\n{SUM_JSON}\n", (SUM,)),
    Sample("hermes-doubled-braces", '<tool_call>\n{{"name": "calculator", "arguments": {"expression": "23*19"}}}\n</tool_call>', (SUM,)),
    Sample("hermes-brace-too-many", f"<tool_call>\n{SUM_JSON}}}\n</tool_call>", (SUM,)),
    Sample("hermes-arguments-as-text", '<tool_call>{"name": "calculator", "arguments": "{\\"expression\\": \\"23*19\\"}"}</tool_call>', (SUM,)),
    Sample("hermes-no-arguments", '<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>', (PING,)),
    Sample("hermes-python", "<tool_call>\n{'name': 'weather', 'arguments': {'city': 'Paris', 'days': 3, 'metric': True,}}\n</tool_call>", (PARIS,)),
    Sample("hermes-raw-newline", '<tool_call>{"name": "calculator", "arguments": {"expression": "1\n+2"}}</tool_call>', (("calculator", {"expression": "1\n+2"}),)),
    Sample("hermes-thought", f"<think>\nuse <tool_call>{SUM_JSON}</tool_call>?\n</think>\n\n<tool_call>\n{ROME_JSON}\n</tool_call>", (ROME,), f"<think>\nuse <tool_call>{SUM_JSON}</tool_call>?\n</think>"),
    Sample("hermes-end-token", f"<tool_call>\n{SUM_JSON}\n</tool_call><|im_end|>", (SUM,)),
    Sample("hermes-opened-twice", f"<tool_call>\n<tool_call>\n{SUM_JSON}\n</tool_call>", (SUM,)),
    Sample("hermes-opened-only", f"<tool_call>\n{ROME_JSON}\n<tool_call>\n{SUM_JSON}\n</tool_call>", (ROME, SUM)),
    Sample("hermes-closed-otherwise", f"I look.\n<tool_call>\n{SUM_JSON}\n</tools>", (SUM,), "I look."),
    Sample("hermes-closed-as-function", f"I look. <tool_call>\n{SUM_JSON}\n</function>\n</tool_call>", (SUM,), "I look."),
    Sample("hermes-closed-as-response", f"<tool_call>\n{SUM_JSON}\n</tool_response>", (SUM,)),
    Sample("glm-stop-token", "<tool_call>ping</tool_call><|observation|>", (PING,)),
    Sample("llama4-stop-token", "<|python_start|>[ping()]<|python_end|><|eot|>", (PING,)),
    Sample("kimi-k2-singular", f"Sure.\n<|tool_call_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{PARIS_ARGS}<|tool_call_end|><|tool_call_section_end|>", (PARIS,), "Sure."),
    Sample("mixed-conventions", f"<tool_call>\n<function=weather>\n{PARIS_JSON}\n</function>\n</tool_call>", (PARIS,)),
    Sample("mixed-conventions-parameters", '<function=calculator>{"name": "functions.calculator", "parameters": {"expression": "23*19"}}</function>', (SUM,)),
    Sample("name-then-json", '<tool_call>calculator\n{"expression": "23*19"}\n</tool_call>', (SUM,)),
    Sample("granite31", f"<tool_call>[{PARIS_JSON}, {SUM_JSON}]", (PARIS, SUM)),
    Sample("granite30", f"<|tool_call|> [{PARIS_JSON}]", (PARIS,)),
    Sample("granite20b", f"<function_call> {SUM_JSON}\n<function_call> {ROME_JSON}", (SUM, ROME)),
    Sample("phi4-mini", f"<|tool_call|>{SUM_JSON}<|/tool_call|>", (SUM,)),
    Sample("phi4-list", f"<|tool_call|>[{PARIS_JSON}]<|/tool_call|>", (PARIS,)),
    Sample("functools", f"functools[{PARIS_JSON}, {SUM_JSON}]", (PARIS, SUM)),
    Sample("functools-lead", f"I will look.\nfunctools[{PARIS_JSON}]", (PARIS,), "I will look."),
    Sample("lm-studio", f"I look.\n[TOOL_REQUEST]{SUM_JSON}[END_TOOL_REQUEST]", (SUM,), "I look."),
    Sample("glaive", """<functioncall> {"name": "calculator", "arguments": '{"expression": "23*19"}'} <|endoftext|>""", (SUM,)),
    Sample("nemotron", f"<TOOLCALL>[{PARIS_JSON}, {SUM_JSON}]</TOOLCALL>", (PARIS, SUM)),
    Sample("minimax-m1", f"<tool_calls>\n{PARIS_JSON}\n{SUM_JSON}\n</tool_calls>", (PARIS, SUM)),
    Sample("hunyuan-a13b", f"<tool_calls>[{PARIS_JSON}, {SUM_JSON}]</tool_calls>", (PARIS, SUM)),
    Sample("qwen25-coder-tools", f"<tools>\n{SUM_JSON}\n</tools>", (SUM,)),
    Sample("longcat", f"<longcat_tool_call>{SUM_JSON}</longcat_tool_call>", (SUM,)),
    Sample("internlm", '<|action_start|><|plugin|>\n{"name": "calculator", "parameters": {"expression": "23*19"}}<|action_end|>', (SUM,)),
    Sample("command-r7b", '<|START_THINKING|>Add.<|END_THINKING|><|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "calculator", "parameters": {"expression": "23*19"}}\n]<|END_ACTION|>', (SUM,), reasoning="Add."),
    Sample("apertus", f'<|tools_prefix|>[{{"weather": {PARIS_ARGS}}}, {{"ping": {{}}}}]<|tools_suffix|>', (PARIS, PING)),
    Sample("inkling", '<|content_invoke_tool_json|>{"name": "calculator", "args": {"expression": "23*19"}}<|end_message|>', (SUM,)),
    # one element for each argument
    Sample("qwen3-coder", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n<parameter=metric>\nTrue\n</parameter>\n</function>\n</tool_call>", (PARIS,)),
    Sample("qwen3-coder-bare", "<function=weather>\n<parameter=city>\nRome\n</parameter>\n</function>\n</tool_call>", (ROME,)),
    Sample("qwen3-coder-two", "Both.\n\n<tool_call>\n<function=ping>\n</function>\n</tool_call>\n<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n</function>\n</tool_call>", (PING, ROME), "Both."),
    Sample("qwen3-coder-typed", '<function=weather><parameter=city>01234</parameter><parameter=place>\n{"lat": 1.5, "lon": -2}\n</parameter><parameter=tags>["a", "b"]</parameter></function>', (PLACE,)),
    Sample("qwen3-coder-marker-in-value", "<tool_call>\n<function=weather>\n<parameter=city>\nx </tool_call> ``` </parameter> y <tool_call>\n</parameter>\n</function>\n</tool_call>", (("weather", {"city": "x </tool_call> ``` </parameter> y <tool_call>"}),)),
    Sample("llama31-function-json", '<function=calculator>{"expression": "23*19"}</function>', (SUM,)),
    Sample("seed-oss", "<seed:tool_call>\n<function=weather>\n<parameter=city>Rome</parameter>\n</function>\n</seed:tool_call>", (ROME,)),
    Sample("minimax-m2", '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Paris</parameter>\n<parameter name="days">3</parameter>\n<parameter name="metric">true</parameter>\n</invoke>\n<invoke name="ping">\n</invoke>\n</minimax:tool_call>', (PARIS, PING)),
    Sample("dots", "<dots_function_call>\n<invoke name=weather>\n<parameter name=city>Rome</parameter>\n</invoke>\n</dots_function_call>", (ROME,)),
    Sample("minicpm5", '<function name="weather"><param name="city">Rome</param></function>', (ROME,)),
    Sample("muse", '<atem:function_calls>\n<atem:invoke name="weather">\n<atem:parameter name="city">Rome</atem:parameter>\n</atem:invoke>\n</atem:function_calls>', (ROME,)),
    Sample("deepseek-v32", f'On it.\n\n<{DSML}function_calls>\n<{DSML}invoke name="weather">\n<{DSML}parameter name="city" string="true">Paris</{DSML}parameter>\n<{DSML}parameter name="days" string="false">3</{DSML}parameter>\n<{DSML}parameter name="metric" string="false">true</{DSML}parameter>\n</{DSML}invoke>\n</{DSML}function_calls>', (PARIS,), "On it."),
    Sample("deepseek-v4", f'<{DSML}tool_calls>\n<{DSML}invoke name="weather">\n<{DSML}parameter name="city" string="true">Rome</{DSML}parameter>\n</{DSML}invoke>\n<{DSML}invoke name="ping">\n</{DSML}invoke>\n</{DSML}tool_calls>', (ROME, PING)),
    Sample("deepseek-v41", f'<{DSML} calls>\n<{DSML} invoke name="weather">\n<{DSML} parameter name="city" string="true">Rome</{DSML} parameter>\n</{DSML} invoke>\n</{DSML} calls>', (ROME,)),
    Sample("kimi-k3", '<|open|>tools<|sep|><|open|>call tool="weather" index="1"<|sep|><|open|>argument key="city" type="string"<|sep|>Rome<|close|>argument<|sep|><|open|>argument key="days" type="integer"<|sep|>3<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|>', (("weather", {"city": "Rome", "days": 3}),)),
    # a header, then JSON
    Sample("kimi-k2", f'Sure.<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{PARIS_ARGS}<|tool_call_end|><|tool_call_begin|>functions.calculator:1<|tool_call_argument_begin|>{{"expression": "23*19"}}<|tool_call_end|><|tool_calls_section_end|>', (PARIS, SUM), "Sure."),
    Sample("deepseek-v3", f'<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{PARIS_ARGS}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>calculator\n```json\n{{"expression": "23*19"}}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>', (PARIS, SUM)),
    Sample("deepseek-v31", f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{PARIS_ARGS}<｜tool▁call▁end｜><｜tool▁call▁begin｜>ping<｜tool▁sep｜>{{}}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", (PARIS, PING)),
    Sample("deepseek-r1-no-begin", f"<｜tool▁calls▁begin｜>function<｜tool▁sep｜>weather\n```json\n{PARIS_ARGS}\n```<｜tool▁call▁end｜>", (PARIS,)),
    Sample("step3", '<｜tool_calls_begin｜>\n<｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="weather">\n<steptml:parameter name="city">Rome</steptml:parameter>\n</steptml:invoke><｜tool_call_end｜>\n<｜tool_calls_end｜>', (ROME,)),
    Sample("mistral-list", f"[TOOL_CALLS] [{PARIS_JSON}, {SUM_JSON}]", (PARIS, SUM)),
    Sample("mistral-args", f'[TOOL_CALLS]weather[ARGS]{PARIS_ARGS}[TOOL_CALLS]calculator[ARGS]{{"expression": "23*19"}}</s>', (PARIS, SUM)),
    Sample("mistral-call-id", f"Well.[TOOL_CALLS]weather[CALL_ID]abc123DEF[ARGS]{PARIS_ARGS}", (PARIS,), "Well."),
    Sample("mistral-name-brace", f"[TOOL_CALLS]weather{PARIS_ARGS}", (PARIS,)),
    # pairs
    Sample("glm45", "I look.\n<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n<arg_key>metric</arg_key>\n<arg_value>true</arg_value>\n</tool_call>", (PARIS,), "I look."),
    Sample("glm47", '<tool_call>weather<arg_key>city</arg_key><arg_value>01234</arg_value><arg_key>place</arg_key><arg_value>{"lat": 1.5, "lon": -2}</arg_value><arg_key>tags</arg_key><arg_value>["a", "b"]</arg_value></tool_call><tool_call>ping</tool_call>', (PLACE, PING)),
    Sample("hunyuan-v3", "<tool_calls>\n<tool_call>weather<tool_sep>\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n</tool_call>\n</tool_calls>", (ROME,)),
    # Python
    Sample("pythonic", '[weather(city="Paris", days=3, metric=True), calculator(expression=\'23*19\')]', (PARIS, SUM)),
    Sample("pythonic-typed", '[weather(city="01234", place={"lat": 1.5, "lon": -2}, tags=["a", "b"])]', (PLACE,)),
    Sample("pythonic-quoted-numbers", '[weather(city="Paris", days="3", metric="true")]', (PARIS,)),
    Sample("llama4", '<|python_start|>[weather(city="Rome"), ping()]<|python_end|>', (ROME, PING)),
    Sample("lfm2", '<|tool_call_start|>[weather(city="Rome")]<|tool_call_end|>Looking.', (ROME,), "Looking."),
    Sample("olmo3", '<function_calls>\nweather(city="Rome")\nping()\n</function_calls>', (ROME, PING)),
    Sample("llama3-tag", '<|python_tag|>{"name": "calculator", "parameters": {"expression": "23*19"}}', (SUM,)),
    Sample("llama3-tag-two", '<|python_tag|>{"name": "calculator", "parameters": {"expression": "23*19"}}; {"name": "weather", "parameters": {"city": "Rome"}}', (SUM, ROME)),
    Sample("llama3-builtin", '<|python_tag|>weather.call(city="Rome")<|eom_id|>', (ROME,)),
    Sample("llama3-bare", '{"name": "calculator", "parameters": {"expression": "23*19"}}', (SUM,)),
    Sample("llama3-bare-two", '{"name": "calculator", "parameters": {"expression": "23*19"}}; {"name": "ping", "parameters": {}}', (SUM, PING)),
    Sample("llama3-bare-typed", '{"type": "function", "name": "calculator", "parameters": {"expression": "23*19"}}<|eot_id|>', (SUM,)),
    Sample("python-block", "```python\ncalculator(expression='23*19')\n```", (SUM,)),
    Sample("python-block-print", "```py\nprint(weather('Rome'))\n```\n", (ROME,)),
    Sample("python-bare", "calculator(expression='23*19')", (SUM,)),
    Sample("python-bare-two", "functions.weather(city='Rome')\nping()\n", (ROME, PING)),
    Sample("python-positional", '[weather("Rome")]', (ROME,)),
    Sample("python-positional-bare", 'weather("Rome")<|eot_id|>', (ROME,)),
    Sample("python-positional-tagged", '<|python_tag|>weather("Rome")', (ROME,)),
    Sample("tool-code", "```tool_code\nweather(city='Rome')\n```", (ROME,)),
    Sample("tool-code-print", "```tool_code\nprint(default_api.weather(city='Rome'))\n```", (ROME,)),
    # Gemma
    Sample("functiongemma", "<start_function_call>call:weather{city:<escape>Paris<escape>,days:<escape>3<escape>,metric:true}<end_function_call>", (PARIS,)),
    Sample("functiongemma-json-strings", '<start_function_call>call:weather{city:"Paris",days:3,metric:true}<end_function_call>', (PARIS,)),
    Sample("gemma4", '<|tool_call>call:weather{city:<|"|>Paris<|"|>,days:3,metric:true}<tool_call|><|tool_call>call:ping{}<tool_call|>', (PARIS, PING)),
    Sample("gemma4-nested", '<|channel>thought\nHm.<channel|><|tool_call>call:weather{city:<|"|>01234<|"|>,place:{lat:1.5,lon:-2},tags:[<|"|>a<|"|>,<|"|>b<|"|>]}<tool_call|>', (PLACE,), reasoning="\nHm."),
    Sample("gemma4-marker-in-string", '<|tool_call>call:weather{city:<|"|>a}<tool_call|>, "b"<|"|>}<tool_call|>', (("weather", {"city": 'a}<tool_call|>, "b"'}),)),
    # Harmony
    Sample("harmony", f"<|channel|>analysis<|message|>Look up.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{PARIS_ARGS}<|call|>", (PARIS,), reasoning="Look up."),
    Sample("harmony-recipient-first", f"<|channel|>commentary<|message|>I check.<|end|><|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{PARIS_ARGS}<|call|>", (PARIS,), "I check."),
    Sample("harmony-final", "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>It is 437.<|return|>", (), "It is 437.", "Easy."),
    Sample("harmony-stripped", 'analysisWe compute.assistantcommentary to=functions.calculator json{"expression": "23*19"}', (SUM,), reasoning="We compute."),
    Sample("harmony-stripped-final", "analysisWe are done.assistantfinalIt is 437.", (), "It is 437.", "We are done."),
    Sample("harmony-stripped-commentary", 'commentary to=functions.calculator <|constrain|>json{"expression": "23*19"}', (SUM,)),
    # without a marker
    Sample("fenced-recorded", '```json\n{\n  "name": "calculator",\n  "arguments": {\n    "expression": "23*19"\n  }\n}\n```', (SUM,)),
    Sample("doubled-braces-recorded", '{{"name": "calculator", "arguments": {"expression": "23*19"}}', (SUM,)),
    Sample("fenced-runs-on-recorded", '```json\n{\n  "name": "calculator",\n  "arguments": {\n    "expression": "23*19"\n  }\n}\n```\n\n\nWhat is the current time in Tokyo? Use the current_time tool.\n\n\n', (SUM,), "What is the current time in Tokyo? Use the current_time tool."),
    Sample("fenced-marker-in-string", f"```json\n{MARKED_JSON}\n```", (MARKED,)),
    Sample("fenced-list", f"```json\n[{PARIS_JSON}, {SUM_JSON}]\n```", (PARIS, SUM)),
    Sample("fenced-two", f"```json\n{PARIS_JSON}\n```\n\n```json\n{SUM_JSON}\n```", (PARIS, SUM)),
    Sample("fenced-lead", f"I'll use the calculator.\n\n```json\n{SUM_JSON}\n```\n", (SUM,), "I'll use the calculator."),
    Sample("fenced-lead-json", f"Here is the JSON for the function call:\n```json\n{SUM_JSON}\n```", (SUM,), "Here is the JSON for the function call:"),
    Sample("fenced-lead-two", f"Two things.\n\n```\n{SUM_JSON}\n```\n```\n{ROME_JSON}\n```", (SUM, ROME), "Two things."),
    Sample("fenced-no-close", f"```json\n{SUM_JSON}", (SUM,)),
    Sample("fenced-hermes", f"```xml\n<tool_call>\n{SUM_JSON}\n</tool_call>\n```", (SUM,)),
    Sample("fenced-hermes-two", f"```xml\n<tool_call>\n{SUM_JSON}\n</tool_call>\n<tool_call>\n{ROME_JSON}\n</tool_call>\n```", (SUM, ROME)),
    Sample("fenced-qwen-two", "I look.\n```\n<function=ping>\n</function>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n</function>\n</tool_call>\n```\n", (PING, ROME), "I look."),
    Sample("fenced-mistral-two", f"```\n[TOOL_CALLS]ping[ARGS]{{}}[TOOL_CALLS]weather[ARGS]{PARIS_ARGS}\n```", (PING, PARIS)),
    Sample("fenced-chinese", f"好的，我来计算。\n```json\n{SUM_JSON}\n```", (SUM,), "好的，我来计算。"),
    Sample("bare", SUM_JSON, (SUM,)),
    Sample("bare-newline", f"\n\n{SUM_JSON}\n", (SUM,)),
    Sample("bare-lead", f"Let me compute that:\n{SUM_JSON}", (SUM,), "Let me compute that:"),
    Sample("bare-orphan-close", f"{SUM_JSON}\n</tool_call>", (SUM,)),
    Sample("bare-list-xlam", f"[{PARIS_JSON}, {SUM_JSON}]", (PARIS, SUM)),
    Sample("bare-openai", '{"type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}', (ROME,)),
    Sample("bare-tool-calls", '{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}}]}', (ROME,)),
    Sample("bare-action", '{"action": "calculator", "action_input": {"expression": "23*19"}}', (SUM,)),
    Sample("bare-after-thinking", f"<think>\nhm\n</think>\n\n{SUM_JSON}", (SUM,), "<think>\nhm\n</think>"),
    Sample("bare-after-prompted-thinking", f"a long thought\n</think>\n\n{SUM_JSON}", (SUM,), "a long thought\n</think>"),
)  # fmt: skip


@dataclass(frozen=True)
class Plain:
    """A reply that stays text; `doubt` are the calls in it that may have been meant."""

    id: str
    text: str
    prompt: str = ""
    doubt: Calls = ()


LONG = "This is a long explanation of how tools work in general and why they are useful. " * 5
PLAIN = (
    Plain("prose", "The calculator tool evaluates expressions; weather(city) gives a forecast."),
    Plain("mention", "Wrap the JSON in <tool_call> and </tool_call> tags."),
    Plain("mention-code", 'Use `<tool_call>{"name": "calculator", "arguments": {"expression": "1"}}</tool_call>` for that.'),
    Plain("mention-end", "The opening tag is <tool_call>"),
    Plain("mention-function", "Write <function=name> and then <parameter=key>."),
    Plain("mention-python", "In Llama 3 the tag is <|python_tag|> followed by code."),
    Plain("placeholder", 'The form is <tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>.'),
    Plain("block", f"Here is a transcript:\n\n```text\n<tool_call>\n{SUM_JSON}\n</tool_call>\n```\nAs you see."),
    Plain("block-xml-explained", f"An example:\n\n```xml\n<tool_call>\n{SUM_JSON}\n</tool_call>\n```", doubt=(SUM,)),
    Plain("block-python", "```python\ntools = [{'name': 'calculator'}]\nprint(calculator('1+1'))\n```"),
    Plain("python-call-asked", "```python\ncalculator(expression='1+1')\n```", "Write Python code for that."),
    Plain("python-call-explained", "I look.\n```python\ncalculator(expression='23*19')\n```", doubt=(SUM,)),
    Plain("python-call-bare", "calculator(expression='1+1') is how it is called."),
    Plain("python-call-positional", "Write it so:\n[calculator('23*19')]\nand no more.", doubt=(SUM,)),
    Plain("fenced-calls-and-text", f"```xml\n<tool_call>{SUM_JSON}</tool_call>\nand so on\n<tool_call>{ROME_JSON}</tool_call>\n```"),
    Plain("fence-in-fence", f"````md\n```json\n{SUM_JSON}\n```\n````"),
    Plain("explained", f"You could call it like this:\n```json\n{SUM_JSON}\n```\nwhich gives 437.", doubt=(SUM,)),
    Plain("explained-no-tail", f"For example:\n```json\n{SUM_JSON}\n```", doubt=(SUM,)),
    Plain("explained-tail", f"I know this.\n```json\n{SUM_JSON}\n```\nThis sends the expression to the tool.", doubt=(SUM,)),
    Plain("explained-chinese", f"例如：\n```json\n{SUM_JSON}\n```", doubt=(SUM,)),
    Plain("asked-example", f"```json\n{SUM_JSON}\n```", "Show me an example of a calculator call in JSON."),
    Plain("asked-json", SUM_JSON, "Return only JSON with name and arguments."),
    Plain("asked-how", f"```json\n{SUM_JSON}\n```", "How would I call the calculator tool?"),
    Plain("asked-chinese", f"```json\n{SUM_JSON}\n```", "请给出一个调用计算器的示例"),
    Plain("asked-not", f"```json\n{SUM_JSON}\n```", "Write the request for 23*19 but don't run it."),
    Plain("asked-marked", f"Here it is: <tool_call>{SUM_JSON}</tool_call>", "Explain the Hermes tool call format."),
    Plain("json-answer", '{\n  "name": "Alice",\n  "age": 30\n}'),
    Plain("json-answer-arguments", '{"name": "Alice", "arguments": {"expression": "1"}}'),
    Plain("json-list", '[{"name": "Alice"}, {"name": "Bob"}]'),
    Plain("json-numbers", "[1, 2, 3]"),
    Plain("markdown-link", "[calculator](https://example.org) and [weather(s)](x)"),
    Plain("checkbox", "- [x] done\n- [ ] open\n[1] a note"),
    Plain("unknown-bare", '{"name": "launch", "arguments": {"x": 1}}'),
    Plain("unknown-fenced", '```json\n{"name": "launch", "arguments": {"x": 1}}\n```'),
    Plain("unknown-keys", '{"name": "calculator", "arguments": {"expression": "1", "precision": 3}}'),
    Plain("definition", '{"name": "calculator", "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}}}'),
    Plain("definition-described", '{"name": "calculator", "description": "adds", "parameters": {}}'),
    Plain("fenced-placeholder", '```json\n{"name": "calculator", "arguments": {...}}\n```'),
    Plain("bare-in-line", f"{SUM_JSON} is what you would send."),
    Plain("bare-after-long", f"{LONG}\n{SUM_JSON}", doubt=(SUM,)),
    Plain("bare-then-text", f"Mine:\n{SUM_JSON}\nand more text.", doubt=(SUM,)),
    Plain("placeholder-value", 'I will send:\n```json\n{"name": "calculator", "arguments": {"expression": "<expression>"}}\n```'),
    Plain("type-unfit", 'For example:\n```json\n{"name": "weather", "arguments": {"city": ["Rome"]}}\n```'),
    Plain("pythonic-prose", "[weather] is nice today (really)."),
    Plain("pythonic-unknown", "[launch(x=1)]"),
    Plain("thinking", f"<think>I would say <tool_call>{SUM_JSON}</tool_call></think>Done."),
    Plain("thinking-open", f"<think>I would say <tool_call>{SUM_JSON}</tool_call>"),
    Plain("analysis", "analysis of the data shows growth"),
    Plain("functools", "functools.partial is handy, functools[0] is not"),
    Plain("functools-line", "It is Python:\nfunctools[0] is an error\nfunctools"),
    Plain("lm-studio-mention", "It writes [TOOL_REQUEST] and [END_TOOL_REQUEST] around the JSON."),
    Plain("html", "<tools><tool>hammer</tool></tools> and <function_call>x</function_call>"),
    Plain("harmony-word", "The token <|end|> ends a message, <|channel|> begins one."),
    Plain("math", "a < b, x[0] `y` and {z}\n{z}\n[q]"),
    Plain("empty", ""),
    Plain("space", " \n "),
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    id: str
    text: str
    name: str | None
    reason: str
    finish_reason: str = "stop"
    calls: Calls = ()
    content: str = ""


BROKEN = (
    Broken("unknown", '<tool_call>\n{"name": "launch", "arguments": {}}\n</tool_call>', "launch", "unknown"),
    Broken("unknown-xml", "<function=launch>\n<parameter=x>\n1\n</parameter>\n</function>", "launch", "unknown"),
    Broken("unknown-glm", "<tool_call>launch\n<arg_key>x</arg_key>\n<arg_value>1</arg_value>\n</tool_call>", "launch", "unknown"),
    Broken("unknown-kimi", "<|tool_call_begin|>functions.launch:0<|tool_call_argument_begin|>{}<|tool_call_end|>", "launch", "unknown"),
    Broken("unknown-mistral", "[TOOL_CALLS]launch[ARGS]{}", "launch", "unknown"),
    Broken("builtin-harmony", "<|channel|>commentary to=python code<|message|>print(1)<|call|>", "python", "unknown"),
    Broken("cut", 'Now.\n<tool_call>\n{"name": "calculator", "arguments": {"expr', "calculator", "cut off", "length", (), "Now."),
    Broken("cut-stop", '<tool_call>\n{"name": "calculator", "arguments": {"expr', "calculator", "cut off"),
    Broken("cut-unclosed", f"<tool_call>\n{SUM_JSON}\n", "calculator", "length", "length"),
    Broken("cut-second", f'<tool_call>\n{SUM_JSON}\n</tool_call>\n<tool_call>\n{{"name": "wea', None, "cut off", "length", (SUM,)),
    Broken("cut-list", f'[TOOL_CALLS][{SUM_JSON}, {{"name": "weather", "arg', "weather", "cut off", "length", (SUM,)),
    Broken("cut-bare-list", f'[{SUM_JSON}, {{"name": "weather", "arg', "weather", "cut off", "length", (SUM,)),
    Broken("cut-opener", "Now.\n<tool_call>", None, "cut off", "length", (), "Now."),
    Broken("cut-half-opener", "Now.\n<tool_ca", None, "cut off", "length", (), "Now."),
    Broken("cut-xml", "<tool_call>\n<function=weather>\n<parameter=city>\nPar", "weather", "cut off", "length"),
    Broken("cut-xml-between", "<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n", "weather", "cut off", "length"),
    Broken("cut-fenced-recorded", '```json\n{\n  "name": "calculator",\n ', "calculator", "cut off", "length"),
    Broken("cut-fence-open", f"```json\n{SUM_JSON}\n", "calculator", "length", "length"),
    Broken("cut-pythonic", '[weather(city="Par', "weather", "cut off", "length"),
    Broken("cut-harmony", '<|channel|>commentary to=functions.weather<|message|>{"city": "Par', "functions.weather", "cut off", "length"),
    Broken("quote", '<tool_call>\n{"name": "calculator", "arguments": {"expression": "say "hi""}}\n</tool_call>', "calculator", "malformed"),
    Broken("quote-fenced", '```json\n{"name": "calculator", "arguments": {"expression": "say "hi""}}\n```', "calculator", "malformed"),
    Broken("escape", '<tool_call>{"name": "calculator", "arguments": {"expression": "\\d"}}</tool_call>', "calculator", "malformed"),
    Broken("nan", '<tool_call>{"name": "calculator", "arguments": {"expression": NaN}}</tool_call>', "calculator", "malformed"),
    Broken("twice", '<tool_call>{"name": "calculator", "arguments": {"expression": "1", "expression": "2"}}</tool_call>', "calculator", "twice"),
    Broken("deep", '<tool_call>{"name": "calculator", "arguments": {"expression": ' + "[" * 100 + "</tool_call>", "calculator", "nested"),
    Broken("arguments-text", '<tool_call>{"name": "calculator", "arguments": "23*19"}</tool_call>', "calculator", "no JSON object"),
    Broken("arguments-list", '<tool_call>{"name": "calculator", "arguments": [1]}</tool_call>', "calculator", "not an object"),
    Broken("ambiguous-value", "<function=weather><parameter=city>a</parameter></function></parameter></function>", "weather", "not clear"),
    Broken("brace-missing", '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}\n</tool_call>', "weather", "malformed"),
    Broken("flat", '<tool_call>\n{"name": "weather", "city": "Rome"}\n</tool_call>', "weather", "stray keys: city"),
    Broken("none-of-its-arguments", '<tool_call>\n{"name": "weather", "arguments": {"town": "Rome", "at": 3}}\n</tool_call>', "weather", "none of the arguments given: at, town"),
    Broken("mixed-other-tool", '<function=weather>{"name": "calculator", "arguments": {"expression": "1"}}</function>', "weather", "none of the arguments"),
    Broken("glm-key-unclosed", "<tool_call>weather\n<arg_key>city<arg_value>Rome</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>", "weather", "'city' of an argument is not closed"),
    Broken("glm-key-of-two-lines", "<tool_call>weather\n<arg_key>city\nRome</arg_key>\n<arg_value>Rome</arg_value>\n</tool_call>", "weather", "'city' of an argument is not closed"),
    Broken("positional-unclear", '[weather("Rome", 3)]', "weather", "have no names"),
    Broken("positional-type", "[weather(3)]", "weather", "have no names"),
    Broken("no-arguments", '<tool_call>\n{"name": "weather"}\n</tool_call>', "weather", "requires: city"),
    Broken("xlam-recorded", '```json\n[{"name": "calculator", "arguments', "calculator", "cut off", "length"),
    Broken("missing", '{"name": "weather", "arguments": {"days": 3}}', "weather", "missing: city"),
)  # fmt: skip
