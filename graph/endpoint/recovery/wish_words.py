"""The words in which users of English and simplified Chinese say what they want, as `wishes` weighs them."""

from __future__ import annotations

import re

_SHOW = (
    r"(?:show|give|write|provide|print|output|return|respond|reply|answer|generate|produce|format|convert|express"
    r"|draft|repeat|spell\s+out|list)"
)
_A_LOAD = r"(?!\s+(?:capacity|mass|weight|fairing|bay)\b|\.\w)"
_CALL = rf"(?:tool[ -_]?calls?\b|function[ -_]?calls?\b|api\s+calls?\b|payload{_A_LOAD}|request\s+body)"
_FORM = (
    r"(?:the\s+requests?\b|snippet|code\s+block|schema|syntax|template"
    r"|config(?:uration)?\b(?!\s*file|\.\w|[^.!?\n]*\b(?:save|store|file)\b))"
)
_NOTHING = (
    r"(?:anything\b(?!\s+else)|any\b(?=\s*(?:[.!?,;\n]|\Z))"
    r"|(?:(?:the|any|a)\s+)?(?:(?!other\b)\w+\s+){0,2}(?!other\b)(?:tools?|functions?|calls?|commands?))"
)
_TOOLS = r"(?:tools?|functions?|(?:tool|function)[ -]?calls?)\b"
_NOT = r"(?:do\s+not|don['’]?t|never|not\s+to|you\s+(?:must|should|may)\s+not|you\s+(?:mustn|shouldn)['’]t)"
_NO_MORE = r"(?!\s+(?:like|such|except|but|other|than|unless|unnecessarily|needlessly)\b)"
_TRULY = r"(?:actually\s+|really\s+|ever\s+|please\s+)?"
ASKS_FOR_CALL = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?(?:{_CALL} | \b(?:the|your)\s+call\b
        (?!\s+(?:log|list|stack|cent|graph|history|with|from|on|about|yesterday|today|details|summary|notes|schedule
            |recordings?|volume|participants)\b))
    | (?<![.\w])json\b[^.!?\n]{{0,40}}\b(?:(?<!and\s)(?<!then\s)(?<!,\s)calls?|payload|arguments|parameters)\b
    | \b(?:examples?|samples?|illustrations?|demos?)\b[^.!?\n]{{0,20}}
        \b(?:calls?|calling|requests?|usage|using|how\s+to|ReAct|actions?)\b
    | \bfor\s+example,?\s+how\b(?!['’]s|\s+(?:is|are|was|many|much|long|far|old|big|high)\b)
    | \bwhat\s+(?:does|do|would|is|should)\b[^.!?\n]{{0,60}}\b(?:calls?|requests?|tools?|functions?)\b[^.!?\n]{{0,30}}
        \b(?:look\s+like|format|syntax|schema)\b
    | \bwhat(?:['’]s|\s+(?:is|was))\s+(?:the\s+)?(?:raw\s+|exact\s+)?
        (?:payload\b{_A_LOAD}|(?:form\s+of|request(?!\s+(?:of|from|by)\b)|tool\s+call)\b)
    | \bwhat\s+does\b[^.!?\n]{{0,60}}\b(?:tools?|functions?|receives?)\b[^.!?\n]{{0,30}}\b(?:do|receive|calls?)\b
    | \bwhy\s+(?:did|does|has|was)\s+(?:the|your|this|that|my|an?)\b[^.!?\n]{{0,40}}calls?\b
    | \b(?:explain|describe|document|illustrate|demonstrate)\b[^.!?\n]{{0,60}}\b(?:calls?|tools?|functions?)\b
    | \b(?:write|draft|add)\b[^.!?\n]{{0,40}}\b(?:section|docs?|documentation|fixture|README)\b[^.!?\n]{{0,40}}
        \b(?:tools?|functions?|calls?)\b
    | \bfixtures?\b[^.!?\n]{{0,60}}\bcalls?\b
    | \bwhat\s+(?:json|payload|log\s+(?:line|entry))\b[^.!?\n]{{0,20}}\b(?:would|should|might|could)\b
        (?!\s+(?:I|we)\s+(?:get|see|receive)\b | [^.!?\n]{{0,30}}\b(?:return|respond|answer|reply)\b)
    | \b(?:give|show|write|I\s+need)\s+(?:me\s+)?(?:an?|one|some)\s+(?:(?:json|ya?ml|xml|toml)\s+
        (?:example|sample|mock|stub|snippet)|(?:example|sample|dummy|mock|fake)\s+(?:json|payload))s?\b
        (?!\s+(?:from|to\s+(?:the|a)\s+file)\b)
    | \b(?:examples?|samples?|payload|snippets?|mocks?)\b[^.!?\n]{{0,30}}
        \bfor\s+(?:my|our|the)\s+(?:docs?|documentation|README|(?:unit\s+)?tests?|test\s+suite|slides?|fixtures?
        |training\s+(?:data|set)|blog(?:\s+post)?|tutorial|parser)\b
    | (?<![把照按用])(?:json|ya?ml|xml)\s*(?:格式)?的?(?:示例|例子|样例|范例|样本|模板)
    | (?<![把照按用])(?:示例|样例|范例|模板)\s*(?:json|ya?ml|xml)
    | \b(?:draft|show|print|output|format|compose|spell\s+out|give\s+me)\b[^.!?\n]{{0,40}}\b\w+_\w+\s+calls?\b
    | (?:fixture|测试夹具|测试用的|起草|草拟|展示)[^。？！\n]{{0,20}}调用
    | (?:示例|例子|举例|举个例|样例|范例|样本)[^。？！\n]{{0,12}}(?:调用|工具|函数|请求|用法|使用)
    | (?:调用|工具|函数|请求|用法|使用)[^。？！\n]{{0,12}}(?:示例|例子|举例|举个例|样例|范例|样本|长什么样)
    | 调用格式 | 为什么[^。？！\n]{{0,12}}调用
    """,
    re.IGNORECASE | re.VERBOSE,
)
ASKS_HOW = re.compile(
    r"""\bhow\s+(?:do|does|would|can|could|should|to|might)\b[^.!?\n]{0,40}\b(?:call|invoke|use)\b
    | (?:怎么|怎样|如何)[^。？！\n]{0,12}(?:调用|使用|用)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What asks for the way to call a tool, if the rest speaks of tools."""

SPEAKS_OF_TOOLS = re.compile(r"\b(?:tools?|functions?|api|endpoints?)\b|工具|函数|接口", re.IGNORECASE)
MEANS_A_CALL = re.compile(
    r"\b(?:tool|function)[ _-]?calls?\b|\bpayload\b|\bexamples?\b|(?:工具|函数)调用|示例", re.IGNORECASE
)
IN_A_FILE = re.compile(
    r"\b(?:in|of|from|inside|within)\s+(?:the\s+)?(?:file\s+)?(?!(?:node|vue|next|nuxt|react|express|three|d3)\.js\b)"
    r"[\w\-./]{0,80}\w\.(?:py|js|ts|tsx|json|txt|md|ya?ml|toml|csv|html?|log|xml|ini|cfg|sh|java|cpp|pdf|docx?)\b",
    re.IGNORECASE,
)
"""A file in which what is asked for may stand: `Explain the functions in main.py.`"""

ASKS_FOR_FORM = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?{_FORM}
    | (?<![.\w])json\b[^.!?\n]{{0,40}}\b(?:name|example|schema)\b
    | \b(?:an?|some|one|the|me|another|more|two|three)\s+(?:\w+\s+)?(?:example|sample|illustration|demo)s?\b
    | \bexamples?\s+of\b | \busage\s+examples?\b
    | \bhow\s+(?:do|does|would|can|could|should|to|might)\b[^.!?\n]{{0,40}}\b(?:format|write)\b
    | \bwhat\s+(?:does|do|would|is|should)\b[^.!?\n]{{0,60}}\b(?:format|syntax|schema)\b
    | \bwhat\s+(?:does|do|would|should)\b[^.!?\n]{{0,60}}\b(?:code|json|output)\b[^.!?\n]{{0,20}}\blook\s+like\b
    | \b(?:explain|describe|document|illustrate|demonstrate)\b[^.!?\n]{{0,60}}\bformat\b
    | \b(?:convert|translate|turn|complete|rewrite|transform|fix|correct|extract)\b[^.!?\n]{{0,60}}
        \b(?:to|as|into|in|of)\s+(?:this\s+|the\s+|valid\s+)?(?:json|ya?ml|xml|toml)\b
    | \bextract\b[^.!?\n]{{0,40}}\b(?:arguments|parameters|fields|keys)\b | \bwhat\s+json\b
    | \b(?:convert|translate|turn|complete|rewrite|transform|fix|correct)\b[^.!?\n]{{0,20}}
        \b(?:this|these|the\s+following)\s+(?:ya?ml|xml|toml|json)\b
    | (?:下面|以下|这段|这个)的?\s*(?:ya?ml|xml|toml|json)[^。？！\n]{{0,8}}(?:转换?|改写?|翻译|补全)
    | (?:转换?|改写?|翻译|补全|补充)[^。？！\n]{{0,6}}[成为]\s*(?:json|ya?ml|xml)
    | 示例|例子|举例|举个例|样例|范例|样本 | 长什么样
    """,
    re.IGNORECASE | re.VERBOSE,
)
FORBIDS = re.compile(
    rf"""\b(?:without|instead\s+of)\s+{_TRULY}(?:calling|running|executing|invoking|sending)\s+{_NOTHING}\b
    | \b{_NOT}\s+{_TRULY}(?:call|run|execute|invoke)\s+{_NOTHING}\b
    | \bthis\s+is\s+(?:just\s+|only\s+)?a\s+dry[ -]run\b | \bdry[ -]run\s+only\b | \bonly\s+a\s+dry[ -]run\b
    | (?:\A|[。！？\n])\s*(?:演练|试运行)[：:]
    | \b(?:{_NOT}|not\s+allowed\s+to|no\s+need\s+to)\s+{_TRULY}(?:use|make|touch|call)\s+
        (?:any\s+|your\s+|the\s+|these\s+|more\s+|further\s+)?{_TOOLS}{_NO_MORE}
    | \b(?:without|avoid|refrain\s+from|instead\s+of)\s+(?:using\s+|making\s+|calling\s+)?
        (?:any\s+|your\s+|the\s+|more\s+|further\s+)?(?:tools|functions|(?:tool|function)[ -]?calls?)\b{_NO_MORE}
    | (?:\A|[.!?,;:\n–—-]\s*|\bplease\s+|\buse\s+)no\s+(?:tools?|(?:tool|function)[ -]?calls?)\b
        (?=\s*(?:[.!?,;:\n)]|please|for\b|this|\Z))
    | \btools\s+(?:are|remain|stay)\s+(?:off|forbidden|disabled|not\s+allowed)\b
    | \bstop\s+(?:calling|using|making)\s+(?:any\s+|the\s+|your\s+)?{_TOOLS}
    | \bnothing\s+(?:should|must|may|shall|is\s+to|will)\s+be\s+(?:run|executed|called|done)\b
    | \bleave\s+(?:the\s+|your\s+)?tools\s+alone\b
    | \bwait\s+for\s+(?:me\b(?!\s+(?:at|in|by|on|near|outside|there)\b)
        |my\s+(?:ok|okay|go|approval|confirmation|permission|word)\b
        |my\s+(?:answer|reply)\b(?!\s+to\s+(?!(?:send|mail|run|do|delete|go)\b)\w))
    | \buntil\s+I\s+(?:say|confirm|approve|agree|tell)\b
    | \b(?:not|nothing|don['’]?t|wait)\b[^.!?\n]{{0,60}}\bbefore\s+I\s+(?:say|confirm|approve|agree|tell)\b
    | (?:不要|别|不用|无需|不必|请勿|切勿)(?:急着|真的|实际)?(?:去)?(?:调用|执行|运行|发送)
        (?=任何|工具|函数|它|这|该|\s*(?:[。，；！？,.!?\n]|\Z))
    | (?:不要|别|不用|无需|不必|请勿|切勿|禁止|不需要|不得|不准|不许|不能|不)(?:再|去)?(?:使用|调用|用|借助)
        (?:任何|什么|你的)?(?:外部)?(?:工具|函数|插件)
    | 而不(?:实际)?(?:调用|执行|运行|发送) | 先(?:不要|别)(?:急着?|真的?|实际)?(?:去)?(?:调用|执行|运行|动手|做|用工具)
    | 等我(?:确认|同意|批准|回复|点头) | (?:只是|仅|只?做|只?来)(?:一?次|个|一下)?(?:试运行|演练)
    """,
    re.IGNORECASE | re.VERBOSE,
)
ASKS_WHAT_WAS = re.compile(
    r"""\bdid\s+you\s+(?:just\s+|actually\s+)?(?:send|call|use|pass|run|invoke|execute|do)\b
    | \b(?:what|which)\b[^.!?\n]{0,30}\byou\s+(?:just\s+)?(?:sent|called|used|passed|ran|invoked|executed)\b
    | \byour\s+(?:last|previous|first)\s+(?:tool\s+|function\s+)?(?:call|request)\b
        (?!\s+(?:with|for|but|again|on|using)\b)
    | 你?刚才[^。？！\n]{0,12}(?:调用|执行|发送|发了|用了|做了) | 调用了(?:什么|哪|些什么)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What asks for what was called before."""

FORBIDS_IT = re.compile(
    rf"""\b(?:without|instead\s+of)\s+{_TRULY}(?:calling|running|executing|invoking|sending)\s*
        (?:(?:it|this|that|them)\b | (?=[.!?,;\n]|\Z))
    | \b{_NOT}\s+{_TRULY}(?:call|run|execute|invoke|send)\s*(?:(?:it|this|that|them)\b | (?=[.!?,;:\n]|\Z))
    | \b{_NOT}\s+{_TRULY}do\s+(?:it|this|that)\b
    | \b{_NOT}\s+{_TRULY}(?:call|run|execute|invoke)\s+[^.!?\n]{{0,40}}\byet\b
    | \b{_NOT}\s+{_TRULY}send\s+(?:{_NOTHING}\b | [^.!?\n]{{0,40}}\byet\b)
    | \bnothing\s+(?:should|must|may|shall|is\s+to|will)\s+be\s+(?:sent|changed|deleted)\b
    | \bI(?:['’]ll|['’]d|\s+will|\s+can|\s+would)?\s+(?:rather\s+)?(?:run|execute|do|send|call)\s+(?:it|that|this|them)
        \s+myself\b
    | \b(?:an?|only|just|as|the)\s+dry[ -]run\b | (?:\A|[.!?,;:(\n]\s*)dry[ -]run\b(?!\s+\w+ed\b)
    | \b{_NOT}\s+{_TRULY}use\s+(?:the|your)\s+\w+\s+(?:tool|function)\b
    | (?:不要|别|不用|无需|不必|请勿|切勿)(?:急着|真的|实际)?(?:去)?(?:调用|执行|运行|发送)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What forbids something that need not be the call: `Read main.py, do not run it.`"""

FORBIDS_THING = re.compile(
    rf"""\b{_NOT}\s+{_TRULY}(?:run|execute|send|search|read|open|browse|look\s+up|e?mail|delete|book|order|query|fetch)
        \s+(?!it\b)\w
    | \bwithout\s+(?:looking\s+it\s+up|searching|reading|browsing)\b
    | (?:不要|别|请勿|不用)(?:去)?(?:搜索|查询|查|读取|打开|删除|上网)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What forbids a thing that a tool may do, and may leave others: the model is asked."""

TASKS = re.compile(
    r"""(?:\A|[.!?;\n]\s*|\b(?:and|then|but|please|now|meanwhile|,)\s+)
        (?:(?:then|please|now|just|also|first|can\s+you|could\s+you|go\s+and)\s+){0,4}
        (?:(?:read|open|load|search|look\s+(?:up|for|at|into)|find|fetch|check|review|inspect|analy[sz]e|scan|grep|browse|query
            |download|upload|send|e?mail|book|order|buy|delete|remove|save|store|fix|refactor|rename|edit|update|create
            |count|sum|compute|calculate|translate|investigate|debug|schedule|remind|figure\s+out|summari[sz]e)\b
            |add\s+(?=\d|up\b|the\b|these\b|them\b|two\b)|use\s+(?!it\b|them\b|that\b|this\b)
            |(?:try|do)\s+(?:it\s+)?again\b|retry\b|run\s+(?!it\b|them\b|that\b|this\b|through\b)
            |show\s+me\s+the\s+contents\b
            |list\s+(?!(?:\w+\s+){0,3}(?:commands?|calls?|arguments|parameters|steps|what|which|tools)\b))
    | (?:\A|[。！？，；\n])\s*(?:请|帮我|麻烦|再|然后|并|先){0,4}
        (?:读取|阅读|打开|查看|搜索|搜一下|查找|查一下|查询|检索|计算|删除|保存|修复|修改|下载|创建|新建|用\s?[a-z_])
    | (?:\A|[.!?;,\n]\s*|\b(?:und|et|y|e|и)\s+)(?:bitte\s+|por\s+favor\s+)?
        (?:lies|lese|offne|suche?|finde|prufe|schicke?|sende|losche|korrigiere|behebe
        |lis|lisez|cherchez?|ouvrez?|trouvez?|verifiez?|envoyez?|envoie|corrigez?
        |lee|busca|abre|encuentra|revisa|envia|corrige|leia|procure|busque|abra|encontre|verifique|envie|corrija
        |leggi|cerca|apri|trova|controlla|invia|correggi
        |прочитай|прочти|найди|открой|проверь|отправь|исправь|поищи)\b
    | (?:読んで|検索して|調べて|開いて|探して) | (?:읽고|읽어|검색해|찾아|열어)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What is to be done: with it, other words may be about the matter in hand (`Read main.py and explain its calls.`)."""

CONVERTS = re.compile(
    r"""(?:(?:\A|[.!?;\n]\s*|\b(?:please|now|then|and|you|to)\s+)
            (?:convert|translate|turn|transform|rewrite|reformat|format|fix|correct|repair|complete|parse|seriali[sz]e|encode
            |express|represent|extract|pretty[ -]?print|indent|minify|clean\s+up)\b
        | (?:转换?|改写|翻译|格式化|修复|修正|补全|提取|表示))
    [^.!?。？！\n:：]{0,80}?
    (?:[:：\n"'`“] | \b(?:this|these|the\s+following)\b)
    | (?:把|将)(?:下面|以下|这)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What wants data that follow in another form."""

FORMATS = re.compile(r"(?<![.\w])(?:json|ya?ml|xml|toml)(?![\w])", re.IGNORECASE)
ORDERS = re.compile(
    r"""(?:\b(?:use|using|call|run|invoke|execute|try|via|with|through|ask|by)\s+(?:the\s+|your\s+|my\s+|tool\s+|function\s+)*
        | (?:使用|调用|运行|执行|通过|用)\s*(?:工具|函数)?\s*)["'`]?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands before the name of a tool that is to be used."""

IS_THE_MEANS = re.compile(
    r"""(?:\b(?:use|using|via|with|through|by|(?<!call\s)(?<!calls\s)to|into|(?:and|then|to|,)\s+(?:call|run|invoke))\s+
            (?:(?:the|your|my|its)\s+)?
        | (?:通过|(?<!调)用|[传交给存]给|[给到进]|(?:然后|并|再|来)调用)\s*)["'`]?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands before the name of a tool that gets data, or that is to do something with them."""

QUOTED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|「[^」\n]{1,200}」", re.DOTALL
)
"""What somebody else said."""

ASKS_FOR_PLAN = re.compile(
    r"""\b(?:tell|show|list|describe|explain|say)\b[^.!?\n]{0,40}\b(?:what|which|your\s+plan)\b[^.!?\n]{0,60}
        \byou(?:\s+(?:would|will|(?:plan|intend|want)\s+to)|['’](?:d|ll))\b(?:\s+like\s+to\b)?
        (?:\s+(?:use|call|send|run|pass|do|make|invoke|execute|query|search|type|write|put|take|go|tell|plan|want|need)\b
            | \s*(?:[.!?,;\n]|\Z))
    | \b(?:which|what)\b[^.!?\n]{0,40}\b(?:would|will)\s+you\s+(?:use|call|send|run|pass)\b
    | \byour\s+plan\s+first\b | \brequest\s+you['’]?(?:d|\s+would)\b
    | 先(?:告诉|说明|列出|给我看)[^。？！\n]{0,12}
        (?:你(?:会|要|打算|准备|想|将|的)|步骤|方案|做法|要执行|怎么(?:做|调|删|发|改)|调用|参数|请求|工具)
    | 先(?:告诉我|说明|列出|给我看)(?:一下|下)?(?=[。！？]|\s*\Z)
    """,
    re.IGNORECASE | re.VERBOSE,
)
GOES_AHEAD = re.compile(
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
HINTS = re.compile(
    r"""\bbefore\s+I\s+(?:say|confirm|approve|agree|tell)\b
    | \bhold\s+off\b | \bbefore\s+(?:doing|running|executing|sending|calling|you\s+(?:do|run|send|call)|it\s+goes)\b
    | \bwalk\s+me\s+through\b | \b(?:only|just)\s+(?:show|looking|to\s+look)\b | \bnot\s+yet\b
    | \b(?:want|like)\s+to\s+(?:check|see|review|confirm)\s+(?:it|that|this)\b
    | \b(?:show|ask|check\s+with|confirm\s+with)\s+me\s+(?:it\s+)?(?:first|before)\b
    | \blet\s+me\s+(?:see|check|look|review)\b[^.!?\n]{0,20}\b(?:first|before)\b
    | \b(?:do\s+not|don['’]?t|never)\s+(?:call|run|execute|invoke|send)\s+any\b
    | \bask\s+before\b | \b(?:do|change)\s+anything\s+yet\b
    | \b(?:do\s+not|don['’]?t|never|without|avoid)\b[^.!?\n]{0,20}\btools?\b
    | 先(?:不要|别)(?!管|忘) | 先写好 | 前(?:先)?(?:问|让|给|告诉)我 | [，但](?:别|不)发
    | 之前[^。，！？\n]{0,4}给我看|先给我(?:看|过目)
    | \bwithout\s+my\s+(?:ok|okay|permission|approval)
    | \bhow\b[^.!?\n]{0,40}\b(?:is|are|gets?)\s+(?:called|used|invoked)\b
    | 暂时(?:别|不要)|只(?:要|想|需)?(?:给我|让我)?看|先让我|想先(?:看|确认|检查)|(?:执行|发送|动手|做任何事)之?前
    | 你会(?:用|发|调用)哪
    """,
    re.IGNORECASE | re.VERBOSE,
)
RELAYS = re.compile(
    r"""(?<!the\s)(?<!\ba\s)(?<!an\s)(?<!-)\b(?:tell|e?mail|write|message|text|remind|ask|inform|send|answer|reply\s+to)\s+
        (?!me\b|us\b|what\b|which\b|it\b|that\b|the\b|an?\b|one\b|some\b|two\b|json\b|your\b|but\b|and\b|or\b|them\s+what)(?:to\s+)?[\w.@]+\b[^.!?\n]{0,60}
        (?:\bto\b|\bthat\b|\bnot\b|\bdon['’]?t\b|\bI['’]?(?:ll|\s+will)\b|\bnothing\b|\bsample\b)
    | \bdon['’]?t\s+(?:call|run|use|send)\s+any\s+other\b
    | \b(?:create|save|make|store)\b[^!?\n]{0,80}\b(?:but|and)\s+(?:do\s+not|don['’]?t)\s+(?:run|execute)
        \s+(?:it|them)\b
    | (?:告诉|通知|转告|提醒|写信给|回复)(?!我)\s?[a-z\w]{1,10}\s?(?:不要|别|等|先)
    """,
    re.IGNORECASE | re.VERBOSE,
)
IS_ASKED = re.compile(r"[^.!。！\n]*[?？؟]")
ASKS_FOR_JSON = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?(?<![.\w])json\b(?!\s+file)
    | (?<![.\w])json\s+(?:object|format|output|response|only)
    | \b(?:in|as|into|to|valid|with|als|en|em|im)\s+(?:\w+\s+)?json\b(?!\s+file)
    | (?:用|以|按|成|为|返回|输出|生成|给出|给我|写)[^。？！\n]{{0,10}}(?<![.\w])json | json\s*(?:格式|对象|形式)
    """,
    re.IGNORECASE | re.VERBOSE,
)
ASKS_FOR_CODE = re.compile(
    r"""\b(?:code|script|python|program|snippet|(?:unit|pytest|integration|a)\s+tests?|test\s+(?:case|for)|wrapper|refactor
        |decorator|codigo|programa|funcion|codice|fonction|programme|programm|skript|kod|prueba|teste?)\b
    | 代码|脚本|程序|测试|程式|代碼|測試|コード|テスト|スクリプト|코드|테스트|스크립트|\bкод|скрипт|\bтест
    """,
    re.IGNORECASE | re.VERBOSE,
)
ASKS_ABOUT_CALLS = re.compile(
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
