"""The notebook: stored without a trace of a run, and run from its first cell to its last."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from ipykernel.kernelspec import install
from nbclient import NotebookClient

from graph import build_graph
from graph.drawing import MERMAID_MIME, show
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from graph.testing import RecordedRequest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
QUICKSTART = NOTEBOOKS[0]
KERNEL = "portolan-test"


@pytest.fixture(autouse=True)
def _kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel of the Python that runs the tests, whatever kernels the developer has."""
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    install(prefix=str(tmp_path), kernel_name=KERNEL)


def run(path: Path, folder: Path, cell_timeout_s: int = 120) -> dict[str, dict[str, Any]]:
    """Run a notebook in a folder.

    Returns:
        By cell id, what the cell printed (`stdout`) and its displayed data by MIME type.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=cell_timeout_s, kernel_name=KERNEL, resources={"metadata": {"path": str(folder)}}
    ).execute()
    shown: dict[str, dict[str, Any]] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown[cell.id] = {"stdout": "".join(out.text for out in cell.outputs if out.get("name") == "stdout")}
            shown[cell.id] |= {mime: data for out in cell.outputs if "data" in out for mime, data in out.data.items()}
    return shown


CALLS = {
    "What is 23 * 19?": Call("calculator", {"expression": "23 * 19"}),
    "How many kilometres are 26.2 miles?": Call(
        "convert_units", {"value": 26.2, "from_unit": "mile", "to_unit": "kilometre"}
    ),
    "What is 144 / 12?": Call("calculator", {"expression": "144 / 12"}),
    "12 的平方是多少？": Call("calculator", {"expression": "12 ^ 2"}),
    "What does a boat of 12 m pay for 3 nights?": Call("berth_fee", {"length_m": 12, "nights": 3}),
}


def model(request: RecordedRequest) -> Reply:
    """What the emulated model says to each of the notebook's questions."""
    last = request.messages[-1]
    if last["role"] == "tool":
        return Reply(f"The answer is {last['content']}.")
    if call := CALLS.get(last["content"]):
        return Reply(calls=[call])
    return Reply(f"You asked {last['content']!r}; I remember {len(request.messages) - 2} messages.")


def env_file(endpoint: EmulatedEndpoint) -> str:
    return f"OPENAI_API_KEY={endpoint.api_key}\nOPENAI_API_BASE={endpoint.base_url}\nAGENT_MODEL={endpoint.model}\n"


def test_it_runs_on_the_endpoints_that_env_files_name(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    with EmulatedEndpoint("openai", model) as openai, EmulatedEndpoint("vllm-0.32", model) as vllm:
        (folder / ".env").write_text(env_file(openai), encoding="utf-8")
        (folder / ".env.vllm").write_text(env_file(vllm), encoding="utf-8")
        shown = run(QUICKSTART, folder)
        assert len(vllm.bodies) == 2
        assert openai.model in shown["endpoint"]["stdout"]
        assert openai.api_key not in str(shown)

    assert shown["build"][MERMAID_MIME] == build_graph().get_graph().draw_mermaid()
    assert "model ..> tools" in shown["build"]["text/plain"]
    assert shown["ask"]["stdout"] == "The answer is 437.\n"
    headings = re.findall(r"(\w+) Message", shown["messages"]["stdout"])
    assert headings == ["Human", "Ai", "Tool", "Ai"]
    assert "calculator" in shown["messages"]["stdout"]
    steps = shown["steps"]["stdout"].splitlines()
    assert steps[0].startswith("model: calls convert_units with {")
    assert steps[1].startswith("tools: ")
    assert "42.16" in steps[1]
    assert steps[2].startswith("model: The answer is")
    assert "波特兰海图" in shown["tokens"]["stdout"]
    assert "What is 144 / 12? -> The answer is 12." in shown["await"]["stdout"]
    assert "12 的平方是多少？ -> The answer is 144." in shown["await"]["stdout"]
    assert "I remember 2 messages" in shown["thread"]["stdout"]
    assert "4 messages in the thread" in shown["thread"]["stdout"]
    assert "90.00 EUR" in shown["tool"]["stdout"]
    assert shown["switch"]["stdout"] == "The answer is 437.\n"


@pytest.mark.model
@pytest.mark.timeout(1800)
def test_it_runs_on_the_embedded_model(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shown = run(QUICKSTART, folder, cell_timeout_s=900)
    assert "the embedded model" in shown["endpoint"]["stdout"]
    assert "437" in shown["ask"]["stdout"]
    assert "calculator" in shown["messages"]["stdout"]
    assert "model: calls convert_units" in shown["steps"]["stdout"]
    assert shown["tokens"]["stdout"].strip()
    assert "90.00 EUR" in shown["tool"]["stdout"]


def test_a_drawing_reads_as_text_outside_a_notebook() -> None:
    drawing = show(build_graph())
    assert str(drawing).splitlines() == [
        "__start__ --> model",
        "model ..> __end__",
        "model ..> repair",
        "model ..> tools",
        "repair --> model",
        "tools ..> model",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestStored:
    """What is committed is the same on every machine."""

    def test_it_is_valid_and_has_not_been_run(self, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert code
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert all(not cell.metadata for cell in notebook.cells)

    def test_it_knows_no_machine(self, path: Path) -> None:
        stored = path.read_text(encoding="utf-8")
        assert re.findall(r"/(?:home|Users|root|tmp|work)/|[A-Z]:\\\\", stored) == []
        assert sys.prefix not in stored
        metadata = nbformat.read(path, as_version=4).metadata
        assert metadata.kernelspec.name == "python3"
        assert set(metadata) == {"kernelspec", "language_info"}
        assert set(metadata.language_info) == {"name"}

    def test_every_explanation_has_a_chinese_line_beside_it(self, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        assert texts
        assert [text for text in texts if not re.search(r"[\u4e00-\u9fff]", text)] == []
