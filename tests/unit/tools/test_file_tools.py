"""Files under one root are listed, read, written and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rooted_folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


# Listing


def test_list(folder: Folder) -> None:
    folder.put("b.txt", "12345")
    folder.put("A.txt", b"x" * 2048)
    folder.put("z/inner.txt", "")
    assert folder.run("list_files").splitlines() == ["z/", "A.txt (2.0 KB)", "b.txt (5 bytes)"]
    assert folder.run("list_files", path="z") == "inner.txt (0 bytes)"
    (folder.path / "empty").mkdir()
    assert folder.run("list_files", path="empty/") == "'empty/' is empty."
    assert "no such file" in folder.fail("list_files", path="none")
    assert "not a folder" in folder.fail("list_files", path="b.txt")


def test_a_long_list_is_cut_with_a_way_on(folder: Folder) -> None:
    for number in range(400):
        folder.put(f"file-with-a-rather-long-name-{number}.txt", "")
    text = folder.run("list_files")
    assert len(text) <= 8_000
    assert "characters left out. Use search_files" in text


# Reading


def test_read(folder: Folder) -> None:
    folder.put("a.txt", "one\ntwo\nthree\n")
    assert folder.run("read_file", path="a.txt") == "[a.txt, lines 1-3 of 3]\none\ntwo\nthree\n"
    text = folder.run("read_file", path="a.txt", start_line=2, max_lines=1)
    assert text == "[a.txt, lines 2-2 of 3]\ntwo\n\n[There is more: call read_file with start_line=3.]"
    folder.put("empty.txt", "")
    assert folder.run("read_file", path="empty.txt") == "'empty.txt' is empty."
    assert "ends before line 9: it has" in folder.fail("read_file", path="a.txt", start_line=9)
    assert "fewer than 50 characters" in folder.fail("read_file", path="a.txt", start_char=50)
    assert "is a folder" in folder.fail("read_file", path=".")
    assert "no such file" in folder.fail("read_file", path="none.txt")
    assert "not a folder" in folder.fail("read_file", path="a.txt/b")


@pytest.mark.parametrize("end", ["", "\n"])
def test_pages_put_together_are_the_file(tmp_path: Path, end: str) -> None:
    folder = Folder(tmp_path, max_chars=1_000)
    whole = "\n".join(["short", "x" * 5_000, "", "line", "y" * 700, *(f"row {n}" for n in range(300))]) + end
    folder.put("a.txt", whole)
    parts, arguments = [], {"path": "a.txt"}
    while True:
        text = folder.run("read_file", **arguments)
        assert len(text) <= 1_000
        body, _, more = text.partition("]\n")[2].partition("\n[There is more: call read_file with ")
        parts.append(body)
        if not more:
            break
        settings_ = dict(part.split("=") for part in more.rstrip(".]").split(", "))
        arguments = {"path": "a.txt", **settings_}
    assert "".join(parts) == whole


@pytest.mark.parametrize(
    ("content", "shown", "encoding"),
    [
        ("héllo wörld 你好\n".encode(), "héllo wörld 你好", ""),
        (b"\xef\xbb\xbfwith a mark\n", "\nwith a mark", ""),
        ("两种编码\n".encode("utf-16"), "两种编码", "utf-16"),
        ("今天天气很好,我们去公园散步。这里有很多人在打太极拳。\n".encode("gb18030") * 5, "今天天气很好", "gb"),
        (b"windows\r\nlines\r\n", "windows\nlines", ""),
    ],
)
def test_encodings(folder: Folder, content: bytes, shown: str, encoding: str) -> None:
    folder.put("a.txt", content)
    text = folder.run("read_file", path="a.txt")
    assert shown in text
    assert (f"read as {encoding}" in text) == bool(encoding)


def test_bytes_that_are_no_text_are_shown_as_such(folder: Folder) -> None:
    folder.put("a.txt", b"x\n" * 40_000 + b"caf\xe9\n")
    text = folder.run("read_file", path="a.txt", start_line=39_999)
    assert "caf\N{REPLACEMENT CHARACTER}" in text
    assert "Bytes that are no text" in text


def test_binary_files_are_refused(folder: Folder) -> None:
    folder.put("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert "not a text file (16 bytes)" in folder.fail("read_file", path="a.png")


def test_huge_files_are_read_in_pages_and_not_beyond_reason(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with (folder.path / "sparse.bin").open("wb") as file:
        file.truncate(3_000_000_000)  # takes no room on the disk
    assert "2.8 GB" in folder.fail("read_file", path="sparse.bin")

    monkeypatch.setattr("tools.files.text.MAX_SCAN", 1_000_000)
    monkeypatch.setattr("tools.files.text._COUNTED", 100_000)
    folder.put("long.log", b"".join(b"%09d\n" % number for number in range(1, 200_001)))
    page = folder.run("read_file", path="long.log", start_line=90_000, max_lines=2)
    assert "lines 90,000-90,001 of a file of 1.9 MB" in page
    assert "000090000\n000090001\n" in page
    assert "start_line=90002" in page
    assert "too far to read" in folder.fail("read_file", path="long.log", start_line=150_000)
    folder.put("one-line.json", b"x" * 2_000_000)
    assert "start_char=" in folder.run("read_file", path="one-line.json", start_char=900_000)


# Writing


def test_write(folder: Folder) -> None:
    assert folder.run("write_file", path="new/a.txt", text="你好\n") == "Created 'new/a.txt': 3 characters, 7 bytes."
    assert (folder.path / "new/a.txt").read_bytes() == "你好\n".encode()
    assert "exists already" in folder.fail("write_file", path="new/a.txt", text="x")
    folder.run("write_file", path="new/a.txt", text="more", mode="append")
    assert (folder.path / "new/a.txt").read_text() == "你好\nmore"
    folder.run("write_file", path="new/a.txt", text="other", mode="overwrite")
    assert (folder.path / "new/a.txt").read_text() == "other"
    folder.run("write_file", path="b.txt", text="b", mode="append")
    folder.run("write_file", path="c.txt", text="c", mode="overwrite")
    assert sorted(path.name for path in folder.path.iterdir()) == ["b.txt", "c.txt", "new"]
    assert [path.name for path in (folder.path / "new").iterdir()] == ["a.txt"]


def test_write_keeps_permissions(folder: Folder) -> None:
    script = folder.put("run.sh", "old")
    script.chmod(0o751)
    folder.run("write_file", path="run.sh", text="new", mode="overwrite")
    assert script.stat().st_mode & 0o777 == 0o751


@pytest.mark.parametrize("mode", ["create", "overwrite", "append"])
def test_writes_that_cannot_be_leave_nothing_behind(folder: Folder, mode: str) -> None:
    folder.put("file", "kept")
    (folder.path / "sub").mkdir()
    for path in (".", "sub", "new/", "file/below.txt", "a" * 300):
        assert str(folder.path) not in folder.fail("write_file", path=path, text="x", mode=mode)
    assert "limit is 1.0 MB" in folder.fail("write_file", path="b", text="x" * 1_100_000, mode=mode)
    assert "UTF-8" in folder.fail("write_file", path="b", text="\ud800", mode=mode)
    assert (folder.path / "file").read_text() == "kept"
    assert sorted(path.name for path in folder.path.iterdir()) == ["file", "sub"]


def test_a_file_does_not_grow_without_bound(folder: Folder) -> None:
    folder.put("big.txt", b"x" * (16 * 1024 * 1024))
    assert "grow beyond" in folder.fail("write_file", path="big.txt", text="x", mode="append")


def test_an_unknown_mode_is_refused(folder: Folder) -> None:
    assert "'create', 'overwrite' or 'append'" in folder.fail("write_file", path="a", text="x", mode="delete")


# Searching


def test_search(folder: Folder) -> None:
    folder.put("src/one.py", "import os\nprint('Needle here')\n")
    folder.put("src/two.txt", "needle\n")
    folder.put("old.txt", "今天找针 NEEDLE\n".encode("gb18030") * 20)
    folder.put("picture.png", b"\x89PNG\0needle")
    folder.put(".git/config", "needle")
    text = folder.run("search_files", text="needle")
    assert "src/one.py:2: print('Needle here')" in text
    assert "src/two.txt:1: needle" in text
    assert "old.txt:20: 今天找针 NEEDLE" in text
    assert ".git" not in text
    assert "[1 files were not searched" in text
    assert folder.run("search_files", name="*.py") == "src/one.py (31 bytes)"
    assert folder.run("search_files", name="src/*.txt", text="NEEDLE") == "src/two.txt:1: needle"
    assert folder.run("search_files", path="src", name="*.md").startswith("Nothing found")
    assert "no such file" in folder.fail("search_files", path="none", text="x")
    assert "not a folder" in folder.fail("search_files", path="old.txt", text="x")


def test_search_shows_a_match_far_into_a_line(folder: Folder) -> None:
    folder.put("min.js", "x" * 100_000 + "needle" + "y" * 100_000)
    text = folder.run("search_files", text="needle")
    assert "needle" in text
    assert len(text) < 500


def test_search_is_bounded_and_says_so(folder: Folder) -> None:
    folder.put("many.txt", "needle\n" * 1_000)
    folder.put("other.txt", "needle\n")
    text = folder.run("search_files", text="needle")
    assert text.count("many.txt:") <= 200
    assert "Stopped at 200 matches; there may be more." in text


@pytest.mark.timeout(60)
def test_patterns_do_not_hang(folder: Folder) -> None:
    folder.put("a" * 200, "a" * 100_000)
    folder.run("search_files", name="*a" * 90 + "b")
    folder.run("search_files", text="a*" * 1_000)


async def test_async(folder: Folder) -> None:
    folder.put("a.txt", "text")
    assert "text" in await folder.tools["read_file"].ainvoke({"path": "a.txt"})
