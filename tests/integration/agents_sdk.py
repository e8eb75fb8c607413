"""The OpenAI Agents SDK itself on an endpoint, in both of its modes, beside what level 4 of the doctor says of it.

```sh
python tests/integration/agents_sdk.py --runs 3 .env.vllm      # a table, as Markdown; fails if the two disagree
```
"""

from __future__ import annotations

import argparse
import asyncio
import re
import secrets
import sys
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from agents import Agent, ModelSettings, OpenAIProvider, RunConfig, Runner, function_tool
from agents.exceptions import AgentsException
from openai import AsyncOpenAI, OpenAIError
from openai.types.shared import Reasoning
from pydantic import ValidationError

from graph.doctor import Options, examine
from graph.endpoint.sources import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents import TResponseInputItem

    from graph.doctor.report import Level
    from graph.endpoint.settings import Endpoint

Mode = Literal["Responses", "Chat Completions"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run the SDK: its default wire or its other one, `Runner.run` or `Runner.run_streamed`."""

    mode: Mode
    streamed: bool

    @property
    def title(self) -> str:
        """In words."""
        by_default = " (default)" if self.mode == "Responses" else ""
        return f"{self.mode}{by_default}, `{'Runner.run_streamed' if self.streamed else 'Runner.run'}`"


ASKED: Final = (
    "streaming",
    "streamed-tools",
    "loop",
    "reasoning-echo",
    "tool-fields",
    "message-order",
    "responses",
)
"""The checks that level 4 stands on; those that they need come by themselves."""

WAYS: Final = tuple(Way(mode, streamed) for mode, streamed in product(("Responses", "Chat Completions"), (False, True)))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What level 4 says of the SDK.

    Attributes:
        works: whether it works, in each way; a way that it says nothing of is not there.
        base_url: another base URL on which that holds.
        no_effort: only with `reasoning_effort` none.
        no_instructions: only without instructions.
    """

    works: Mapping[Way, bool]
    base_url: str | None = None
    no_effort: bool = False
    no_instructions: bool = False


def prediction(level: Level) -> Prediction:
    """Read level 4 as a person would."""
    default, chat = WAYS[:2], WAYS[2:]
    said = level.summary
    if level.state == "yes":
        return Prediction(dict.fromkeys(default, True))
    if level.state == "no":
        return Prediction(dict.fromkeys(WAYS, False))
    if found := re.search(r"by default with another base URL, (\S+)", said):
        return Prediction(dict.fromkeys(default, True), base_url=found[1])
    works = dict.fromkeys(default, False) if "only in its" in said or "does not work here by default" in said else {}
    if "works only in its Chat Completions mode" in said or "works in its Chat Completions mode" in said:
        works |= {way: f"Runner.{'run' if way.streamed else 'run_streamed'})" not in said for way in chat}
    return Prediction(works, no_effort='effort="none"' in said, no_instructions="without instructions" in said)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: `called` is how often the tool ran, `knows` whether the answer has what it said."""

    called: int
    knows: bool
    answer: str
    error: str = ""

    @property
    def worked(self) -> bool:
        """Whether the tool was called and its result read."""
        return not self.error and self.called > 0 and self.knows

    def __str__(self) -> str:
        if self.worked:
            return "tool called, result read"
        if self.error:
            return self.error
        did = "tool called, its result not in the answer" if self.called else "tool not called"
        said = " ".join(self.answer.split())[:100]
        return f"{did}: " + (f"`` {said} ``" if "`" in said else f"`{said}`")


async def run_sdk(
    endpoint: Endpoint, way: Way, *, no_effort: bool = False, no_instructions: bool = False
) -> tuple[Turn, ...]:
    """Run an agent with one tool for two turns of one conversation, or until one fails."""
    codes = {"Paris": secrets.token_hex(4), "Rome": secrets.token_hex(4)}
    called: list[str] = []

    @function_tool
    def get_code(city: str) -> str:
        """Look up the secret code of a city."""
        called.append(city)
        return codes.get(city, "There is no such city.")

    agent = Agent(
        name="Codes",
        instructions=None if no_instructions else "You answer in one sentence.",
        model=endpoint.model,
        model_settings=ModelSettings(reasoning=Reasoning(effort="none") if no_effort else None),
        tools=[get_code],
    )
    key = endpoint.api_key.get_secret_value()
    async with AsyncOpenAI(api_key=key, base_url=endpoint.base_url, max_retries=0) as client:
        provider = OpenAIProvider(openai_client=client, use_responses=way.mode == "Responses")
        config = RunConfig(model_provider=provider, tracing_disabled=True)
        turns: list[Turn] = []
        history: list[TResponseInputItem] = []
        for city, code in codes.items():
            called.clear()
            history.append({"role": "user", "content": f"What is the code of {city}? Use the tool get_code."})
            try:
                if way.streamed:
                    streamed = Runner.run_streamed(agent, history, run_config=config, max_turns=4)
                    async for _ in streamed.stream_events():
                        pass
                    answer, history = str(streamed.final_output), streamed.to_input_list()
                else:
                    result = await Runner.run(agent, history, run_config=config, max_turns=4)
                    answer, history = str(result.final_output), result.to_input_list()
                turns.append(Turn(len(called), code in answer, answer))
            except (OpenAIError, AgentsException, ValidationError, TypeError) as error:
                said = " ".join(str(error).split())[:160]
                turns.append(Turn(len(called), knows=False, answer="", error=f"{type(error).__name__}: {said}"))
            if not turns[-1].worked:
                break
    return tuple(turns)


def _cell(turns: Sequence[Turn | None]) -> str:
    """What came of one turn in all runs: the commonest, and how often that was."""
    if not (seen := Counter(str(turn) for turn in turns if turn)):
        return ""
    ((said, times),) = seen.most_common(1)
    said = said.replace("|", "\\|")
    return said if len(turns) == 1 else f"{times} of {sum(seen.values())}: {said}"


def compare(endpoint: Endpoint, said: Prediction, runs: int) -> tuple[list[str], bool]:
    """The rows of a table, and whether level 4 was right.

    A real model may not feel like calling a tool, so "works" means that a first turn worked in one run at least, and
    the second turn, in which small models often answer without the tool, is shown and not judged.
    """
    rows, right = [], True
    where = endpoint.model_copy(update={"base_url": said.base_url}) if said.base_url else endpoint
    for way in WAYS:
        options = {"no_effort": said.no_effort, "no_instructions": said.no_instructions}
        seen = [asyncio.run(run_sdk(where, way, **options)) for _ in range(runs)]
        works = any(turns[0].worked for turns in seen)
        foretold = said.works.get(way)
        agrees = foretold is None or foretold == works
        right = right and agrees
        words = {True: "works", False: "does not work", None: "nothing"}[foretold]
        second = [turns[1] if len(turns) > 1 else None for turns in seen]
        cells = (way.title, words, _cell([turns[0] for turns in seen]), _cell(second), "yes" if agrees else "**no**")
        rows.append(f"| {' | '.join(cells)} |")
    return rows, right


def main() -> int:
    """Examine the endpoint that an environment file names, run the SDK there, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env_file", type=Path, help="names the endpoint, as for `portolan --env-file`")
    parser.add_argument("--runs", type=int, default=1, help="how often each way is run")
    given = parser.parse_args()
    settings = load_settings(given.env_file).settings
    level = examine(settings.endpoint(), settings, Options(keep=False, only=ASKED)).levels[3]
    rows, right = compare(settings.endpoint(), prediction(level), given.runs)
    head = (
        f"openai-agents {version('openai-agents')}, one tool, {given.runs} run(s) of each. Level 4: {level.summary}",
        "",
        "| the SDK | level 4 says | first turn | second turn | agrees |",
        "| --- | --- | --- | --- | --- |",
    )
    sys.stdout.write("\n".join((*head, *rows, "")))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
