"""The `.kobai` model file: safetensors, with one JSON document in its metadata.

Arrays: `coef` and `intercept`, float64. Nothing in the file is executed or names code. Every byte
is checked before it is used: the file may come from anyone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from kobai.data.wording import place
from kobai.errors import ModelFileError

from .features import Matrix
from .files import write_whole
from .model import Model
from .preparation import Preparation
from .schema import REPAIR, Fields
from .target import Label

FORMAT = "kobai model"
VERSION = 1
KIND = "logistic"
LARGEST_FILE = 2**30
LARGEST_HEADER = 64 * 2**20
_LENGTH_BYTES = 8
_LABEL_TYPES: dict[str, type[Label]] = {"str": str, "int": int, "bool": bool, "float": float}


def save_model(model: Model, path: str) -> None:
    """Write the model to one file, whole or not at all."""
    arrays = {"coef": np.ascontiguousarray(model.coef), "intercept": model.intercept}
    metadata = {"kobai": json.dumps(_document(model), allow_nan=False)}
    write_whole(path, [save(arrays, metadata)])


def load_model(path: str) -> Model:
    """Read a model that `save_model` wrote; refuses any other file with ModelFileError."""
    content = _content(path)
    where = place(path)
    header = _header(content, where)
    fields = _document_in(header)
    _check_version(fields)
    fields.only("format", "version", "kind", "target", "dropped", "classes", "preparation")
    if fields.text("kind") != KIND:
        raise fields.error("the kind of its model is unknown")
    classes = _read_classes(fields.inner("classes"))
    preparation = Preparation.from_fields(fields.inner("preparation"))
    rows = 1 if len(classes) == 2 else len(classes)
    coef, intercept = _arrays(content, header, rows, preparation.width)
    target, dropped = fields.text("target"), fields.distinct_texts("dropped", least=0)
    if {target, *dropped} & set(preparation.names):
        raise fields.error("a feature is the target, or was dropped")
    return Model(target, dropped, classes, preparation, coef, intercept)


def _document(model: Model) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "kind": KIND,
        "target": model.target,
        "dropped": list(model.dropped),
        "classes": {"type": type(model.classes[0]).__name__, "values": list(model.classes)},
        "preparation": model.preparation.to_dict(),
    }


def _content(path: str) -> bytes:
    try:
        if not Path(path).exists():
            raise _unusable(path, "there is no such file", "check the path's spelling")
        if not Path(path).is_file():
            raise _unusable(path, "this is no regular file", "name a file that `kobai fit` wrote")
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = f"the file can't be read: {error.strerror}"
        raise _unusable(path, reason, "check the path, and the file's permissions") from None
    if len(content) > LARGEST_FILE:
        raise _unusable(path, f"the file is larger than {LARGEST_FILE // 2**20} MiB", REPAIR)
    return content


def _header(content: bytes, where: str) -> Fields:
    """The safetensors header: what arrays there are, and the metadata."""
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if length > min(LARGEST_HEADER, len(content) - _LENGTH_BYTES):
        raise ModelFileError("this is no Kobai model", where=where, repair=REPAIR)
    header = Fields(_parsed(content[_LENGTH_BYTES : _LENGTH_BYTES + length], where), where)
    header.only("__metadata__", "coef", "intercept")
    return header


def _document_in(header: Fields) -> Fields:
    metadata = header.inner("__metadata__")
    metadata.only("kobai")
    return Fields(_parsed(metadata.text("kobai"), header.where), header.where)


def _parsed(text: bytes | str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    # Deep nesting exhausts the parser's stack, huge whole numbers its patience.
    except (ValueError, RecursionError):
        raise ModelFileError("this is no Kobai model", where=where, repair=REPAIR) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _check_version(fields: Fields) -> None:
    if fields.text("format") != FORMAT:
        raise fields.error("its format is unknown")
    version = fields.integer("version")
    if version != VERSION:
        raise ModelFileError(
            f"the file has version {version:,} of the model format; this Kobai reads {VERSION}",
            where=fields.where,
            repair="install the Kobai that wrote it, or fit the model again",
        )


def _read_classes(fields: Fields) -> tuple[Label, ...]:
    fields.only("type", "values")
    label_type = _LABEL_TYPES.get(fields.text("type"))
    values = fields.items("values")
    if label_type is None or not all(type(value) is label_type for value in values):
        raise fields.error("its labels are not of the type it names")
    if label_type is float and not np.isfinite(values).all():
        raise fields.error("a label is not finite")
    if len(values) < 2 or len(set(values)) < len(values):
        raise fields.error("it holds fewer than two labels, or repeats one")
    return tuple(values)


def _arrays(content: bytes, header: Fields, rows: int, width: int) -> tuple[Matrix, Matrix]:
    if any(header.inner(name).text("dtype") != "F64" for name in ("coef", "intercept")):
        raise header.error("its arrays are not float64")
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise header.error(f"its arrays can't be read ({error})") from None
    coef, intercept = arrays["coef"], arrays["intercept"]
    if coef.shape != (rows, width) or intercept.shape != (rows,):
        raise header.error("its arrays don't fit its classes and features")
    if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
        raise header.error("its arrays hold numbers that are not finite")
    return coef, intercept


def _unusable(path: str, what: str, repair: str) -> ModelFileError:
    return ModelFileError(what, where=place(path), repair=repair)
