"""What is shown of keys, of a model's words, and of a long result."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from graph import Settings
from graph.cli.ask import decode
from graph.cli.config import mask, mask_url
from graph.cli.document import call_documents, dump, message_document, usage_document
from graph.cli.failures import exit_code, sentence
from graph.cli.show import format_arguments, shorten
from graph.cli.store import StoredThreads, store_error
from graph.cli.terminal import clean, writable
from graph.errors import AuthenticationError, SettingsError


@given(st.text(max_size=80))
def test_a_mask_shows_four_characters_of_a_long_key_and_none_of_a_short_one(key: str) -> None:
    shown = mask(key)
    if len(key) < 20:
        assert shown == "********"
    else:
        assert shown == "********" + key[-4:]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("data.db", "data.db"),
        ("sqlite:///data.db", "sqlite:///data.db"),
        ("postgresql://joe:secret@host/db", "postgresql://********"),
        ("mysql+pymysql://host/db?password=secret", "mysql+pymysql://********"),
    ],
)
def test_a_database_s_address_shows_no_password(url: str, shown: str) -> None:
    assert mask_url(url) == shown


@given(st.text())
def test_clean_text_cannot_drive_a_terminal(text: str) -> None:
    shown = clean(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not any(0x7F <= ord(c) < 0xA0 for c in shown)
    assert clean(shown) == shown


def test_clean_text_keeps_letters_of_all_scripts() -> None:
    assert clean("a\x1b[31m你好\r\nb\rc\td") == "a[31m你好\nb\nc\td"


@given(st.text(), st.sampled_from(["ascii", "gbk", "cp1252", "utf-8"]))
def test_text_can_be_written_in_any_code_page(text: str, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    stream.write(writable(text, stream))


@given(st.text(max_size=5000))
def test_a_shortened_text_is_its_beginning_and_says_what_is_left_out(text: str) -> None:
    shown = shorten(text)
    assert len(shown) <= 640
    if shown != text.strip():
        assert "more characters)" in shown


def test_arguments_are_written_as_a_person_writes_them() -> None:
    assert format_arguments({"expression": "23 * 19", "digits": 2, "城市": "北京"}) == (
        'expression="23 * 19", digits=2, 城市="北京"'
    )


@pytest.mark.parametrize("data", ["你好 €".encode(), b"\xef\xbb\xbf" + "你好 €".encode()])
def test_piped_text_is_utf8_with_or_without_its_mark(data: bytes) -> None:
    assert decode(data) == "你好 €"


@given(st.binary())
def test_any_piped_bytes_become_text(data: bytes) -> None:
    decode(data).encode("utf-8")


def test_exit_codes_tell_settings_from_runs() -> None:
    assert exit_code(SettingsError("x")) == 2
    assert exit_code(AuthenticationError("x")) == 1
    assert exit_code(RuntimeError("x")) == 1


def test_an_unknown_error_names_itself_and_where_to_see_more() -> None:
    assert sentence(KeyError("a\nb")).count("\n") == 0
    assert "KeyError" in sentence(KeyError("x"))
    assert "--verbose" in sentence(RuntimeError())


def test_messages_are_written_in_openai_s_form() -> None:
    call = {"name": "calculator", "args": {"expression": "1+1"}, "id": "c1"}
    broken = {"name": "clock", "args": '{"a', "id": "c2", "error": "cut"}
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    reply = AIMessage("", tool_calls=[call], invalid_tool_calls=[broken], usage_metadata=usage)
    result = ToolMessage("2", tool_call_id="c1", name="calculator")
    assert message_document(HumanMessage("hi")) == {"role": "user", "content": "hi"}
    document = message_document(reply)
    assert document["tool_calls"][0]["function"] == {"name": "calculator", "arguments": '{"expression": "1+1"}'}
    assert document["invalid_tool_calls"][0]["error"] == "cut"
    assert message_document(result)["role"] == "tool"
    first, second = call_documents([reply, result])
    assert (first["result"], first["status"]) == ("2", "success")
    assert (second["result"], second["status"]) == (None, "no result")
    assert usage_document([reply, reply]) == {"prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10}
    assert usage_document([AIMessage("x")]) is None


@given(st.text(st.characters(), max_size=20))
def test_a_document_is_json_whatever_the_text(text: str) -> None:
    assert isinstance(json.loads(dump({"a": text})), dict)
    dump({"a": text}).encode("utf-8")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("database is locked", "locked by another program"),
        ("file is not a database", "is damaged"),
        ("database disk image is malformed", "is damaged"),
        ("no such table: checkpoints", "not one of stored threads"),
        ("database or disk is full", "no room"),
        ("unable to open database file", "cannot be read or written"),
    ],
)
def test_each_failure_of_the_store_is_a_sentence_with_a_remedy(told: str, said: str) -> None:
    error = store_error(Path("threads.db"), sqlite3.OperationalError(told))
    assert said in str(error)
    assert "threads.db" in str(error)
    assert error.remedy


def test_where_nothing_is_stored_nothing_is_made() -> None:
    threads = StoredThreads(Settings())
    assert threads.infos() == []
    assert threads.read("x") is None
    assert not threads.path.parent.exists()
