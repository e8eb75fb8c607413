"""What is known of an endpoint, while other threads learn of it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.endpoint import knowledge as module
from graph.endpoint.knowledge import Knowledge
from graph.endpoint.profiles import effective_profile

if TYPE_CHECKING:
    import pytest

BASE = "http://127.0.0.1:9/v1"
SIGNED = {"system_fingerprint": "vllm-0.32.0-ef998f0e"}


def test_a_server_may_be_recognised_while_the_profile_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """As another thread does it, here between the building and the giving of the profile."""
    known = Knowledge(BASE, "m")
    monkeypatch.setattr(module, "say_if_old", lambda _: known.identify({}, SIGNED))
    assert known.effective is not None
    assert known.server is not None
    assert known.effective.profile == effective_profile(BASE, "m", server="vllm", version="0.32.0").profile


def test_what_was_put_together_before_a_server_was_recognised_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    known, build = Knowledge(BASE, "m"), module.profile_of

    def build_while_another_recognises(*given: Any, **more: Any) -> Any:
        found = build(*given, **more)
        known.identify({}, SIGNED)
        return found

    monkeypatch.setattr(module, "profile_of", build_while_another_recognises)
    assert known.effective is not None
    assert known.effective.profile == effective_profile(BASE, "m", server="vllm", version="0.32.0").profile
