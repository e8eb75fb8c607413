"""The first facts in a GGUF file's header: enough to say which model it is, or why it is none."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NotGgufError", "read_general"]

_MAGIC: Final = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_LONGEST_STRING: Final = 1 << 20


class NotGgufError(ValueError):
    """The file is not in the GGUF format; the text says why."""


def read_general(path: Path) -> dict[str, Any]:
    """The scalar `general.…` values of a GGUF file, such as `general.architecture` and `general.basename`.

    The format is described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (2026-11-22): the header's
    key-value pairs come first, little-endian; writers put the `general` ones in front, so reading stops at the first
    array.

    Raises:
        NotGgufError: the file is something else, or ends within its header.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        if magic != _MAGIC:
            msg = f"it begins with {magic!r}, not with {_MAGIC!r}" if magic else "it is empty"
            raise NotGgufError(msg)
        try:
            version, _tensors, pairs = struct.unpack("<IQQ", _exactly(file, 20))
            if not 2 <= version <= 0xFFFF:  # noqa: PLR2004 - version 1 had other sizes; a big-endian file looks huge
                msg = f"its format version reads {version}"
                raise NotGgufError(msg)
            return _read_pairs(file, pairs)
        except EOFError as error:
            msg = "it ends within its header: it is not whole"
            raise NotGgufError(msg) from error


def _read_pairs(file: BinaryIO, pairs: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for _ in range(pairs):
        key = _read_string(file)
        (kind,) = struct.unpack("<I", _exactly(file, 4))
        if kind == _STRING:
            value: Any = _read_string(file)
        elif kind in _SCALARS:
            form = f"<{_SCALARS[kind]}"
            (value,) = struct.unpack(form, _exactly(file, struct.calcsize(form)))
        elif kind == _ARRAY:
            break
        else:
            msg = f"its header has a value of unknown kind {kind}"
            raise NotGgufError(msg)
        if key.startswith("general."):
            values[key] = value
    return values


def _read_string(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", _exactly(file, 8))
    if length > _LONGEST_STRING:
        msg = f"its header has a text of {length} bytes"
        raise NotGgufError(msg)
    return _exactly(file, length).decode("utf-8", errors="replace")


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise EOFError
    return data
