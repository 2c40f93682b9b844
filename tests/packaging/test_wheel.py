"""What is installed: a wheel that draws pages by itself, and a source archive with all of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = [
    "derivation/page.html",
    "derivation/derivation.schema.json",
    *(f"languages/{language}.json" for language in ("en", "ja", "zh")),
    "py.typed",
]
PROGRAM = """
import json, sys
from importlib.resources import files
import jsonschema
import kobai

d = kobai.derive(lambda x: x * x, 3.0)
assert kobai.__file__.startswith(sys.argv[1]), kobai.__file__
schema = files("kobai.derivation").joinpath("derivation.schema.json").read_text("utf-8")
jsonschema.validate(json.loads(d.to_json()), json.loads(schema))
for language in ("en", "ja", "zh"):
    assert f'<html lang="{language}">' in d.html(f"{language}.html", language=language)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return folder


def test_the_wheel_draws_a_page_without_node(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        assert {f"kobai/{name}" for name in DATA} <= set(archive.namelist())
        assert not [name for name in archive.namelist() if name.endswith(".jsx")]
        archive.extractall(installed)
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(installed)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "PATH": ""},
        check=True,
        timeout=300,
    )
    assert {path.stem for path in tmp_path.glob("*.html")} == {"en", "ja", "zh"}


def test_the_source_archive_has_what_the_page_is_built_of(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "page" / "src").iterdir()}
    assert {f"src/kobai/{name}" for name in DATA} <= names
    assert sources | {"page/package-lock.json", "page/vite.config.js", "LICENSE"} <= names
    assert not [name for name in names if "node_modules" in name]
