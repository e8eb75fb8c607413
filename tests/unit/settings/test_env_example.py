"""`.env.example`: every block works when uncommented, and no setting is missing."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from graph import load_settings
from graph.endpoint.settings import OPENAI_URL, Settings, fields_by_variable

EXAMPLE = Path(__file__).parents[3] / ".env.example"
TEXT = EXAMPLE.read_text(encoding="utf-8")
BLOCKS = {block.splitlines()[0].strip(): block.partition("\n")[2] for block in TEXT.split("## ==== ")[1:]}


def uncommented(block: str) -> str:
    """A block as an editor uncomments it: one `#` less in each line."""
    return re.sub(r"(?m)^# ?", "", block)


def name_of(start: str) -> str:
    return next(name for name in BLOCKS if name.startswith(start))


def test_as_it_is_it_sets_nothing() -> None:
    loaded = load_settings(EXAMPLE, environ={})
    assert loaded.settings == Settings()
    assert not loaded.sources


@pytest.mark.parametrize(
    ("block", "base_url", "has_key"),
    [
        ("OpenAI", None, True),
        ("DashScope, Beijing", "https://dashscope.aliyuncs.com/compatible-mode/v1", True),
        ("DashScope, Singapore", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", True),
        ("vLLM", "http://localhost:8000/v1", False),
        ("Ollama", "http://localhost:11434/v1", False),
        ("DeepSeek", "https://api.deepseek.com", True),
        ("Any other", "https://your-server.example/v1", True),
    ],
)
def test_each_block_names_its_endpoint(tmp_path: Path, block: str, base_url: str | None, has_key: bool) -> None:
    path = tmp_path / ".env"
    path.write_text(uncommented(BLOCKS[name_of(block)]), encoding="utf-8")
    loaded = load_settings(path, environ={})
    assert loaded.settings.base_url == base_url
    assert (loaded.settings.api_key is not None) == has_key
    assert loaded.settings.endpoint().base_url == (base_url or OPENAI_URL)
    assert not loaded.notes


def test_the_block_of_none_means_the_embedded_model(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(uncommented(BLOCKS[name_of("None")]), encoding="utf-8")
    assert load_settings(path, environ={}).settings.embedded


def test_the_vllm_block_starts_a_server_that_takes_tools() -> None:
    command = " ".join(re.findall(r"(?m)^##   (.*?)\\?$", BLOCKS[name_of("vLLM")]))
    served = re.search(r"--served-model-name (\S+)", command)
    assert command.startswith("vllm serve Qwen/Qwen3-8B ")
    assert served is not None
    assert f"AGENT_MODEL={served[1]}\n" in BLOCKS[name_of("vLLM")]
    for flag in ("--enable-auto-tool-choice", "--tool-call-parser hermes", "--reasoning-parser qwen3"):
        assert flag in command
    assert "--served-api-name" not in TEXT


def test_every_setting_is_there_once_with_its_default(tmp_path: Path) -> None:
    further = BLOCKS[name_of("Further")]
    named = re.findall(r"(?m)^# (AGENT_\w+)=", further)
    ours = {name for name in fields_by_variable() if name.startswith("AGENT_")} - {"AGENT_MODEL"}
    assert sorted(set(named) - {"AGENT_PROFILE_PARALLEL_TOOL_CALLS_PARAMETER"}) == sorted(ours)
    assert len(named) == len(set(named))
    path = tmp_path / ".env"
    path.write_text(uncommented(further).replace("AGENT_PROFILE_P", "IGNORED_P"), encoding="utf-8")
    assert load_settings(path, environ={}).settings.model_dump() == Settings().model_dump()


def test_every_setting_is_explained() -> None:
    lines = BLOCKS[name_of("Further")].splitlines()
    for before, line in itertools.pairwise(lines):
        if line.startswith("# "):
            assert before.startswith("## "), line
