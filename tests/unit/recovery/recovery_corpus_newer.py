# ruff: noqa: E501  # a reply stands on one line, so that the table can be read
"""More of what `recovery_corpus` holds: conventions of the newer models, and the slips of the older ones."""

from __future__ import annotations

from recovery_corpus import PARIS, PARIS_ARGS, PING, PLACE, ROME, ROME_JSON, SUM, SUM_JSON, Broken, Plain, Sample

M3 = "]<]minimax[>["
GCML = "｜GCML｜"
DSML = "｜DSML｜"
ROME_ARGS = '{"city": "Rome"}'


def _plamo(name: str, arguments: str) -> str:
    return f"<|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>{name}<|plamo:end_tool_name:plamo|><|plamo:begin_tool_arguments:plamo|><|plamo:constrain|>json<|plamo:msg|>{arguments}<|plamo:end_tool_arguments:plamo|><|plamo:end_tool_request:plamo|>"


def _hunyuan(text: str, suffix: str) -> str:
    """Hunyuan's suffix, put on every tag."""
    return text.replace(">", f":{suffix}>")


SAMPLES = (
    # nested elements
    Sample("minimax-m3", f'Look.\n{M3}<tool_call>\n{M3}<invoke name="weather">{M3}<city>Paris{M3}</city>{M3}<days>3{M3}</days>{M3}<metric>true{M3}</metric>{M3}</invoke>\n{M3}<invoke name="ping">{M3}</invoke>\n{M3}</tool_call>', (PARIS, PING), "Look."),
    Sample("minimax-m3-typed", f'{M3}<tool_call>{M3}<invoke name="weather">{M3}<city>01234{M3}</city>{M3}<place>{M3}<lat>1.5{M3}</lat>{M3}<lon>-2{M3}</lon>{M3}</place>{M3}<tags>{M3}<item>a{M3}</item>{M3}<item>b{M3}</item>{M3}</tags>{M3}</invoke>{M3}</tool_call>', (PLACE,)),
    Sample("minimax-m3-empty-list", f'{M3}<invoke name="weather">{M3}<city>{M3}</city>{M3}<tags>{M3}</tags>{M3}</invoke>', (("weather", {"city": "", "tags": []}),)),
    Sample("minimax-m3-marker-in-value", f'{M3}<tool_call>{M3}<invoke name="weather">{M3}<city>a </city> </invoke> </tool_call> <tool_call> ]<] ```{M3}</city>{M3}</invoke>{M3}</tool_call>', (("weather", {"city": "a </city> </invoke> </tool_call> <tool_call> ]<] ```"}),)),
    # pairs
    Sample("hunyuan-v3-suffix", _hunyuan("<tool_calls>\n<tool_call>weather<tool_sep>\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n</tool_call>\n<tool_call>ping<tool_sep></tool_call>\n</tool_calls>", "opensource"), (ROME, PING)),
    Sample("hunyuan-v4", _hunyuan('<tool_calls><tool_call>weather<arg_key>city</arg_key><arg_value>01234</arg_value><arg_key>place</arg_key><arg_value>{"lat": 1.5, "lon": -2}</arg_value><arg_key>tags</arg_key><arg_value>["a", "b"]</arg_value></tool_call></tool_calls>', "6124c78e"), (PLACE,)),
    Sample("hunyuan-marker-in-value", "<tool_call:x>weather<arg_key:x>city</arg_key:x><arg_value:x>a </tool_call> </arg_value> </arg_value:x> b</arg_value:x></tool_call:x>", (("weather", {"city": "a </tool_call> </arg_value> </arg_value:x> b"}),)),
    Sample("hunyuan-thinks", f"<think:opensource>use <tool_call:opensource>?</think:opensource>\n{SUM_JSON}", (SUM,), reasoning="use <tool_call:opensource>?"),
    Sample("iquest", '<iquest_tool_call>weather<arg_key>city</arg_key><arg_value>01234</arg_value><arg_key>place</arg_key><arg_value>{"lat": 1.5, "lon": -2}</arg_value><arg_key>tags</arg_key><arg_value>["a", "b"]</arg_value></iquest_tool_call><iquest_tool_call>ping</iquest_tool_call>', (PLACE, PING)),
    Sample("iquest-marker-in-value", "<iquest_tool_call>weather<arg_key>city</arg_key><arg_value>a </iquest_tool_call> <tool_call> b</arg_value></iquest_tool_call>", (("weather", {"city": "a </iquest_tool_call> <tool_call> b"}),)),
    Sample("k2-horizon-pairs", "On it.\n<ifm|tool_calls>\n<ifm|tool_call>weather\n<ifm|arg_key>city</ifm|arg_key>\n<ifm|arg_value>Paris</ifm|arg_value>\n<ifm|arg_key>days</ifm|arg_key>\n<ifm|arg_value>3</ifm|arg_value>\n<ifm|arg_key>metric</ifm|arg_key>\n<ifm|arg_value>true</ifm|arg_value>\n</ifm|tool_call>\n<ifm|tool_call>ping</ifm|tool_call>\n</ifm|tool_calls>", (PARIS, PING), "On it."),
    Sample("k2-horizon-typed", '<ifm|think_fast>Hm.</ifm|think_fast><ifm|tool_calls><ifm|tool_call>weather<ifm|arg_key>city</ifm|arg_key><ifm|arg_type>string</ifm|arg_type><ifm|arg_value>01234</ifm|arg_value><ifm|arg_key>place</ifm|arg_key><ifm|arg_type>object</ifm|arg_type><ifm|arg_value>{"lat": 1.5, "lon": -2}</ifm|arg_value><ifm|arg_key>tags</ifm|arg_key><ifm|arg_type>array[string]</ifm|arg_type><ifm|arg_value>["a", "b"]</ifm|arg_value></ifm|tool_call></ifm|tool_calls>', (PLACE,), reasoning="Hm."),
    Sample("k2-horizon-json", f"<ifm|tool_calls><ifm|tool_call>{ROME_JSON}</ifm|tool_call><ifm|tool_call>{SUM_JSON}</ifm|tool_call></ifm|tool_calls>", (ROME, SUM)),
    Sample("k2-horizon-json-list", f"<ifm|tool_call>[{ROME_JSON}, {SUM_JSON}]</ifm|tool_call>", (ROME, SUM)),
    Sample("glm-newline-spelt-out", "<tool_call>weather\\n<arg_key>city</arg_key>\\n<arg_value>Rome</arg_value>\\n</tool_call>", (ROME,)),
    Sample("spark25", "<tool_call>weather\n<arg_key>city</arg_key><arg_value>Rome</arg_value>\n</tool_call>", (ROME,)),
    # elements
    Sample("gigachat35", f'<{GCML}tool_calls>\n<{GCML}invoke name="weather">\n<{GCML}parameter name="city" string="true">Paris</{GCML}parameter>\n<{GCML}parameter name="days" string="false">3</{GCML}parameter>\n<{GCML}parameter name="metric" string="false">true</{GCML}parameter>\n</{GCML}invoke>\n</{GCML}tool_calls><|message_sep|>', (PARIS,)),
    Sample("dsml-self-closing", f'<{DSML}tool_calls>\n<{DSML}invoke name="ping"/>\n<{DSML}invoke name="weather">\n<{DSML}parameter name="city" string="true">Rome</{DSML}parameter>\n</{DSML}invoke>\n</{DSML}tool_calls>', (PING, ROME)),
    Sample("dsml-json", f'<{DSML}tool_calls>\n<{DSML}invoke name="weather">\n{ROME_ARGS}\n</{DSML}invoke>\n</{DSML}tool_calls>', (ROME,)),
    Sample("dsml-doubled", f'<{DSML}invoke name="weather"><{DSML}parameter name="arguments" string="false">{PARIS_ARGS}</{DSML}parameter></{DSML}invoke>', (PARIS,)),
    Sample("dsml-says-string", f'<{DSML}invoke name="weather"><{DSML}parameter name="city" string="true">Paris</{DSML}parameter><{DSML}parameter name="days" string="true">3</{DSML}parameter><{DSML}parameter name="metric">true</{DSML}parameter></{DSML}invoke>', (PARIS,)),
    Sample("dsml-unmarked", '<function_calls>\n<invoke name="weather">\n<parameter name="city" string="true">Rome</parameter>\n</invoke>\n</function_calls>', (ROME,)),
    Sample("minicpm5-cdata", '<function name="weather"><param name="city"><![CDATA[a </param></function> &amp;\nb]]></param></function>', (("weather", {"city": "a </param></function> &amp;\nb"}),)),
    Sample("minicpm5-entities", '<function name="weather"><param name="city">a &lt;b&gt; &amp; &quot;c&quot;</param><param name="days">3</param></function>', (("weather", {"city": 'a <b> & "c"', "days": 3}),)),
    Sample("minicpm5-spaces-lost", '<functionname="weather"><paramname="city">Rome</param></function>', (ROME,)),
    Sample("minicpm5-doubled", "<function name=\"weather\"><param name=\"properties\">{'city': 'Rome'}</param></function>", (ROME,)),
    Sample("dots-json", f"<dots_function_call>\n{ROME_JSON}\n</dots_function_call>", (ROME,)),
    Sample("kimi-k3-json", 'x<|open|>tools<|sep|><|open|>call tool="weather" index="1"<|sep|><|open|>json type="object"<|sep|>{"city": "Rome"}<|close|>json<|sep|><|close|>call<|sep|><|close|>tools<|sep|><|close|>message<|sep|><|end_of_msg|>', (ROME,), "x"),
    Sample("kimi-k3-answer", "<|open|>think<|sep|>Hm.<|close|>think<|sep|><|open|>response<|sep|>It is 437.<|close|>response<|sep|><|close|>message<|sep|>", (), "It is 437.", "Hm."),
    Sample("qwen3-coder-self-closing", "<tool_call>\n<function=ping/>\n</tool_call>", (PING,)),
    # a name, then JSON
    Sample("plamo3", f"Yes.<|plamo:begin_tool_requests:plamo|>{_plamo('weather', PARIS_ARGS)}{_plamo('ping', '{}')}<|plamo:end_tool_requests:plamo|>", (PARIS, PING), "Yes."),
    Sample("plamo3-marker-in-string", _plamo("weather", '{"city": "<|plamo:end_tool_arguments:plamo|> }"}'), (("weather", {"city": "<|plamo:end_tool_arguments:plamo|> }"}),)),
    Sample("mirothinker", f"Ok.\n<use_mcp_tool>\n<server_name>generic-extras</server_name>\n<tool_name>weather</tool_name>\n<arguments>\n{PARIS_ARGS}\n</arguments>\n</use_mcp_tool>", (PARIS,), "Ok."),
    Sample("mirothinker-marker-in-string", '<use_mcp_tool><tool_name>weather</tool_name><arguments>{"city": "</arguments></use_mcp_tool>"}</arguments></use_mcp_tool>', (("weather", {"city": "</arguments></use_mcp_tool>"}),)),
    Sample("deepseek-r1-other-frame", f"<｜tool▁calls｜>function<｜tool▁sep｜>weather\n```json\n{PARIS_ARGS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", (PARIS,)),
    Sample("functionary", f"weather\n{ROME_ARGS}\n>>>ping\n{{}}", (ROME, PING)),
    Sample("functionary-lead", f"I look.\n>>>weather\n{PARIS_ARGS}", (PARIS,), "I look."),
    Sample("mistral-stripped", f'weather{PARIS_ARGS}calculator{{"expression": "23*19"}}', (PARIS, SUM)),
    Sample("mistral-stripped-in-part", f"weather[ARGS]{ROME_ARGS}</s>", (ROME,)),
    Sample("kimi-k2-stripped", f"functions.weather:0{PARIS_ARGS}functions.ping:1{{}}", (PARIS, PING)),
    Sample("named-marker-in-string", 'weather{"city": "}functions.ping:0{} <|tool_call_end|>"}', (("weather", {"city": "}functions.ping:0{} <|tool_call_end|>"}),)),
    # JSON behind a marker
    Sample("gigachat3", f"Look.<|message_sep|>\n\nfunction call<|role_sep|>\n{ROME_JSON}</s>", (ROME,), "Look."),
    Sample("gigachat3-alone", f"function call<|role_sep|>\n{ROME_JSON}", (ROME,)),
    Sample("gigachat3-token", f"<|function_call|>{SUM_JSON}", (SUM,)),
    Sample("inkling-blocks", '<|message_model|><|content_thinking|>Hm.<|end_message|><|message_model|><|content_text|>Look.<|end_message|><|message_model|>weather<|content_invoke_tool_json|>{"name": "weather", "args": {"city": "Rome"}}<|end_message|>', (ROME,), "Look.", "Hm."),
    Sample("command-answer", "<|START_THINKING|>Easy.<|END_THINKING|><|START_RESPONSE|>It is 437.<|END_RESPONSE|>", (), "It is 437.", "Easy."),
    Sample("wrapped-json", f"<json>\n{ROME_JSON}\n</json>", (ROME,)),
    Sample("wrapped-response", f"I'll look.\n<response>{SUM_JSON}</response>", (SUM,), "I'll look."),
    Sample("wrapped-tool", f"<tool>{SUM_JSON}</tool>", (SUM,)),
    Sample("apriel", f"<thinking>Hm.</thinking>\n<tool_calls>[{ROME_JSON}, {SUM_JSON}]</tool_calls>", (ROME, SUM), "<thinking>Hm.</thinking>"),
    Sample("lfm2-json", f"<|tool_call_start|>[{ROME_JSON}]<|tool_call_end|>", (ROME,)),
    Sample("lfm2-echo", '<|tool_call_start|>[weather(city="Rome")]<|tool_call_end|>[weather(city="Rome")]<|tool_call_end|>Done.', (ROME,), "Done."),
    Sample("hermes-echo-on", f"<tool_call>{ROME_JSON}</tool_call>\n[weather(city='Rome'), weather(city='Oslo')]", (ROME, ("weather", {"city": "Oslo"}))),
    Sample("hermes-echo", f"<tool_call>{ROME_JSON}</tool_call>\n```json\n{ROME_JSON}\n```", (ROME,)),
    Sample("lfm2-raw-newline", "<|tool_call_start|>[calculator(expression='1\n+2')]<|tool_call_end|>", (("calculator", {"expression": "1\n+2"}),)),
    # Gemma
    Sample("gemma4-no-call", '<|tool_call>:weather{city:<|"|>Rome<|"|>}<tool_call|>', (ROME,)),
    Sample("gemma4-round", '<|tool_call>call:weather(city:<|"|>Paris<|"|>,days:3,metric:true)<tool_call|>', (PARIS,)),
    Sample("gemma4-stripped", "call:weather{city:Paris,days:3,metric:true}", (PARIS,)),
    # messages with a header
    Sample("harmony-recipient-begins", f" to=functions.weather<|channel|>commentary json<|message|>{PARIS_ARGS}<|call|>", (PARIS,)),
    Sample("harmony-recipient-glued", f"<|channel|>commentary to=weather<|constrain|>json<|message|>{ROME_ARGS}<|call|>", (ROME,)),
    Sample("harmony-analysis-call", f"<|channel|>analysis to=functions.weather code<|message|>{ROME_ARGS}<|end|>", (ROME,)),
    Sample("harmony-empty-call", "<|start|>assistant to=functions.ping<|channel|>commentary<|message|><|call|>", (PING,)),
    Sample("muse-messages", ' to=self<|message|>Look it up.<|eom|><|start|>assistant to=weather.weather<|message|><atem:function_calls>\n<atem:invoke name="weather.weather">\n<atem:parameter name="city">01234</atem:parameter>\n<atem:parameter name="place">{"lat": 1.5, "lon": -2}</atem:parameter>\n<atem:parameter name="tags">["a", "b"]</atem:parameter>\n</atem:invoke>\n</atem:function_calls><|eom|>', (PLACE,), reasoning="Look it up."),
    Sample("muse-answer", "<|start|>assistant to=user<|message|>It is 437.<|eot|>", (), "It is 437."),
    Sample("beam", '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant to=weather<|channel|>analysis <|constrain|>xml<|message|><rfl:parameter name="city">\nParis\n</rfl:parameter><rfl:parameter name="days">\n3\n</rfl:parameter><rfl:parameter name="metric">\ntrue\n</rfl:parameter><|end|><|start|>assistant to=ping<|channel|>analysis <|constrain|>xml<|message|><|call|>', (PARIS, PING), reasoning="Hm."),
)  # fmt: skip

