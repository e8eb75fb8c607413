"""Whether calls that a server leaves in the text come home: the same prompts with recovery off and on.

Usage: python benchmarks/recovery.py [--prompts N] [--streamed]      the embedded model with the template in its file,
                                                                      which writes every call as fenced JSON
       python benchmarks/recovery.py --env-file .env.vllm            the endpoint that a file names

The prompts are those of embedded_prompts/held_out.json that need a tool. Columns: `called`, runs in which a tool ran;
`answered`, runs whose last message matches what the right answer must contain; `markup`, runs whose answer still shows
a call's markup; `error`, runs that ended in an error.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from graph import Agent, Endpoint, PortolanError, Settings, build_graph, load_settings
from graph.endpoint.embedded import serve

PROMPTS = Path(__file__).parent / "embedded_prompts" / "held_out.json"
TOOLS = ["calculator", "units", "date_difference", "convert_time"]
MARKUP = re.compile(r'"arguments"|<tool_call>|<tools>')


def run_one(graph: Any, prompt: str, *, streamed: bool) -> list[Any]:
    given = {"messages": [("user", prompt)]}
    if not streamed:
        return graph.invoke(given)["messages"]
    last: dict[str, Any] = {}
    for kind, value in graph.stream(given, stream_mode=["messages", "values"]):
        last = value if kind == "values" else last
    return last["messages"]


def measure(endpoint: Endpoint, settings: Settings, prompts: list[dict[str, Any]], *, streamed: bool) -> Counter[str]:
    graph = build_graph(Agent(tools=TOOLS, endpoint=endpoint), settings=settings)
    counts: Counter[str] = Counter()
    for one in prompts:
        try:
            messages = run_one(graph, one["prompt"], streamed=streamed)
        except PortolanError as error:
            counts["error"] += 1
            print(f"  {one['prompt']!r}: {type(error).__name__}")
            continue
        answer = messages[-1].text if isinstance(messages[-1], AIMessage) else ""
        counts["called"] += any(isinstance(message, ToolMessage) for message in messages)
        counts["answered"] += all(re.search(pattern, answer) for pattern in one["answer"])
        counts["markup"] += bool(MARKUP.search(answer))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=26, help="how many prompts (default 26)")
    parser.add_argument("--streamed", action="store_true", help="stream the replies")
    parser.add_argument("--env-file", help="measure the endpoint that this file names")
    arguments = parser.parse_args()
    if arguments.env_file:
        settings = load_settings(arguments.env_file).settings
        endpoint = settings.endpoint()
    else:
        settings = load_settings(environ={}).settings
        served = serve(template="gguf", cache_dir=settings.model_cache)
        endpoint = Endpoint(model=served.model, base_url=served.base_url, api_key=served.api_key)
    every = json.loads(PROMPTS.read_text("utf-8"))
    needing = [one for one in every if one["calls"] and all(call["tool"] != "current_time" for call in one["calls"])]
    prompts = needing[: arguments.prompts]
    rows: list[tuple[str, Counter[str]]] = []
    for recover in ("off", "on"):
        changed = {"recover_tool_calls": recover, "temperature": 0.0, "max_tokens": 400, "stream_timeout_s": 600.0}
        counts = measure(endpoint, settings.model_copy(update=changed), prompts, streamed=arguments.streamed)
        rows.append((recover, counts))
    how = "streamed" if arguments.streamed else "plain"
    print(f"\n{len(prompts)} prompts that need a tool, {endpoint.model}, {how}\n")
    print("| recovery | called | answered | markup | error |\n|---|---|---|---|---|")
    for recover, counts in rows:
        print(f"| {recover} | {counts['called']} | {counts['answered']} | {counts['markup']} | {counts['error']} |")


if __name__ == "__main__":
    main()
