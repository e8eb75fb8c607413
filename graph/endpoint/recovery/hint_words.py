"""Words of users that may ask for the text of a call, or go with anything else: they are worth a question, no more.

Where nobody can be asked they do not count. A word too many costs a request; one that is missing may cost a call that
was only to be shown. Everyday words do not count in an order (`Review main.py.`).
"""

from __future__ import annotations

import re

_ENGLISH = r"""
    # the machinery
    invocations?|payload|raw|wire|curl|postman|arguments|parameters|params|slots?|intents?|utterances?
    |syntax|notation|markup|formats?|formatted|templates?|signature|equivalent|schema|snippets?|listing|logged|trace|audit
    |(?:tool|function|api)[ _-]?calls?|which\s+(?:call|tool|function)|request\s+(?:body|for|to)
    |calls?\s+(?:of|for|to|that)|body\s+(?:of|to)|(?:an?|the)\s+(?:json\s+)?objects?|code\s+(?:block|box)
    |pseudo[ -]?code|(?:the|an?|one|your|its|this|that|each)\s+(?:\w+\s+){0,2}(?:call|request)
    # what it is for
    |few[ -]shot|fixtures?|stubs?|mock(?:s|ed|up)?|dummy|fake|canned|seed|golden|gold|snapshots?
    |test\s*(?:data|cases?|input|set)|parser|assert(?:ion|s)?|expected\w*|eval(?:s|uation)?|ground\s+truth
    |reference\s+answer|fine-?tun\w+|training|sft|(?:tool|function)\s+calling|your\s+tools?|(?:which|what)\s+tools|tools\s+do\s+you|what\s+can\s+you
    |under\s+the\s+hood|internally|behind\s+the\s+scenes|when\s+a\s+user|for\s+later|tomorrow\s+I
    |translate|(?<!\.)jsonl|dataset|annotate|annotation|tutorial|thesis|caption|teach\w*|quiz
    # only thought of, or to be done by somebody else
    |simulat\w+|pretend|imagine|suppose|assume|hypothetical(?:ly)?|what\s+if|emulate|role[ -]?play|thought\s+experiment
    |not\s+for\s+real|side\s+effects?|nothing\s+live|in\s+theory|propos\w+|previews?|drafts?|rehears\w+|practi[cs]e\s+run|no\s+sending|before\s+(?:it|this|that)\s+(?:goes|is\s+(?:sent|run))|myself|by\s+hand
    |I(?:['’]ll|\s+will|\s+can|['’]d)\s+(?:then\s+)?(?:\w+\s+)?(?:send|submit|approve|run|post|hit|do|decide|execute|call)
    # saying it
    |dump|encode|decode|seriali[sz]e|parse|express|transform|rewrite|demonstrate|demonstration|demo|illustrat\w+
    |verbatim|literal(?:ly)?|transcript|dialog(?:ue)?|assistant\s*(?::|turn|message|response|reply|answer)
    |as\s+(?:plain\s+)?text|in\s+writing|only\s+text|text\s+only|output\s+only
    |(?:type|write|spell)\s+(?:\w+\s+){0,4}?(?:out|down|up)|(?:you|the\s+model|the\s+agent|it)['’]?d?\s+(?:output|emit|generate|produce)s?
    |(?:output|emit|generate|produce)\s+internally|your\s+output|what\s+(?:gets|goes|is)\s+sent|what\s+(?:do|should)\s+I\s+(?:put|send|write|post)
    |how\b[^.!?\n]{0,40}\bworks?|runbook|approv\w+|sketch|exercise|answer\s+(?:key|for)
    |machine-readable|(?:my|our)\s+notes|minimal\s+(?:working\s+)?example|no\s+execution|only\s+want\s+to|(?:let\s+me|like\s+to|want\s+to|can\s+I)\s+see|what\b[^.!?\n]{0,40}\bwould
    |bra(?:ce|cket)s?|regex|counterpart|machine|reproduce|phrased|written|working\s+one|(?:has|have)\s+to\s+(?:type|run|write)
    |what\s+(?:do|should|can)\s+(?:I|we)\s+(?:hand|type|enter|run|call)
    |what\s+(?:deletes|sends|creates|removes|adds|books|gets|updates|calls)|e\.g|for\s+example
"""
_EVERYDAY = r"""
    headers?|keys|structure|logs?|testing|tests?(?!\s+(?:e?-?mails?|messages?|users?|accounts?)\b)|label|readme|docs?
    |documentation|slides?|blog|paper|figure|class|students?|paste|copy|would|prepare|compose|review|post
    |test\w*|double-?check|conversation|how\s+(?:you|one|it|does\s+one|do\s+I|do\s+you|to)|commands?|exactly|stage|solution
    |client|server|what\s+happens
"""
_CHINESE = (
    r"请求体|报文|载荷|参数|(?<![a-z]\s)(?<![a-z])格式|语法|写法|用法|模板|代码块|演示|模拟|假装|假设|假如|如果要|想象|写成|写出"
    r"|怎么写|原样|原文|的调用|函数调用|一个?调用|文本形式|序列化|解析|抽取|标注|意图|槽位|微调|哪些工具|你的工具|内部|训练|数据集|标准答案"
    r"|教程|课件|对话[：:。]|助手[：:]|输出什么|会输出|应该发什么|先(?:告诉|说明|列出|给我看)|想看|展示|预览|草稿|起草|拟一|我看看|演练|试运行|我自己|转成|转换|改成"
    r"|机器|填什么|命令|入参|哪个函数|具体会|答案是|作业|表示|修一下|有什么问题"
)
_EVERYDAY_CHINESE = r"日志|测试(?!邮件|用户|消息|账号)|文档|幻灯|ppt|学生|准备|写一[条段个份下]"
_ELSEWHERE = r"""
    (?:\b(?:doku|dialog|dialogue|dialogo|argument|parametr|parametre|format|formato|exempl|ejempl|esempi|beispiel|simul|hipotet
        |hypothet|prueba|essai|dokument|documenta(?!tion)|entwurf|entwirf|borrador|brouillon|prepar(?!e)|bereite
        |wandle|konvert|convierte|pasa\s+esto|corrig|korrig|arregla|korrektur|uberset|peticion
        |requete|anfrage|richiesta|aufruf|llamada|appel|chiamata|wurdest|produi|generari|genererais|gerarias|daten|datos
        |befehl|commande|comando|donnee|dati|assistent|asistente|assistente|assistant)\w*)
    | аргумент|параметр|формат|пример|диалог|ассистент|тест|документ|слайд|запрос|вызов|выв[её]л|преобраз
    | переведи|\bбы\b
    | \b(?:wie|comment|como|come|jak)\b[^.!?\n]{0,30}\b(?:ich|je|man|on|peut|supprimer|borro|puedo|si|faccio
        |ecri\w*|escrib\w*|schreib\w*)\b
    | \bкак\b[^.!?\n]{0,20}\b(?:запис|напис|удал|сдел) | команд
    | 引数|コマンド|形式|例え|例を|対話|会話|アシスタント|テスト|ドキュメント|リクエスト
    | 出力|変換|書け|呼び出|デモ
    | 인수|형식|예를|예시|대화|테스트|문서|요청|출력|변환|호출
"""
SPEAKS_OF_TEXT = re.compile(
    rf"\b(?:{_ENGLISH})\b | {_CHINESE} | {_ELSEWHERE}"
    r" | [{<][^\n{}<>]{0,200}[}>] | \w\([^()\n]{0,200}\) | \b\w+:\n",
    re.IGNORECASE | re.VERBOSE,
)
EVERYDAY = re.compile(rf"\b(?:{_EVERYDAY})\b | {_EVERYDAY_CHINESE}", re.IGNORECASE | re.VERBOSE)
"""Such words that are said every day, too: they do not count beside an order."""

IS_AN_ORDER = re.compile(
    r"""(?:\A|[.!?;\n]\s*|,\s*(?:please|then)\s+)(?:(?:please|now|then|just|first|(?:would|could|can|will)\s+you)\s+){0,4}
        (?:copy|move|run|start|stop|restart|check|review|double-?check|open|read|find|search|look\s+up|fetch|delete
            |remove|book|save|mail|send|update|download|count|summari[sz]e|compute|translate)\b
    | (?:\A|[。！？，；\n])\s*(?:请|帮我|麻烦)*(?:运行|预览|测试|查|打开|读|搜索|翻译|删除|总结)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Orders in which they are about a thing: `Run the tests.`"""
