"""Print what the same work costs by hand, with stock LangGraph and with Portolan. See README.md.

Usage: python benchmarks/run.py [--only NAME …] [--rounds N] [--full]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from sqlite3 import connect
from typing import IO, TYPE_CHECKING, cast

from contenders import CONTENDERS
from worker import LONG, LONG_TURNS, TOKENS, TURNS, conversation

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
HAND, STOCK, OURS = CONTENDERS
TARGETS = {"turns": 0.6, "turns-async": 0.6, "long": 0.1}
TITLES = {
    "turns": (f"CPU per tool turn, {TURNS} turns", TURNS),
    "turns-async": (f"CPU per tool turn, {TURNS} turns, asynchronous", TURNS),
    "turns-thread": (f"CPU per tool turn, {TURNS} turns, asynchronous, the tool a plain function", TURNS),
    "long": (f"CPU per tool turn in a thread of {LONG} messages", LONG_TURNS),
    "stream": (f"CPU per streamed reply of {TOKENS} tokens", 1),
}


@contextmanager
def server() -> Iterator[str]:
    """The base URL of a server in a process of its own, so that its CPU time is not counted."""
    with subprocess.Popen([sys.executable, HERE / "server.py"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{cast('IO[str]', process.stdout).readline().strip()}/v1"
        finally:
            process.terminate()


def environment() -> dict[str, str]:
    """This environment without what redirects or traces requests."""
    prefixes = ("OPENAI_", "AGENT_", "LANGSMITH_", "LANGCHAIN_", "LC_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


class Worker:
    """A contender's process."""

    def __init__(self, name: str, case: str, base_url: str, path: str | None = None) -> None:
        command = [sys.executable, HERE / "worker.py", name, case, base_url, *([path] if path else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )

    def go(self, count: int = 1) -> float:
        """Do the work; return CPU seconds."""
        pipe = cast("IO[str]", self._process.stdin)
        pipe.write(f"{count}\n")
        pipe.flush()
        return float(cast("IO[str]", self._process.stdout).readline())

    def close(self) -> None:
        self._process.communicate()


def table(title: str, heads: list[str], rows: dict[str, list[str]]) -> None:
    widths = [
        max(map(len, column))
        for column in zip(*([["", *heads], *([name, *row] for name, row in rows.items())]), strict=True)
    ]
    print(f"\n{title}")
    for name, *row in [["", *heads], *([name, *row] for name, row in rows.items())]:
        print(
            "  "
            + name.ljust(widths[0])
            + "".join(f"  {cell:>{width}}" for cell, width in zip(row, widths[1:], strict=True))
        )


def ratios(times: dict[str, list[float]], per: int) -> dict[str, list[str]]:
    """Each contender's median beside that of the loop by hand, with the spread of the ratios of single rounds."""
    rows = {}
    for name, own in times.items():
        single = sorted(one / base for one, base in zip(own, times[HAND], strict=True))
        ratio = statistics.median(own) / statistics.median(times[HAND])
        spread = f"{single[len(single) // 4]:.2f}-{single[-1 - len(single) // 4]:.2f}"
        rows[name] = [f"{ratio:.2f}", spread, f"{statistics.median(own) / per * 1000:.2f}"]
    return rows


def cpu(case: str, base_url: str, rounds: int) -> None:
    title, per = TITLES[case]
    with ExitStack() as stack:
        workers = {name: stack.enter_context(closing(Worker(name, case, base_url))) for name in CONTENDERS}
        for worker in workers.values():
            for _ in range(2):
                worker.go()
        times: dict[str, list[float]] = {name: [] for name in workers}
        for _ in range(rounds):
            for name, worker in workers.items():
                times[name].append(worker.go())
    target = f" (to reach: {TARGETS[case]})" if case in TARGETS else ""
    table(title + target, ["ratio", "quartiles", "ms"], ratios(times, per))


def cold(base_url: str, rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for round_ in range(rounds + 1):
        for name in CONTENDERS:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, HERE / "worker.py", name, "cold", base_url], check=True, env=environment())
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if round_:  # the first one writes byte code
                times[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    table("CPU of a cold start: imports, clients, first answer", ["ratio", "quartiles", "ms"], ratios(times, 1))


def stored(base_url: str, *, full: bool) -> None:
    """A user's turn is four messages: question, call, result, answer."""
    marks = [10, 100, 500]
    lines = [sum(len(json.dumps(message)) + 1 for message in conversation(4 * mark)) for mark in marks]
    rows = {"a file with a line for each message": [f"{size / 1e6:.2f}" for size in lines]}
    with tempfile.TemporaryDirectory() as folder:
        for name in (STOCK, OURS):
            path = Path(folder, name)
            rows[name] = []
            with closing(Worker(name, "bytes", base_url, str(path))) as worker:
                for mark, before in zip(marks, [0, *marks], strict=False):
                    if name == STOCK and mark > 100 and not full:  # noqa: PLR2004 - it takes minutes, and a gigabyte
                        rows[name].append("--full")
                        continue
                    worker.go(mark - before)
                    with closing(connect(path)) as database:
                        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    rows[name].append(f"{path.stat().st_size / 1e6:.2f}")
    table("MB in SQLite after so many turns of four messages (to reach: 15 at 500)", [str(one) for one in marks], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*TITLES, "cold", "bytes"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--full", action="store_true", help="fill a gigabyte with stock LangGraph's 500 turns")
    options = parser.parse_args()
    wanted = options.only or [*TITLES, "cold", "bytes"]
    with server() as base_url:
        for case in wanted:
            if case == "cold":
                cold(base_url, max(3, options.rounds // 3))
            elif case == "bytes":
                stored(base_url, full=options.full)
            else:
                cpu(case, base_url, options.rounds)


if __name__ == "__main__":
    main()