PLAIN = (
    Plain("minimax-m3-mention", f"Each tag begins with {M3} there."),
    Plain("minimax-m3-code", f'Like `{M3}<invoke name="weather">{M3}<city>Rome{M3}</city>{M3}</invoke>` for example.'),
    Plain("hunyuan-mention", "Hunyuan's tags are <tool_call:x> and so on, <tool_calls:> is none."),
    Plain("hunyuan-block", "```text\n<tool_call:x>ping</tool_call:x>\n```\nso it looks."),
    Plain("k2-mention", "It opens with <ifm|tool_call> and a name."),
    Plain("iquest-mention", "The tag <iquest_tool_call> is new."),
    Plain("plamo-mention", "PLaMo writes <|plamo:begin_tool_request:plamo|> first."),
    Plain("gcml-mention", f"A call begins with <{GCML}invoke name= and its name."),
    Plain("mcp-mention", "In <use_mcp_tool> stand a server's name and a tool's."),
    Plain("wrapped-answer", '<json>\n{"name": "Alice", "age": 30}\n</json>'),
    Plain("wrapped-text", "<response>\nIt is 437.\n</response>"),
    Plain("wrapped-asked", f"<json>{SUM_JSON}</json>", "Return only JSON with name and arguments."),
    Plain("wrapped-unknown", '<tools>{"name": "launch", "arguments": {}}</tools>'),
    Plain("wrapped-within-line", f"Write <json>{SUM_JSON}</json> for that."),
    Plain("named-prose", "weather is fine; ping works. calculator: {1}"),
    Plain("named-sentence", 'ping{} is how a call may be written, weather{"city": "Rome"} as well'),
    Plain("named-unknown-key", 'weather{"town": "Rome"}'),
    Plain("named-asked", 'calculator\n{"expression": "1"}', "Give me an example of a call."),
    Plain("prompted-python", ">>> weather(city='Rome')\n>>>ping\nok"),
    Plain("call-colon", "call: me, call:x{y} and call:weather"),
    Plain("call-colon-sentence", "call:ping{} is how it is written."),
    Plain("to", "to=be or not"),
    Plain("echo-within-line", "See [weather(city='Rome')] there."),
)  # fmt: skip

