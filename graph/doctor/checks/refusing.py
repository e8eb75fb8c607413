"""How the endpoint says no."""

from __future__ import annotations

from graph.doctor.bench import PLAIN, Bench, made_up_call, result, tool, user
from graph.doctor.check import Check, Verdict

_WRONG_KEY = "wrong-key-of-the-doctor"
_CLIENT_ERRORS = range(400, 500)


def _errors(bench: Bench) -> Verdict:
    body = bench.body([user(PLAIN)], cap=8, stream=None, fields={})
    model = bench.wire.post("/chat/completions", {**body, "model": "no-such-model-portolan"})
    key = bench.wire.post("/chat/completions", body, key=_WRONG_KEY)
    details = []
    if model.error is None:
        details.append("any model name is accepted, so a typing error in AGENT_MODEL does not show")
    if key.error is None:
        details.append("any key is accepted")
    for seen, what in ((model, "model"), (key, "key")):
        if seen.error is not None and not seen.error.message:
            details.append(f"a wrong {what} is refused without words ({seen.words})")
        if seen.error is not None and seen.error.status not in _CLIENT_ERRORS:
            details.append(f"a wrong {what} gives {seen.words}, which looks like a fault of the server")
    unnamed = [what for seen, what in ((model, "model"), (key, "key")) if seen.error is not None]
    if details:
        outcome = "ignored" if model.error is None or key.error is None else "broken"
        return Verdict(outcome, details[0], details=tuple(details[1:]))  # type: ignore[arg-type]  # mypy widens the two words
    return Verdict("honoured", f"a wrong {' and a wrong '.join(unnamed)} are refused in words: {model.words}")


def _streamed(bench: Bench) -> Verdict:
    if bench.effective.profile.serves == "plain_only":
        return Verdict("skipped", "only plain requests are served")
    seen = bench.ask([{"role": "bogus", "content": PLAIN}], stream=True)
    if seen.error is None:
        return Verdict("ignored", "a message of the role `bogus` is accepted")
    if seen.status not in _CLIENT_ERRORS:
        return Verdict("broken", f"a bad request comes back as {seen.words}")
    if seen.raw.lstrip().startswith("data:"):
        said = "a refused stream has its error as an event; the SDK shows `Error code: 400` alone, Portolan reads it"
        return Verdict("broken", said, details=(seen.words,))
    if not seen.error.message:
        return Verdict("broken", f"a bad request is refused without words ({seen.words})")
    return Verdict("honoured", f"a bad request is refused in words: {seen.words}")


def _history(bench: Bench) -> Verdict:
    """What a thread that was cut or broken meets."""
    fields = {"tools": [tool()]}
    cut, whole = bench.history(made_up_call('{"city": "Par')), bench.history(made_up_call())
    cases = (
        ("arguments that are no JSON", [user(PLAIN), cut, result("x"), user(PLAIN)]),
        ("a result without its call", [user(PLAIN), result("x"), user(PLAIN)]),
        ("a call without its result", [user(PLAIN), whole, user(PLAIN)]),
    )
    faults: list[str] = []
    refused: list[str] = []
    for what, messages in cases:
        seen = bench.ask(messages, fields=fields, adapt=False)
        if seen.error is not None:
            (refused if seen.status in _CLIENT_ERRORS else faults).append(f"{what}: {seen.words}")
    if faults:
        return Verdict(
            "broken", f"a broken history gives a fault of the server: {faults[0]}", details=tuple(faults[1:])
        )
    if refused:
        said = (
            "strict: a broken history is refused, so a thread has to be repaired before it is sent; Portolan does that"
        )
        return Verdict("rejected", said, details=tuple(refused))
    return Verdict("honoured", "lenient: a broken history is accepted")


CHECKS = (
    Check(
        name="errors",
        title="Wrong model, wrong key",
        sends="a model's name that does not exist, and a wrong key",
        expects="404 or 400, and 401, each with words",
        why="retries and advice depend on telling errors apart; some servers accept any name",
        run=_errors,
        requests=2,
        needs=("chat",),
    ),
    Check(
        name="streamed-errors",
        title="A refused stream",
        sends="a streamed request that is wrong",
        expects="4xx with a JSON body",
        why="an error inside an event stream hides its words from the SDK",
        run=_streamed,
        needs=("chat",),
    ),
    Check(
        name="broken-history",
        title="A broken history",
        sends="arguments that are no JSON, a result without its call, a call without its result",
        expects="200 or 4xx, never 5xx",
        why="an interrupted thread is refused for ever where nobody repairs it",
        run=_history,
        tokens=150,
        requests=3,
        full=True,
        needs=("tools",),
    ),
)
