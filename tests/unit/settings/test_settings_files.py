"""How a `.env` file is found, read and faulted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import build_graph, load_settings
from graph.endpoint.sources import find_env_file
from graph.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-0123456789abcdefKEY"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / "my.env"


def refused(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environ=environ or {})
    assert KEY not in str(caught.value)
    return str(caught.value)


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(env: Path) -> None:
    env.write_text("AGENT_MAX_TURNS=3\nAGENT_MAX_TOKENS=100\n")
    loaded = load_settings(env, environ={"AGENT_MAX_TURNS": "5"})
    assert (loaded.settings.max_turns, loaded.settings.max_tokens, loaded.settings.max_retries) == (5, 100, 3)
    assert str(loaded.sources["max_turns"]) == "the environment"
    assert str(loaded.sources["max_tokens"]) == f"{env}, line 2"
    assert "max_retries" not in loaded.sources


def test_an_empty_value_in_the_environment_leaves_the_file_its_word(env: Path) -> None:
    env.write_text("AGENT_MAX_TURNS=3\n")
    assert load_settings(env, environ={"AGENT_MAX_TURNS": ""}).settings.max_turns == 3


def test_the_nearest_file_upwards_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / ".env").write_text("")
    assert find_env_file(inner) == tmp_path / ".env"
    (inner / ".env").write_text("")
    assert find_env_file(inner) == inner / ".env"


def test_a_folder_named_like_the_file_is_not_it(tmp_path: Path) -> None:
    (tmp_path / "a" / ".env").mkdir(parents=True)
    (tmp_path / ".env").write_text("")
    assert find_env_file(tmp_path / "a") == tmp_path / ".env"


def test_a_variable_chooses_the_file_and_an_argument_wins_over_it(env: Path, tmp_path: Path) -> None:
    env.write_text("AGENT_MAX_TURNS=3\n")
    other = tmp_path / "other.env"
    other.write_text("AGENT_MAX_TURNS=4\n")
    environ = {"AGENT_ENV_FILE": str(env)}
    assert load_settings(environ=environ).settings.max_turns == 3
    assert load_settings(other, environ=environ).settings.max_turns == 4


def test_a_file_that_is_named_must_be_one(tmp_path: Path) -> None:
    assert "--env-file" in refused(tmp_path / "nope")
    assert "is a folder" in refused(tmp_path)
    with pytest.raises(SettingsError, match="AGENT_ENV_FILE"):
        load_settings(environ={"AGENT_ENV_FILE": str(tmp_path / "nope")})


def test_the_file_cannot_choose_another_file(env: Path) -> None:
    env.write_text("AGENT_ENV_FILE=other.env\n")
    assert f"{env}, line 1" in refused(env)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("AGENT_MAX_TURNS=3\nAGENT_MODLE=x\n", 2, "Did you mean AGENT_MODEL?"),
        ("# one\n\n# three\nAGENT_TEMPERATURE=hot\n", 4, "AGENT_TEMPERATURE='hot'"),
        (f"OPENAI_API_KEY={KEY}\nAGENT_MODEL=m\nOPENAI_API_BASE=host.example/v1\n", 3, "https://host.example/v1"),
        (f"\n\nOPENAI_API_KEY={KEY}\n", 3, "no model is named"),
        ("AGENT_MAX_TURNS=3\nthis is no assignment\n", 2, "is not NAME=value"),
        (f"AGENT_MAX_TURNS=3\n'{KEY}\n", 2, "is not NAME=value"),
        ('AGENT_INSTRUCTIONS="two\nlines"\nAGENT_MAX_TURNS=x\n', 3, "AGENT_MAX_TURNS='x'"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(env: Path, text: str, line: int, told: str) -> None:
    env.write_text(text)
    sentence = refused(env)
    assert f"{env}, line {line}" in sentence
    assert told in sentence


def test_byte_order_mark_line_ends_quotes_and_export(env: Path) -> None:
    env.write_bytes(
        b"\xef\xbb\xbfexport OPENAI_API_KEY='" + KEY.encode() + b"'\r\n"
        b'AGENT_MODEL = "qwen-plus"  # the model\r\n'
        b'AGENT_INSTRUCTIONS="Line one\nline two: \xe4\xbd\xa0\xe5\xa5\xbd"\r\n'
        b"AGENT_MAX_TURNS=3 # turns\r\n"
    )
    loaded = load_settings(env, environ={})
    settings = loaded.settings
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert settings.model == "qwen-plus"
    assert settings.instructions == "Line one\nline two: 你好"
    assert settings.max_turns == 3
    assert loaded.sources["api_key"].line == 1
    assert loaded.sources["max_turns"].line == 5


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_file_in_another_encoding_is_said(env: Path, encoding: str) -> None:
    env.write_bytes("AGENT_INSTRUCTIONS=你好，世界\n".encode(encoding))
    assert "is not UTF-8" in refused(env)


def test_a_value_may_refer_to_another_variable(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    env.write_text("OPENAI_API_KEY=${MY_KEY}\nAGENT_MODEL=m\n")
    key = load_settings(env, environ={}).settings.api_key
    assert key is not None
    assert key.get_secret_value() == KEY


def test_other_names_are_left_alone(env: Path) -> None:
    env.write_text("HTTPS_PROXY=http://proxy:1\nOPENAI_ORGANIZATION=o\nAGENTS=x\n")
    loaded = load_settings(env, environ={})
    assert not loaded.sources
    assert not loaded.notes


def test_a_key_and_a_base_url_from_two_places_are_noted(env: Path) -> None:
    env.write_text("OPENAI_API_BASE=http://host/v1\nAGENT_MODEL=m\n")
    loaded = load_settings(env, environ={"OPENAI_API_KEY": KEY})
    assert len(loaded.notes) == 1
    assert f"{env}, line 1" in loaded.notes[0]
    assert KEY not in loaded.notes[0]
    env.write_text(f"OPENAI_API_BASE=http://host/v1\nAGENT_MODEL=m\nOPENAI_API_KEY={KEY}\n")
    assert not load_settings(env, environ={}).notes


def test_the_last_of_two_lines_counts(env: Path) -> None:
    env.write_text("AGENT_MAX_TURNS=3\nAGENT_MAX_TURNS=4\n")
    loaded = load_settings(env, environ={})
    assert loaded.settings.max_turns == 4
    assert loaded.sources["max_turns"].line == 2


@given(st.binary(max_size=200))
def test_any_bytes_are_settings_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_bytes(data)
    sentence = f"{path}"
    try:
        load_settings(path, environ={})
    except SettingsError as error:
        sentence = str(error)
    assert "\n" not in sentence
    assert str(path) in sentence


@given(st.integers(0, 30))
def test_the_line_is_right_however_many_stand_before_it(tmp_path_factory: pytest.TempPathFactory, before: int) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_text("\n# comment\n" * before + "AGENT_MAX_TURNS=x\n")
    with pytest.raises(SettingsError, match=f"line {2 * before + 1}:"):
        load_settings(path, environ={})


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("\nAGENT_TOOLS=calculater\n", 2, "Did you mean `calculator`"),
        ("AGENT_TOOLS=none,calculator\n", 1, "`none` beside other names"),
        ("AGENT_TOOLS=community:NoSuchTool\n", 1, "no tool named 'NoSuchTool'"),
        ("# files\nAGENT_TOOLS=files\n", 2, "AGENT_FILES_ROOT"),
        ("AGENT_TOOLS=files\nAGENT_FILES_ROOT=nowhere/at/all\n", 2, "nowhere/at/all"),
        ("AGENT_TOOLS=sql\n\nAGENT_DATABASE_URL=nowhere.db\n", 3, "nowhere.db"),
        ("AGENT_MAX_TURNS=3\nAGENT_PROFILE_TOKEN_CAPP=both\n", 2, "token_cap"),
        ("AGENT_PROFILE_TOKEN_CAP=wrong\n", 1, "AGENT_PROFILE_TOKEN_CAP=wrong"),
        ("\nAGENT_PROFILE_FILE=nowhere.toml\n", 2, "nowhere.toml"),
    ],
)
def test_what_only_shows_when_the_graph_is_made_is_named_by_file_and_line(
    env: Path, text: str, line: int, told: str
) -> None:
    env.write_text(text)
    settings = load_settings(env, environ={}).settings
    with pytest.raises(SettingsError) as caught:
        build_graph(settings=settings)
    assert f"{env}, line {line}" in str(caught.value)
    assert told in str(caught.value)


def test_an_option_of_the_command_wins_and_is_named(env: Path) -> None:
    env.write_text("AGENT_MAX_TURNS=3\nAGENT_TOOLS=clock\n")
    loaded = load_settings(env, environ={"AGENT_MAX_TURNS": "4"}, options={"AGENT_MAX_TURNS": "5"})
    assert (loaded.settings.max_turns, str(loaded.sources["max_turns"])) == (5, "the command line")
    with pytest.raises(SettingsError, match=r"the command line: --max-turns='0' is refused"):
        load_settings(env, environ={}, options={"AGENT_MAX_TURNS": "0"})
    settings = load_settings(env, environ={}, options={"AGENT_TOOLS": "clokc"}).settings
    with pytest.raises(SettingsError, match="the command line: --tools: There is no tool named 'clokc'"):
        build_graph(settings=settings)


def test_a_line_that_is_none_is_said_once(env: Path, caplog: pytest.LogCaptureFixture) -> None:
    env.write_text("AGENT_MAX_TURNS=3\nthis is no assignment\n")
    refused(env)
    assert not caplog.records


def test_a_name_that_is_no_setting_is_refused_while_it_is_empty(env: Path) -> None:
    env.write_text("AGENT_TEMPERATURE=\nAGENT_TEMPRATURE=\n")
    assert "line 2: AGENT_TEMPRATURE is not a setting. Did you mean AGENT_TEMPERATURE?" in refused(env)


def test_a_wrong_flag_of_a_profile_file_is_named_by_its_line(env: Path, tmp_path: Path) -> None:
    profile = tmp_path / "flags.toml"
    profile.write_text('[profile]\ntools = true\nnosuch_flag = "x"\n')
    env.write_text(f"AGENT_PROFILE_FILE={profile}\n")
    with pytest.raises(SettingsError, match=rf"{profile}, line 3: There is no profile flag `nosuch_flag`"):
        build_graph(settings=load_settings(env, environ={}).settings)
