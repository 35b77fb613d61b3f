from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import vosk

from assist.speech import models
from core.errors import Problem

pytestmark = pytest.mark.speech

NAME = "vosk-model-en-us-0.22-lgraph"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models.DEMO_MODEL, tmp_path / "copied"))


def test_without_a_setting_it_is_the_demo_model_and_says_so() -> None:
    assert models.load().label == "demo speech model"
    assert models.load(str(models.DEMO_MODEL)).label == "demo speech model"


def test_any_folder_with_a_model_may_be_named(copied: Path) -> None:
    assert models.load(str(copied)).label == "copied"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no such folder") as refused:
        models.load(str(tmp_path / "nowhere"))
    assert "nowhere" in refused.value.place
    assert "Set speech_model" in refused.value.remedy


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no vosk model"):
        models.load(str(tmp_path))


@pytest.mark.parametrize(
    "part", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt", "conf/mfcc.conf"]
)
def test_a_model_with_a_part_missing(copied: Path, part: str) -> None:
    (copied / part).unlink()
    with pytest.raises(Problem, match=r"no vosk model|damaged or incomplete"):
        models.load(str(copied))


@pytest.mark.parametrize("part", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
def test_a_model_cut_off_in_the_middle(copied: Path, part: str) -> None:
    whole = (copied / part).read_bytes()
    (copied / part).write_bytes(whole[: len(whole) // 3])
    with pytest.raises(Problem, match="damaged or incomplete"):
        models.load(str(copied))


class Publisher:
    """A server of published models, and vosk set to look there and to keep what it fetches in `folder`."""

    def __init__(self, url: str, answers: dict[str, bytes], folder: Path) -> None:
        self.url, self.answers, self.folder = url, answers, folder

    def publishes(self, archive: bytes) -> None:
        self.answers["/list.json"] = json.dumps([{"name": NAME}]).encode()
        self.answers[f"/{NAME}.zip"] = archive


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    answers: dict[str, bytes] = {}
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in answers:
                self.send_response(200)
                self.send_header("Content-Length", str(len(answers[self.path])))
                self.end_headers()
                self.wfile.write(answers[self.path])
            else:  # takes the question and says nothing
                closing.wait(30)

        def log_message(self, *_: object) -> None:
            """Not on the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(vosk, "MODEL_LIST_URL", f"{url}list.json")
    monkeypatch.setattr(vosk, "MODEL_PRE_URL", url)
    monkeypatch.setattr(vosk, "MODEL_DIRS", [None, tmp_path / "kept"])
    yield Publisher(url, answers, tmp_path / "kept")
    closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


def archived(model: Path, folder: Path) -> bytes:
    (folder / "to_pack").mkdir()
    shutil.copytree(model, folder / "to_pack" / NAME)
    return Path(shutil.make_archive(str(folder / "packed"), "zip", folder / "to_pack")).read_bytes()


def test_a_published_model_is_fetched_once(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publishes(archived(models.DEMO_MODEL, tmp_path))
    assert models.load(NAME).label == NAME
    publisher.answers.clear()
    assert models.load(NAME).label == NAME


@pytest.mark.filterwarnings("error")
def test_without_a_network_it_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        monkeypatch.setattr(vosk, "MODEL_LIST_URL", f"http://127.0.0.1:{closed.getsockname()[1]}/")
        with pytest.raises(Problem, match=r"cannot be downloaded \(Connection refused\)") as refused:
            models.load(NAME)
    assert refused.value.place == NAME
    assert "set speech_model to its folder" in refused.value.remedy


def test_a_name_that_nobody_published(publisher: Publisher, capfd: pytest.CaptureFixture[str]) -> None:
    publisher.answers["/list.json"] = b"[]"
    with pytest.raises(Problem, match="no vosk model of this name is published"):
        models.load(NAME)
    assert capfd.readouterr() == ("", "")


def test_a_download_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> None:
    publisher.publishes(b"")
    del publisher.answers[f"/{NAME}.zip"]
    monkeypatch.setattr(models, "STALLED_S", 0.3)
    before = time.monotonic()
    with pytest.raises(Problem, match="cannot be downloaded"):
        models.load(NAME)
    assert time.monotonic() - before < 5
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize("listed", [b"<html>Sign in to this network</html>", b'{"error": "blocked"}'])
def test_something_else_in_place_of_the_list(publisher: Publisher, listed: bytes) -> None:
    publisher.answers["/list.json"] = listed
    with pytest.raises(Problem, match="cannot be downloaded"):
        models.load(NAME)


def test_something_else_in_place_of_the_model(publisher: Publisher) -> None:
    publisher.publishes(b"<html>Sign in to this network</html>")
    with pytest.raises(Problem, match="what came is no model"):
        models.load(NAME)


def test_a_published_model_that_is_damaged_is_named_with_its_folder(publisher: Publisher, copied: Path) -> None:
    (copied / "graph" / "Gr.fst").unlink()
    publisher.folder.mkdir()
    copied.rename(publisher.folder / NAME)
    with pytest.raises(Problem, match="damaged or incomplete") as refused:
        models.load(NAME)
    assert refused.value.place == str(publisher.folder / NAME)