BROKEN = (
    Broken("swallowed-xml", "<function=weather>\n<parameter=city>\nParis\n<parameter=days>\n3\n</parameter>\n</function>", "weather", "not closed before 'days'"),
    Broken("swallowed-invoke", '<invoke name="weather"><parameter name="city">Paris</city>\n<parameter name="days">3</parameter></invoke>', "weather", "not closed before 'days'"),
    Broken("swallowed-pairs", "<tool_call>weather<arg_key>city</arg_key><arg_value>Paris<arg_key>days</arg_key><arg_value>3</arg_value></tool_call>", "weather", "not closed before 'days'"),
    Broken("minimax-m3-unknown", f'{M3}<invoke name="launch">{M3}<x>1{M3}</x>{M3}</invoke>', "launch", "unknown"),
    Broken("minimax-m3-mixed", f'{M3}<invoke name="weather">{M3}<place>x{M3}<lat>1{M3}</lat>{M3}</place>{M3}</invoke>', "weather", "text and elements"),
    Broken("minimax-m3-crossed", f'{M3}<invoke name="weather">{M3}<city>x{M3}</days>{M3}</invoke>', "weather", "closed by"),
    Broken("minimax-m3-cut", f'{M3}<tool_call>{M3}<invoke name="weather">{M3}<city>Ro', "weather", "cut off", "length"),
    Broken("hunyuan-unknown", "<tool_call:x>launch<arg_key:x>a</arg_key:x><arg_value:x>1</arg_value:x></tool_call:x>", "launch", "unknown"),
    Broken("hunyuan-cut", "<tool_calls:x><tool_call:x>weather<arg_key:x>city</arg_key:x><arg_val", "weather", "cut off", "length"),
    Broken("hunyuan-cut-frame", "<tool_calls:x>\n<tool_ca", None, "cut off", "length"),
    Broken("k2-horizon-unknown", "<ifm|tool_call>launch<ifm|arg_key>a</ifm|arg_key><ifm|arg_value>1</ifm|arg_value></ifm|tool_call>", "launch", "unknown"),
    Broken("k2-horizon-cut", "<ifm|tool_calls><ifm|tool_call>weather<ifm|arg_key>city", "weather", "cut off", "length"),
    Broken("iquest-unknown", "<iquest_tool_call>launch<arg_key>a</arg_key><arg_value>1</arg_value></iquest_tool_call>", "launch", "unknown"),
    Broken("iquest-cut", "<iquest_tool_call>weather<arg_key>city</arg_key><arg_value>Ro", "weather", "cut off", "length"),
    Broken("gigachat35-unknown", f'<{GCML}tool_calls><{GCML}invoke name="launch"></{GCML}invoke></{GCML}tool_calls>', "launch", "unknown"),
    Broken("gigachat35-cut", f'<{GCML}tool_calls><{GCML}invoke name="weather"><{GCML}parameter name="city" string="true">Ro', "weather", "cut off", "length"),
    Broken("gigachat3-cut", "Look.<|message_sep|>\n\nfunction call<|role", None, "cut off", "length", (), "Look."),
    Broken("plamo-unknown", _plamo("launch", "{}"), "launch", "unknown"),
    Broken("plamo-cut", _plamo("weather", '{"city": "Ro')[:-90], "weather", "cut off", "length"),
    Broken("mcp-unknown", "<use_mcp_tool><tool_name>launch</tool_name><arguments>{}</arguments></use_mcp_tool>", "launch", "unknown"),
    Broken("mcp-cut", '<use_mcp_tool>\n<server_name>s</server_name>\n<tool_name>weather</tool_name>\n<arguments>\n{"ci', "weather", "cut off", "length"),
    Broken("named-cut", 'weather\n{"city": "Ro', "weather", "cut off", "length"),
    Broken("named-cut-second", 'functions.ping:0{}functions.weather:1{"ci', "weather", "cut off", "length", (PING,)),
    Broken("named-missing", 'weather{"days": 3}', "weather", "missing: city"),
    Broken("kimi-k2-counter", "<|tool_call_begin|>3<|tool_call_argument_begin|>{}<|tool_call_end|>", "3", "unknown"),
    Broken("gemma4-stripped-comma", "call:weather{city:Paris, France}", "weather", "malformed"),
    Broken("gemma4-stripped-key", "call:weather{city:Paris,at:noon}", "weather", "lost their marks"),
    Broken("inkling-unknown", '<|message_model|>launch<|content_invoke_tool_json|>{"name": "launch", "args": {}}<|end_message|>', "launch", "unknown"),
    Broken("inkling-cut", '<|message_model|>weather<|content_invoke_tool_json|>{"name": "weather", "ar', "weather", "cut off", "length"),
    Broken("beam-unknown", '<|start|>assistant to=launch<|channel|>analysis <|constrain|>xml<|message|><rfl:parameter name="x">\n1\n</rfl:parameter><|call|>', "launch", "unknown"),
    Broken("beam-cut", ' to=weather<|channel|>analysis <|constrain|>xml<|message|><rfl:parameter name="city">\nRo', "weather", "cut off", "length"),
    Broken("recipient-cut", " to=functions.weather<|channel|>commen", None, "cut off", "length"),
    Broken("wrapped-cut", '<json>{"name": "weather", "arguments": {"ci', "weather", "cut off", "length"),
)  # fmt: skip
