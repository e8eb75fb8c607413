"""What a setting may be, and where its value comes from."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from graph import Endpoint, load_settings
from graph.endpoint.settings import OPENAI_URL, PLACEHOLDER_KEY, Settings, fields_by_variable, variable_of
from graph.errors import SettingsError

KEY = "sk-0123456789abcdefKEY"
BASE = {"OPENAI_API_KEY": KEY, "AGENT_MODEL": "m"}


def load(environ: dict[str, str]) -> Settings:
    return load_settings(environ=environ).settings


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ=environ)
    return str(caught.value)


def test_nothing_set_means_the_embedded_model_and_the_defaults() -> None:
    loaded = load_settings(environ={})
    assert loaded.settings == Settings()
    assert loaded.settings.embedded
    assert loaded.env_file is None
    assert not loaded.sources
    with pytest.raises(SettingsError, match=r"name no endpoint\. Set OPENAI_API_KEY or OPENAI_API_BASE, and AGENT_M"):
        loaded.settings.endpoint()


def test_a_key_alone_means_openai() -> None:
    endpoint = load(BASE).endpoint()
    assert endpoint.base_url == OPENAI_URL
    assert endpoint.api_key.get_secret_value() == KEY
    assert endpoint.label == f"m at {OPENAI_URL}"


def test_a_base_url_alone_gets_a_placeholder_key() -> None:
    endpoint = load({"OPENAI_API_BASE": "http://localhost:8000/v1/", "AGENT_MODEL": "m"}).endpoint()
    assert endpoint.base_url == "http://localhost:8000/v1"
    assert endpoint.api_key.get_secret_value() == PLACEHOLDER_KEY


def test_the_other_name_of_the_base_url_is_read_and_yields() -> None:
    assert load({**BASE, "OPENAI_BASE_URL": "http://b/v1"}).base_url == "http://b/v1"
    loaded = load_settings(environ={**BASE, "OPENAI_API_BASE": "http://a/v1", "OPENAI_BASE_URL": "http://b/v1"})
    assert loaded.settings.base_url == "http://a/v1"
    assert loaded.sources["base_url"].variable == "OPENAI_API_BASE"
    assert "OPENAI_BASE_URL=http://b/v1 is not" in loaded.notes[0]
    same = load_settings(environ={**BASE, "OPENAI_API_BASE": "http://a/v1/", "OPENAI_BASE_URL": "http://a/v1"})
    assert not same.notes


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_an_empty_value_counts_as_unset(value: str) -> None:
    environ = dict.fromkeys(fields_by_variable(), value)
    assert load(environ) == Settings()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("api.example.com/v1", "did you mean https://api.example.com/v1 ?"),
        ("localhost:8000/v1", "did you mean http://localhost:8000/v1 ?"),
        ("192.168.1.7:8000/v1", "did you mean http://192.168.1.7:8000/v1 ?"),
        ("8.8.8.8/v1", "did you mean https://8.8.8.8/v1 ?"),
        ("ftp://example.com/v1", "starts with http:// or https://"),
        ("https://", "'https://' has no host behind https://;"),
        ("https:///v1", "'https:///v1' has no host behind https:// and before /v1;"),
        ("http://:8000/v1", "'http://:8000/v1' has no host behind http:// and before :8000/v1;"),
        (":8000/v1", "':8000/v1' has no host before :8000/v1;"),
        ("http://host:99999/v1", "port"),
        ("http://user:secret@host/v1", "put the key into OPENAI_API_KEY"),
        ("http://host/v1/chat/completions", "give the base URL: http://host/v1"),
    ],
)
def test_a_wrong_base_url_is_a_sentence_that_names_it(url: str, told: str) -> None:
    sentence = refused({**BASE, "OPENAI_API_BASE": url})
    assert told in sentence
    assert "OPENAI_API_BASE" in sentence
    assert "secret@" not in sentence
    assert "\n" not in sentence


WITH_SECRETS = {
    "u:SECRET@x/v1": "'x/v1' is not a URL that starts with http:// or https://; did you mean http://x/v1 ?",
    "ftp://u:SEC/RET@x/v1": "'ftp://x/v1' is not a URL",
    "u:SEC://RET@x/v1": "'x/v1' is not a URL",
    "https://u:SEC/RET@x/v1": "'https://x/v1' has a port that is not a number",
    "https://u:SECRET@x/v1": "'https://x/v1' carries a user name or password",
    "https://u:SEC?RET@x/v1": "'https://…' has more behind its path",
    "u:SEC#RET@x/v1": "'…' is not a URL",
    "https://x/v1?code=SECRET": "'https://x/v1' has more behind its path; give the base URL alone: https://x/v1",
    "https://x/v1#SECRET": "'https://x/v1' has more behind its path",
    "x/v1?code=SECRET": "'x/v1' is not a URL that starts with http:// or https://; did you mean http://x/v1 ?",
    "https://u:SECRET@/v1": "'https:///v1' has no host behind https:// and before /v1;",
    "https://u:SECRET@/v1?SECRET@": "'https://…' has no host behind https:// and before …;",
    "https://u:SECRET@[bad": "'https://[bad' is not a URL: its host is none",
    "https://u:SECRET@\u2100.org/v1": "'https://\u2100.org/v1' is not a URL: its host is none",
}


@pytest.mark.parametrize(("url", "told"), WITH_SECRETS.items(), ids=list(WITH_SECRETS))
def test_a_wrong_base_url_is_told_without_its_secret(url: str, told: str) -> None:
    sentences = refused({**BASE, "OPENAI_API_BASE": url}), refused({**BASE, "OPENAI_BASE_URL": url})
    assert [f"_{name}={told}" in said for name, said in zip(("BASE", "URL"), sentences, strict=True)] == [True, True]
    for fields in (Settings, lambda **values: Endpoint(model="m", **values)):
        with pytest.raises(SettingsError) as caught:
            fields(base_url=url)
        sentences += (str(caught.value),)
    assert not [said for said in sentences if "SEC" in said or "RET" in said]


def test_nor_is_that_of_one_that_is_not_used() -> None:
    other = "https://u:SECRET@b/v1?code=SECRET"
    loaded = load_settings(environ={**BASE, "OPENAI_API_BASE": "http://a/v1", "OPENAI_BASE_URL": other})
    assert loaded.notes == ("OPENAI_API_BASE=http://a/v1 is used; OPENAI_BASE_URL=https://b/v1 is not.",)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AGENT_TEMPERATURE", "hot"),
        ("AGENT_TEMPERATURE", "2.1"),
        ("AGENT_TEMPERATURE", "-1"),
        ("AGENT_TEMPERATURE", "nan"),
        ("AGENT_MAX_TOKENS", "0"),
        ("AGENT_MAX_TOKENS", "4k"),
        ("AGENT_MAX_TOKENS", "1.5"),
        ("AGENT_MAX_TURNS", "1001"),
        ("AGENT_CONNECT_TIMEOUT", "0"),
        ("AGENT_READ_TIMEOUT", "10 s"),
        ("AGENT_STREAM_TIMEOUT", "inf"),
        ("AGENT_THINKING", "maybe"),
        ("AGENT_API", "completions"),
        ("AGENT_MAX_RETRIES", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_variable_and_value(variable: str, value: str) -> None:
    sentence = refused({**BASE, variable: value})
    assert f"{variable}={value!r}" in sentence
    assert "the environment" in sentence


def test_tools_are_a_list_with_either_comma() -> None:
    assert load({"AGENT_TOOLS": " calculator，clock , files,"}).tools == ("calculator", "clock", "files")


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_API_BASE"])
def test_an_endpoint_without_a_model_names_what_asks_for_one(variable: str) -> None:
    sentence = refused({variable: "http://host/v1"})
    assert variable in sentence
    assert "AGENT_MODEL=" in sentence


def test_a_model_without_an_endpoint_must_be_a_file(tmp_path: Path) -> None:
    assert "'gpt-5'" in refused({"AGENT_MODEL": "gpt-5"})
    gguf = tmp_path / "my model.gguf"
    gguf.touch()
    assert load({"AGENT_MODEL": str(gguf)}).embedded


def test_an_unknown_name_in_the_environment_is_a_note_with_the_nearest_name() -> None:
    loaded = load_settings(environ={"AGENT_MODLE": "x", "AGENT_COMPLETELY_ELSE": "y"})
    assert any("AGENT_MODLE" in note and "AGENT_MODEL?" in note for note in loaded.notes)
    assert any("AGENT_COMPLETELY_ELSE" in note for note in loaded.notes)
    assert loaded.settings == Settings()


def test_profile_flags_are_gathered_and_the_file_is_not_one_of_them(tmp_path: Path) -> None:
    settings = load({"AGENT_PROFILE_TOKEN_CAP": "both", "AGENT_PROFILE_FILE": str(tmp_path / "p.toml")})
    assert settings.profile_overrides == {"token_cap": "both"}
    assert settings.profile_file == tmp_path / "p.toml"


def test_a_tilde_in_a_path_is_the_home_folder() -> None:
    assert load({"AGENT_FILES_ROOT": "~/notes"}).files_root == Path.home() / "notes"


def test_keys_show_in_no_text() -> None:
    secret_url = "postgresql://joe:PASSWORD12345@db/x"
    loaded = load_settings(environ={**BASE, "AGENT_DATABASE_URL": secret_url})
    texts = [repr(loaded), str(loaded), repr(loaded.settings), str(loaded.settings.endpoint())]
    texts += [loaded.settings.model_dump_json(), repr(loaded.settings.model_dump())]
    assert not [text for text in texts if KEY in text or "PASSWORD12345" in text]


@pytest.mark.parametrize("variable", sorted(fields_by_variable()))
def test_no_error_shows_the_key(variable: str) -> None:
    wrong = {**BASE, "AGENT_TEMPERATURE": "hot"}
    if variable not in {"OPENAI_API_KEY", "AGENT_TEMPERATURE"}:
        wrong[variable] = wrong.get(variable) or "-1"
    sentence = refused(wrong)
    assert KEY not in sentence


def test_an_endpoint_is_frozen_and_pickles() -> None:
    endpoint = Endpoint(model="m", base_url="http://host/v1", api_key=SecretStr(KEY))
    with pytest.raises(ValueError, match="frozen"):
        endpoint.model = "n"  # type: ignore[misc] # that is the test
    assert pickle.loads(pickle.dumps(endpoint)) == endpoint


def test_every_field_but_the_overrides_has_a_variable() -> None:
    assert set(fields_by_variable().values()) == set(Settings.model_fields) - {"profile_overrides"}
    assert variable_of("connect_timeout_s") == "AGENT_CONNECT_TIMEOUT"


_VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)


@example({"AGENT_MODEL": "~0"})
@given(st.dictionaries(st.sampled_from(sorted(fields_by_variable())), _VALUES))
def test_whatever_is_set_there_are_settings_or_one_sentence(environ: dict[str, str]) -> None:
    error, loaded = None, None
    try:
        loaded = load_settings(environ=environ)
    except SettingsError as caught:
        error = caught
    if error is not None:
        assert "\n" not in str(error)
        assert error.remedy
    if loaded is not None:
        key = environ.get("OPENAI_API_KEY", "").strip()
        assert loaded.settings.embedded == (not key and not loaded.settings.base_url)
        for field, source in loaded.sources.items():
            assert fields_by_variable()[source.variable] == field


@given(
    st.sampled_from(["http", "https"]), st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,5})?(:[1-9][0-9]{1,3})?", fullmatch=True)
)
def test_a_base_url_with_or_without_slashes_is_the_same(scheme: str, host: str) -> None:
    one, two = (load({**BASE, "OPENAI_API_BASE": f"{scheme}://{host}/v1{end}"}).base_url for end in ("", "//"))
    assert one == two == f"{scheme}://{host}/v1"


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_MAX_TURNS", "7")
    assert load_settings().settings.max_turns == 7
    assert load_settings(environ={}).settings.max_turns == 25
    assert os.environ["AGENT_MAX_TURNS"] == "7"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"model": ""}, "model: "),
        ({"model": "m", "base_url": "host.example/v1"}, "did you mean https://host.example/v1 ?"),
        ({"model": "m", "base_url": "https:///v1"}, "base_url: has no host behind https:// and before /v1;"),
        ({"model": "m", "base_url": ""}, "base_url: has no host;"),
        ({"model": "m", "api_key": "sk-secret secret-0123456789"}, "api_key: has a character that no key has"),
        ({"model": "m", "key": "sk-secret-0123456789"}, "key: Extra inputs"),
    ],
)
def test_an_endpoint_that_is_none_is_a_sentence(fields: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Endpoint(**fields)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
