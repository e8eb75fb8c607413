"""One contender in a process of its own. Reads a line, does the work, prints the CPU seconds that it took."""

from __future__ import annotations

import asyncio
import sys
import time

from contenders import CONTENDERS, Thread, aadd, add

TURNS = 20
LONG = 1000
LONG_TURNS = 4
TOKENS = 500


def conversation(count: int) -> Thread:
    """A thread of so many messages: question, call, result, answer, and again."""
    thread: Thread = []
    for turn in range(count // 4):
        function = {"name": "add", "arguments": '{"a": 1, "b": 2}'}
        call = {"id": f"call_old_{turn}", "type": "function", "function": function}
        thread += [
            {"role": "user", "content": f"What is one plus two? I ask for the {turn}th time."},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "3"},
            {"role": "assistant", "content": "One plus two is three, as it was before."},
        ]
    return thread


def main() -> None:
    name, case, base_url = sys.argv[1:4]
    path = sys.argv[4] if len(sys.argv) > 4 else None  # noqa: PLR2004
    model = {"long": f"turns-{LONG_TURNS}", "stream": f"stream-{TOKENS}", "cold": "turns-0", "bytes": "turns-1"}
    contender = CONTENDERS[name](
        base_url, model.get(case, f"turns-{TURNS}"), path, aadd if case == "turns-async" else add
    )
    if case == "cold":
        contender.run([], "Hello")
        return
    thread = conversation(LONG) if case == "long" else []
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        before = time.process_time()
        if case == "stream":
            if contender.stream("Tell me more.") != TOKENS:
                sys.exit("not every token came")
        elif case in ("turns-async", "turns-thread"):
            loop.run_until_complete(contender.arun(thread, "Count."))
        else:
            for _ in range(int(line)):
                contender.run(thread, "What is one plus two?")
        print(time.process_time() - before, flush=True)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


if __name__ == "__main__":
    main()
