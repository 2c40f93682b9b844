"""Saved models: exact round trips, and refusal of whatever is not one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from kobai.errors import ModelFileError
from kobai.tables.model import Model
from kobai.tables.model_file import load_model, save_model
from kobai.tables.target import Label

DOCUMENT: dict[str, Any] = {
    "format": "kobai model",
    "version": 1,
    "kind": "logistic",
    "target": "y",
    "dropped": [],
    "classes": {"type": "str", "values": ["a", "b"]},
    "preparation": {"features": [{"kind": "number", "name": "x", "mean": 0.0, "scale": 1.0}]},
}
ARRAYS = {"coef": np.array([[1.0]]), "intercept": np.array([0.5])}


def write(path: Path, document: object = None, arrays: dict[str, Any] | None = None) -> str:
    text = document if isinstance(document, str) else json.dumps(document or DOCUMENT)
    path.write_bytes(save(ARRAYS if arrays is None else arrays, {"kobai": text}))
    return str(path)


def refusal(path: str | Path) -> str:
    with pytest.raises(ModelFileError) as error:
        load_model(str(path))
    return str(error.value)


def test_round_trip(model: Model, tmp_path: Path) -> None:
    path = str(tmp_path / "model.kobai")
    save_model(model, path)
    read = load_model(path)
    assert (read.target, read.dropped, read.classes) == (model.target, model.dropped, model.classes)
    assert read.preparation == model.preparation
    assert read.coef.tobytes() == model.coef.tobytes()
    assert read.intercept.tobytes() == model.intercept.tobytes()


@pytest.mark.parametrize(
    "classes",
    [
        ("a", "b"),
        ("", "勾配\n", "\ud800"),
        (0, 1),
        (-(2**70), 3),
        (False, True),
        (0.1, 1e300, -0.0),
    ],
)
def test_labels_keep_their_types(model: Model, tmp_path: Path, classes: tuple[Label, ...]) -> None:
    path = str(tmp_path / "model.kobai")
    rows = 1 if len(classes) == 2 else len(classes)
    coef, intercept = np.ones((rows, 3)), np.zeros(rows)
    save_model(replace(model, classes=classes, coef=coef, intercept=intercept), path)
    assert list(map(repr, load_model(path).classes)) == list(map(repr, classes))


def test_the_same_model_gives_the_same_file(model: Model, tmp_path: Path) -> None:
    for name in "ab":
        save_model(model, str(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_is_safetensors_and_small(model: Model, tmp_path: Path) -> None:
    save_model(model, str(tmp_path / "a"))
    content = (tmp_path / "a").read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert set(json.loads(content[8 : 8 + length])) == {"__metadata__", "coef", "intercept"}
    assert len(content) < 2000


def test_the_smallest_document_is_read(tmp_path: Path) -> None:
    assert load_model(write(tmp_path / "a")).classes == ("a", "b")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    assert "nothing: there is no such file" in refusal(tmp_path / "nothing")
    assert "this is no regular file" in refusal(tmp_path)
    assert "this is no regular file" in refusal("/dev/zero")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff" * 8,
        b"\xff" * 1000,
        bytes(1000),
        (2**40).to_bytes(8, "little") + b"{}",
        b"a,b\n1,2\n" * 100,
        (4).to_bytes(8, "little") + b"[[[[",
        (100_000).to_bytes(8, "little") + b"[" * 100_000,
        (100_000).to_bytes(8, "little") + b'{"a":' * 20_000,
        (5000).to_bytes(8, "little") + b"1" * 5000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert refusal(tmp_path / "a") == (
        f"{tmp_path / 'a'}: this is no Kobai model\n  Repair: save the model again with `kobai fit`"
    )


def test_a_file_of_gigabytes_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kobai.tables.model_file.LARGEST_FILE", 2**20)
    with (tmp_path / "a").open("wb") as file:
        file.truncate(2**40)
    assert "the file is larger than 1 MiB" in refusal(tmp_path / "a")


def test_another_safetensors_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(save({"weight": np.ones(3)}))
    assert "it lacks '__metadata__', 'coef', 'intercept'" in refusal(tmp_path / "a")


def test_a_later_version(tmp_path: Path) -> None:
    path = write(tmp_path / "a", DOCUMENT | {"version": 2, "new": 1})
    assert refusal(path) == (
        f"{path}: the file has version 2 of the model format; this Kobai reads 1\n"
        "  Repair: install the Kobai that wrote it, or fit the model again"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "its format is unknown"),
        ({"version": True}, "'version' is not a whole number"),
        ({"version": "1"}, "'version' is not a whole number"),
        ({"kind": "os.system"}, "the kind of its model is unknown"),
        ({"unknown": 1}, "it holds the unknown 'unknown'"),
        ({"target": None}, "'target' is not text"),
        ({"target": "x"}, "a feature is the target, or was dropped"),
        ({"dropped": ["x"]}, "a feature is the target, or was dropped"),
        ({"dropped": [1]}, "'dropped' holds something other than text"),
        ({"classes": []}, "it is no JSON object"),
        ({"classes": {"type": "str", "values": ["a"]}}, "it holds fewer than two labels"),
        ({"classes": {"type": "str", "values": ["a", "a"]}}, "or repeats one"),
        ({"classes": {"type": "str", "values": ["a", 1]}}, "not of the type it names"),
        ({"classes": {"type": "int", "values": [1, True]}}, "not of the type it names"),
        ({"classes": {"type": "list", "values": [[], []]}}, "not of the type it names"),
        ({"classes": {"type": "str", "values": ["a", "b", "c"]}}, "its arrays don't fit"),
        ({"preparation": {"features": []}}, "its features are none"),
    ],
    ids=str,
)
def test_damaged_documents(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    assert message in refusal(write(tmp_path / "a", DOCUMENT | change))


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "NaN", '{"format": Infinity}', "[" * 100_000, "9" * 5000],
    ids=lambda text: text[:10],
)
def test_texts_that_are_no_document(tmp_path: Path, text: str) -> None:
    assert refusal(write(tmp_path / "a", text or " "))


def test_labels_that_overflow(tmp_path: Path) -> None:
    classes = {"type": "float", "values": [1.0, "BIG"]}
    text = json.dumps(DOCUMENT | {"classes": classes}).replace('"BIG"', "1e999")
    assert "a label is not finite" in refusal(write(tmp_path / "a", text))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (ARRAYS | {"coef": np.ones((1, 2))}, "its arrays don't fit its classes and features"),
        (ARRAYS | {"coef": np.ones((2, 1))}, "its arrays don't fit its classes and features"),
        (ARRAYS | {"intercept": np.ones((1, 1))}, "its arrays don't fit"),
        (ARRAYS | {"coef": np.array([[np.nan]])}, "numbers that are not finite"),
        (ARRAYS | {"intercept": np.array([-np.inf])}, "numbers that are not finite"),
        (ARRAYS | {"coef": np.ones((1, 1), np.float32)}, "its arrays are not float64"),
        (ARRAYS | {"extra": np.ones(1)}, "it holds the unknown 'extra'"),
        ({"coef": np.ones((1, 1))}, "it lacks 'intercept'"),
    ],
    ids=range(8),
)
def test_damaged_arrays(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    assert message in refusal(write(tmp_path / "a", arrays=arrays))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_no_change_of_a_file_does_harm(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(Path(write(tmp_path / "a")).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(content), len(content), len(content) - 1, 40]))
    (tmp_path / "a").write_bytes(content[:end])
    try:
        load_model(str(tmp_path / "a"))
    except ModelFileError:
        return
