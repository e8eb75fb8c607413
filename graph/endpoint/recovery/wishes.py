"""What the user asked for: something done, or a call shown, so that a call in the reply is the answer itself.

The words of English and simplified Chinese stand here, those of other languages in `languages`. What they decide is
left to `situation`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from graph.endpoint.recovery.languages import ends_of, fold, says

_MAX_PROMPT = 6000

_SHOW = (
    r"(?:show|give|write|provide|print|output|return|respond|reply|answer|generate|produce|format|convert|express"
    r"|draft|repeat|spell\s+out|list)"
)
_CALL = r"(?:tool[ -_]?calls?\b|function[ -_]?calls?\b|api\s+calls?\b|payload|request\s+body)"
_FORM = (
    r"(?:the\s+requests?\b|snippet|code\s+block|schema|syntax|template"
    r"|config(?:uration)?\b(?!\s*file|\.\w|[^.!?\n]*\b(?:save|store|file)\b))"
)
_NOTHING = (
    r"(?:it|this|that|them|any(?:thing)?|(?:(?:the|any|a)\s+)?(?:\w+\s+){0,2}(?:tools?|functions?|calls?|commands?))"
)
_ASKS_FOR_CALL = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?{_CALL}
    | (?<![.\w])json\b[^.!?\n]{{0,40}}\b(?:calls?|payload|arguments|parameters)\b
    | \b(?:examples?|samples?|illustrations?|demos?)\b[^.!?\n]{{0,20}}
        \b(?:calls?|calling|requests?|usage|using|how\s+to|ReAct|actions?)\b
    | \bfor\s+example,?\s+how\b
    | \bhow\s+(?:do|does|would|can|could|should|to|might)\b[^.!?\n]{{0,40}}\b(?:call|invoke|use)\b
    | \bwhat\s+(?:does|do|would|is|should)\b[^.!?\n]{{0,60}}\b(?:calls?|requests?|tools?|functions?)\b[^.!?\n]{{0,30}}
        \b(?:look\s+like|format|syntax|schema)\b
    | \bwhat(?:['’]s|\s+(?:is|was))\s+(?:the\s+)?(?:raw\s+|exact\s+)?(?:payload|form\s+of|request|tool\s+call)\b
    | \bwhat\s+does\b[^.!?\n]{{0,60}}\b(?:tools?|functions?|receives?)\b[^.!?\n]{{0,30}}\b(?:do|receive|calls?)\b
    | \bwhy\s+(?:did|does|has|was)\b[^.!?\n]{{0,40}}\b(?:tool|function)?[ ]?calls?\b
    | \b(?:explain|describe|document|illustrate|demonstrate)\b[^.!?\n]{{0,60}}\b(?:calls?|tools?|functions?)\b
    | \b(?:write|draft|add)\b[^.!?\n]{{0,40}}\b(?:section|docs?|documentation|fixture|README)\b[^.!?\n]{{0,40}}
        \b(?:tools?|functions?|calls?)\b
    | (?:示例|例子|举例|举个例|样例|范例|样本)[^。？！\n]{{0,12}}(?:调用|工具|函数|请求|用法|使用)
    | (?:调用|工具|函数|请求|用法|使用)[^。？！\n]{{0,12}}(?:示例|例子|举例|举个例|样例|范例|样本|长什么样)
    | (?:怎么|怎样|如何)[^。？！\n]{{0,12}}(?:调用|使用|用) | 调用格式 | 为什么[^。？！\n]{{0,12}}调用
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_FOR_FORM = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?{_FORM}
    | (?<![.\w])json\b[^.!?\n]{{0,40}}\b(?:name|example|schema)\b
    | \b(?:an?|some|one|the|me|another|more|two|three)\s+(?:\w+\s+)?(?:example|sample|illustration|demo)s?\b
    | \bexamples?\s+of\b
    | \bhow\s+(?:do|does|would|can|could|should|to|might)\b[^.!?\n]{{0,40}}\b(?:format|write)\b
    | \bwhat\s+(?:does|do|would|is|should)\b[^.!?\n]{{0,60}}\b(?:look\s+like|format|syntax|schema)\b
    | \b(?:explain|describe|document|illustrate|demonstrate)\b[^.!?\n]{{0,60}}\bformat\b
    | 示例|例子|举例|举个例|样例|范例|样本 | 长什么样
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FORBIDS = re.compile(
    rf"""\b(?:without|instead\s+of)\s+(?:actually\s+|really\s+)?(?:calling|running|executing|invoking|sending)\s*
        (?:{_NOTHING}\b | (?=[.!?,;\n]|\Z))
    | \b(?:do\s+not|don['’]?t|never|must\s+not|mustn['’]t|should\s+not|shouldn['’]t|not\s+to)\s+
        (?:actually\s+|really\s+)?(?:call|run|execute|invoke|send)\s*
        (?:{_NOTHING}\b | (?=[.!?,;\n]|\Z) | [^.!?\n]{{0,40}}\byet\b)
    | \bdry[ -]run\b
    | \bwait\s+for\s+(?:me\b|my\s+(?:ok|okay|go|approval|confirmation|permission|answer|reply|word)\b)
    | \b(?:before|until)\s+I\s+(?:say|confirm|approve|agree|tell)\b
    | \bdid\s+you\s+(?:just\s+|actually\s+)?(?:send|call|use|pass|run|invoke|execute|do)\b
    | \b(?:what|which)\b[^.!?\n]{{0,30}}\byou\s+(?:just\s+)?(?:sent|called|used|passed|ran|invoked|executed)\b
    | \byour\s+(?:last|previous|first)\s+(?:tool\s+|function\s+)?(?:call|request)
    | (?:不要|别|不用|无需|不必|请勿|切勿)(?:急着|真的|实际)?(?:去)?(?:调用|执行|运行|发送)
    | 而不(?:实际)?(?:调用|执行|运行|发送) | 先(?:不要|别) | 等我(?:确认|同意|批准|回复|点头) | 试运行|演练
    | 你?刚才[^。？！\n]{{0,12}}(?:调用|执行|发送|发了|用了|做了) | 调用了(?:什么|哪|些什么)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_FOR_PLAN = re.compile(
    r"""\b(?:tell|show|list|describe|explain|say)\b[^.!?\n]{0,40}\b(?:what|which|your\s+plan)\b[^.!?\n]{0,60}
        \byou(?:\s+(?:would|will|plan|intend|want)|['’](?:d|ll))\b
    | \b(?:which|what)\b[^.!?\n]{0,40}\b(?:would|will)\s+you\s+(?:use|call|send|run|pass)\b
    | \byour\s+plan\s+first\b | \brequest\s+you['’]?(?:d|\s+would)\b
    | 先(?:告诉|说明|列出|给我看)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GOES_AHEAD = re.compile(
    r"""(?:(?:[.!?;:,\n–—-]\s*|\bthen\s+)(?:(?:and|then|now|please|just)[\s,]+)*
            (?:(?:do|run|execute|call|use|invoke|perform)\s+(?:it|that|this|them|so|the\s+(?:tool\s+)?call)\b
                | go\s+ahead\b)
        | \band\s+(?:(?:then|now|just)\s+)?(?:do\s+(?:it|that|this|so)|go\s+ahead)\b
        | [.!?\n]\s*(?:(?:and|then|now|please|just)[\s,]+)*(?:send|make)\s+(?:it|that|this|them)\b
        )(?!\s*,?\s*(?:only|if|when|once|after|unless|until|later|yet|yourself|but|or)\b)
    | 然后(?:再)?(?:就)?(?:直接)?(?:去)?(?:调用|执行|运行|发送|做)(?!之?前)
    | (?:执行|运行|调用|发送|去做|做|开始|动手)吧
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HINTS = re.compile(
    r"""\bhold\s+off\b | \bbefore\s+(?:doing|running|executing|sending|calling|you\s+(?:do|run|send|call)|it\s+goes)\b
    | \bwalk\s+me\s+through\b | \b(?:only|just)\s+(?:show|looking|to\s+look)\b | \bnot\s+yet\b
    | \b(?:want|like)\s+to\s+(?:check|see|review|confirm)\s+(?:it|that|this)\b
    | \bwithout\s+my\s+(?:ok|okay|permission|approval)
    | \bhow\b[^.!?\n]{0,40}\b(?:is|are|gets?)\s+(?:called|used|invoked)\b
    | 暂时(?:别|不要)|只(?:要|想|需)?(?:给我|让我)?看|先让我|想先(?:看|确认|检查)|(?:执行|发送|动手|做任何事)之?前
    | 你会(?:用|发|调用)哪
    """,
    re.IGNORECASE | re.VERBOSE,
)
_RELAYS = re.compile(
    r"""(?<!the\s)(?<!\ba\s)(?<!an\s)(?<!-)\b(?:tell|e?mail|write|message|text|remind|ask|inform|send|answer|reply\s+to)\s+
        (?!me\b|us\b|what\b|which\b|it\b|that\b|the\b|an?\b|your\b|but\b|and\b|or\b|them\s+what)(?:to\s+)?[\w.@]+\b[^.!?\n]{0,60}
        (?:\bto\b|\bthat\b|\bnot\b|\bdon['’]?t\b|\bI['’]?(?:ll|\s+will)\b|\bnothing\b|\bsample\b)
    | \bdon['’]?t\s+(?:call|run|use|send)\s+any\s+other\b
    | \b(?:create|save|make|store)\b[^!?\n]{0,80}\b(?:but|and)\s+(?:do\s+not|don['’]?t)\s+(?:run|execute)
        \s+(?:it|them)\b
    | (?:告诉|通知|转告|提醒|写信给|回复)(?!我)\s?[a-z\w]{1,10}\s?(?:不要|别|等|先)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IS_ASKED = re.compile(r"[^.!。！\n]*[?？؟]")
_ASKS_FOR_JSON = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?(?<![.\w])json\b(?!\s+file)
    | (?<![.\w])json\s+(?:object|format|output|response|only)
    | \b(?:in|as|into|to|valid|with)\s+(?:\w+\s+)?json\b(?!\s+file)
    | (?:用|以|按|成|为|返回|输出|生成|给出|给我|写)[^。？！\n]{{0,10}}(?<![.\w])json | json\s*(?:格式|对象|形式)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_FOR_CODE = re.compile(
    r"""\b(?:code|script|python|program|snippet|(?:unit|pytest|integration|a)\s+tests?|test\s+(?:case|for)|wrapper|refactor
        |decorator|codigo|programa|funcion|codice|fonction|programme|programm|skript|kod|prueba|teste?)\b
    | 代码|脚本|程序|测试|程式|代碼|測試|コード|テスト|スクリプト|코드|테스트|스크립트|\bкод|скрипт|\bтест
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_ABOUT_CALLS = re.compile(
    r"""\b(?:example|sample|format|syntax|template|look\s+like|explain|describe|document|how\s+(?:do|does|would|to|can))\b
        [^\n]{0,80}\b(?:tool|function)[ _-]?call
    | \b(?:tool|function)[ _-]?call\w*\b[^\n]{0,80}\b(?:example|sample|format|syntax|template|look\s+like)\b
    | \b(?:show|write|print)\b[^.!?\n]{0,40}\b(?:tool|function)[ _-]?call
    | <tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>|<function=
    | (?:工具|函数)调用[^。\n]{0,12}(?:示例|例子|格式|样例|长什么样)
    | (?:示例|例子|格式|解释|写)[^。\n]{0,12}(?:工具|函数)调用
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user asked for.

    Attributes:
        shown: something as text that a call may be, or be part of: an example, a sample, a form, a code block.
        explicit: a call as text, in words that leave no doubt; else a call that is shown may be meant all the same.
        held_back: that nothing runs: a plan, a dry run, what was called before.
        unsure: perhaps that: in words that go with other things, too, or in a message for somebody.
        about_calls: tool calls as such, so that even marked ones in an explanation are examples.
        json: an answer in JSON.
        code: code.
    """

    shown: bool
    explicit: bool
    held_back: bool
    unsure: bool
    about_calls: bool
    json: bool
    code: bool


@lru_cache(maxsize=16)  # the prompt is the same in every turn of a run, and a long one takes milliseconds
def wishes_of(prompt: str) -> Wishes:
    """What a prompt asks for."""
    text = prompt
    if len(prompt) > _MAX_PROMPT:  # people say what they want at the beginning and at the end
        text = prompt[: _MAX_PROMPT // 2] + "\n" + prompt[-_MAX_PROMPT // 2 :]
    text = fold(text)
    searched = (_ASKS_FOR_CALL, _ASKS_FOR_FORM, _FORBIDS, _ASKS_ABOUT_CALLS, _ASKS_FOR_JSON, _ASKS_FOR_CODE)
    call, form, forbids, about_calls, json, code = (bool(pattern.search(text)) for pattern in searched)
    call = call or says("call", text)
    form = form or says("example", text)
    held_back = forbids or says("forbids", text) or _asks_only_for_plan(text)
    unsure = bool(_HINTS.search(text)) or says("hints", text)
    if (held_back or call) and (_RELAYS.search(text) or says("relays", text)):
        call, held_back, unsure = False, False, True
    explicit = call or held_back or about_calls
    return Wishes(call or form or unsure, explicit, held_back, unsure and not explicit, about_calls, json, code)


def _asks_only_for_plan(text: str) -> bool:
    """Whether a prompt asks what the model would do, and does not go on to say that it is to do it."""
    plans = [*_ends(_ASKS_FOR_PLAN, text), *ends_of("plans", text)]
    if not plans:
        return False
    acts = (end for end in (*_ends(_GOES_AHEAD, text), *ends_of("goes_ahead", text)) if not _IS_ASKED.match(text, end))
    return max(plans) >= max(acts, default=0)


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [found.end() for found in pattern.finditer(text)]
