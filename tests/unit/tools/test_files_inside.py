"""Nothing outside the root is read or written, nor what is closed inside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rooted_folder import SECRET, Folder
from toolbench import call

from tools import ToolConfig, ToolSetupError, load_tools
from tools.files.root import Root

OUTSIDE = [
    "../outside.txt",
    "a/../../outside.txt",
    "./../outside.txt",
    "..",
    "/etc/passwd",
    "//etc/passwd",
    "~/x",
    "~root/x",
    "C:\\Windows\\win.ini",
    "C:x",
    "\\\\server\\share",
    "a\0b",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_that_lead_outside_are_refused(folder: Folder, path: str) -> None:
    for tool, more in (("list_files", {}), ("read_file", {}), ("search_files", {}), ("write_file", {"text": "x"})):
        text = folder.fail(tool, path=path, **more)
        assert SECRET not in text
        assert str(folder.path) not in text
    assert folder.outside.read_text() == SECRET


PARTS = st.lists(
    st.sampled_from(
        [
            "..",
            ".",
            "",
            "a",
            "link",
            "loop",
            "outside.txt",
            "~",
            "/",
            "\\",
            "\x00",
            "..\\..",
            "%2e%2e",
            "．．",
            "root",
            "�",
            "a" * 300,
        ]
    ),
    max_size=8,
)


@given(path=st.one_of(PARTS.map("/".join), st.text(max_size=30)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_no_path_reads_or_writes_outside(folder: Folder, path: str) -> None:
    (folder.path / "a").mkdir(exist_ok=True)
    if not (folder.path / "link").is_symlink():
        (folder.path / "link").symlink_to(folder.path.parent)
        (folder.path / "loop").symlink_to(folder.path / "loop")
    assert SECRET not in call(folder.tools["read_file"], path=path)[1]
    assert SECRET not in call(folder.tools["search_files"], text="secret", path=path)[1]
    call(folder.tools["list_files"], path=path)
    for mode in ("create", "overwrite", "append"):
        call(folder.tools["write_file"], path=path, text="written", mode=mode)
    assert sorted(entry.name for entry in folder.path.parent.iterdir()) == ["outside.txt", "root"]
    assert folder.outside.read_text() == SECRET


def test_links_may_lead_about_inside_but_not_outside(folder: Folder) -> None:
    folder.put("real/inner.txt", "inner")
    (folder.path / "good").symlink_to(folder.path / "real")
    (folder.path / "bad").symlink_to(folder.outside)
    (folder.path / "up").symlink_to("..")
    (folder.path / "round").symlink_to("round")
    assert "inner" in folder.run("read_file", path="good/inner.txt")
    for path in ("bad", "up/outside.txt", "round", "round/x"):
        folder.fail("read_file", path=path)
        folder.fail("write_file", path=path, text="x", mode="overwrite")
    assert folder.outside.read_text() == SECRET
    assert SECRET not in folder.run("search_files", text="secret")
    assert "bad (link)" in folder.run("list_files")


def test_a_folder_swapped_for_a_link_after_the_check_is_not_followed(folder: Folder) -> None:
    folder.put("sub/file.txt", "inside")
    root = Root.at(folder.path)
    found = root.locate("sub/file.txt")  # checked …
    (folder.path / "sub").rename(folder.path / "old")
    target = folder.path.parent / "elsewhere"
    target.mkdir()
    (target / "file.txt").write_text(SECRET)
    (folder.path / "sub").symlink_to(target)  # … and swapped
    for flags in (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_APPEND):
        with pytest.raises(Exception, match="replaced by a link"):
            root.open(found, flags, "sub/file.txt")
    with pytest.raises(Exception, match="replaced by a link"):
        root.entries(Path("sub"), "sub")
    with pytest.raises(Exception, match="replaced by a link"):
        root.make_folders(Path("sub/deep/file.txt"), "sub/deep/file.txt")
    assert (target / "file.txt").read_text() == SECRET
    assert list(target.iterdir()) == [target / "file.txt"]


@pytest.mark.parametrize(
    "path", [".env", ".ENV", "a/.env.local", "prod.env", ".ssh/config", "server.pem", "id_rsa", ".netrc", "x/../.env"]
)
def test_files_that_hold_keys_are_closed(folder: Folder, path: str) -> None:
    folder.put("x/y", "")
    folder.put(os.path.normpath(path), "OPENAI_API_KEY=sk-1")
    (folder.path / "innocent.txt").symlink_to(folder.path / os.path.normpath(path))
    assert "hold keys" in folder.fail("read_file", path=path)
    assert "hold keys" in folder.fail("read_file", path="innocent.txt")
    assert "hold keys" in folder.fail("write_file", path=path, text="x", mode="overwrite")
    assert "sk-1" not in folder.run("search_files", text="OPENAI_API_KEY")
    assert Path(path).name not in folder.run("search_files").splitlines()


def test_examples_of_settings_are_open(folder: Folder) -> None:
    folder.put(".env.example", "OPENAI_API_KEY=")
    assert "OPENAI_API_KEY=" in folder.run("read_file", path=".env.example")


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", ".GIT/config", "sub/.git/config"])
def test_version_controls_own_files_are_not_written(folder: Folder, path: str) -> None:
    assert "version control" in folder.fail("write_file", path=path, text="x")


def test_devices_and_pipes_are_not_opened(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe")
    assert "not a regular file" in folder.fail("read_file", path="pipe")
    folder.fail("write_file", path="pipe", text="x", mode="append")
    folder.fail("write_file", path="pipe", text="x", mode="overwrite")
    assert "pipe (not a regular file)" in folder.run("list_files")


def test_the_root_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, said in ((tmp_path / "none", "does not exist"), (tmp_path / "file", "is not a folder")):
        with pytest.raises(ToolSetupError, match=said):
            load_tools(["files"], ToolConfig(root=path))
