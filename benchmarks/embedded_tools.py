"""How well the embedded model uses tools, with the template in its file and with Portolan's, side by side.

Usage: python benchmarks/embedded_tools.py [--set held_out|tuning] [--template portolan] [--template gguf] [--verbose]

The prompts lie in embedded_prompts/: `tuning.json` was looked at while the template was written, `held_out.json` was
written before and not looked at. A prompt has the calls it needs (tool, and a pattern that the tool's own result must
match, so that any right arguments count) and patterns that the final answer must match. A prompt without calls is
answered in text; calling a tool on it is the mistake. The tools are Portolan's own, at a fixed moment.

Columns: `call`, at least one well-formed call where one is needed; `tool`, exactly the tools needed; `arguments`,
their results as expected; `answer`, the right text in the end, after calls or none; `abstained`, no call where none is
needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from langchain_core.utils.function_calling import convert_to_openai_tool

from graph.endpoint.embedded import EmbeddedEndpoint, serve
from tools.calculator.tool import build_calculator
from tools.clock.tool import build_convert_time, build_current_time, build_date_difference
from tools.config import ToolConfig
from tools.units import build_convert_units

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

PROMPTS = Path(__file__).parent / "embedded_prompts"
NOW = datetime(2026, 3, 11, 9, 26, tzinfo=UTC)
TURNS = 4
TOKENS = 160
COLUMNS = ("call", "tool", "arguments", "answer", "abstained")


def build_tools() -> dict[str, BaseTool]:
    config = ToolConfig()
    clocks = (build_current_time, build_convert_time, build_date_difference)
    tools = [
        build_calculator(config),
        *(build(config, now=lambda: NOW) for build in clocks),
        build_convert_units(config),
    ]
    return {tool.name: tool for tool in tools}


@dataclass
class Run:
    """One prompt's way to its answer."""

    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, raw arguments, result."""

    answer: str = ""
    malformed: bool = False


def messages_of(case: dict[str, Any], system: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for number, turn in enumerate(case.get("history", [])):
        function = {"name": turn["tool"], "arguments": json.dumps(turn["arguments"])}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        messages += [
            {"role": "user", "content": turn["prompt"]},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": turn["result"]},
            {"role": "assistant", "content": turn["answer"]},
        ]
    return [*messages, {"role": "user", "content": case["prompt"]}]


def run_case(
    case: dict[str, Any], client: httpx2.Client, endpoint: EmbeddedEndpoint, tools: dict[str, BaseTool], system: str
) -> Run:
    run, messages = Run(), messages_of(case, system)
    declared = [convert_to_openai_tool(tool) for tool in tools.values()]
    for _ in range(TURNS):
        body = {"model": endpoint.model, "messages": messages, "tools": declared, "max_tokens": TOKENS}
        response = client.post("/chat/completions", json=body)
        if response.is_error:
            run.malformed, run.answer = True, response.text
            return run
        message = response.json()["choices"][0]["message"]
        calls = message.get("tool_calls") or []
        if not calls:
            run.answer = message.get("content") or ""
            return run
        messages.append(message)
        for call in calls:
            name, raw = call["function"]["name"], call["function"]["arguments"]
            try:
                arguments = json.loads(raw)
                tool = tools[name]
            except (ValueError, KeyError):
                run.malformed, result = True, "error"
            else:
                call_of_tool = {"type": "tool_call", "name": name, "args": arguments, "id": call["id"]}
                result = str(asyncio.run(tool.ainvoke(call_of_tool)).content)
            run.calls.append((name, raw, result))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return run


def judge(case: dict[str, Any], run: Run) -> dict[str, bool]:
    expected = case["calls"]
    answered = bool(run.answer.strip()) and all(re.search(pattern, run.answer) for pattern in case["answer"])
    if not expected:
        # A call that is written into the text is no abstention.
        silent = not run.calls and not run.malformed and not re.search(r'"(arguments|parameters)"\s*:', run.answer)
        return {"abstained": silent, "answer": answered and silent}
    wanted, made = Counter(call["tool"] for call in expected), Counter(name for name, _, _ in run.calls)
    results = " | ".join(f"{raw} -> {result}" for _, raw, result in run.calls)
    return {
        "call": bool(run.calls) and not run.malformed,
        "tool": made == wanted,
        "arguments": bool(run.calls) and all(re.search(call["result"], results) for call in expected),
        "answer": answered,
    }


def measure(
    endpoint: EmbeddedEndpoint, cases: list[dict[str, Any]], system: str, *, verbose: bool
) -> tuple[dict[str, tuple[int, int]], float]:
    """For each column how many of how many, and seconds a prompt."""
    tools, right, of = build_tools(), Counter[str](), Counter[str]()
    headers = {"Authorization": f"Bearer {endpoint.api_key.get_secret_value()}"}
    began = time.monotonic()
    with httpx2.Client(base_url=endpoint.base_url, headers=headers, trust_env=False, timeout=1800) as client:
        for case in cases:
            run = run_case(case, client, endpoint, tools, system)
            verdict = judge(case, run)
            right.update(name for name, good in verdict.items() if good)
            of.update(verdict.keys())
            if verbose and not all(verdict.values()):
                wrong = ",".join(name for name, good in verdict.items() if not good)
                print(f"[{wrong}] {case['prompt']}\n    {run.calls}\n    {run.answer[:300]!r}", file=sys.stderr)
    seconds = (time.monotonic() - began) / len(cases)
    return {name: (right[name], of[name]) for name in COLUMNS}, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=["tuning", "held_out"], dest="sets")
    parser.add_argument("--template", action="append", choices=["portolan", "gguf"], dest="templates")
    parser.add_argument("--system", default="You are a helpful assistant.")
    parser.add_argument("--verbose", action="store_true", help="show each prompt that went wrong")
    options = parser.parse_args()
    rows = []
    for name in options.sets or ["tuning", "held_out"]:
        cases = json.loads((PROMPTS / f"{name}.json").read_text(encoding="utf-8"))
        for template in options.templates or ["gguf", "portolan"]:
            figures, seconds = measure(serve(template=template), cases, options.system, verbose=options.verbose)
            rows.append([name, template, *(f"{n}/{m}" for n, m in figures.values()), f"{seconds:.1f}"])
    for row in [["prompts", "template", *COLUMNS, "s a prompt"], ["---"] * (len(COLUMNS) + 3), *rows]:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
