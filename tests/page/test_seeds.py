"""The pages of the seeds' derivations open, in the seed's language, with every step of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.page.conftest import Open
from tools.page_programs import run

from kobai.derivation import Derivation
from kobai.languages import words

FOLDER = Path(__file__).parents[2] / "docs/seeds"
SEEDS = sorted(path for lang in ("ja", "zh") for path in FOLDER.glob(f"*.{lang}.md"))

WALK = """async count => {
  const seen = [];
  const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  for (let step = 0; step < count; step++) {
    dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    await drawn();
    const texts = [document.querySelector("output"), document.querySelector(".panel .phase")];
    const errors = document.querySelectorAll(".katex-error").length;
    seen.push([...texts.map((element) => element.textContent), errors]);
  }
  return seen;
}"""


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_derivation_of_a_seeds_page_can_be_stepped_through(
    path: Path, open_page: Open
) -> None:
    language = path.stem.rpartition(".")[2]
    say = words(language)
    _, names = run(path.read_text("utf-8"))
    found = [value for value in names.values() if isinstance(value, Derivation)]
    assert found
    for d in found:
        assert d.options.lang == language
        page = open_page(d, language)
        assert page.locator("html").get_attribute("lang") == language
        count = len(d.steps)
        for position, (shown, phase, errors) in enumerate(page.evaluate(WALK, count), start=1):
            assert shown == say("page.position", position=position, count=count)
            assert say(f"page.{d.steps[position - 1].phase}") in phase
            assert errors == 0
