"""The examples in docstrings run and print what they show."""

import doctest
import importlib
import pkgutil

import pytest

import kobai

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(kobai.__path__, "kobai.")
    if not module.name.endswith("__main__")
)


def examples_of(name: str) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_print_what_they_show(name: str) -> None:
    for test in examples_of(name):
        assert doctest.DocTestRunner().run(test).failed == 0, test.name


@pytest.mark.parametrize("name", [n for n in kobai.__all__ if n[0].islower()])
def test_a_public_function_has_an_example(name: str) -> None:
    thing = getattr(kobai, name)
    if callable(thing):
        assert ">>> " in thing.__doc__
