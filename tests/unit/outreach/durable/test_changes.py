"""The golden tests fail for every single change of ``durable.py``."""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_flexout.outreach import durable
from tests.unit.outreach.durable import mutate

HERE = Path(__file__).parent
GOLDEN = [
    HERE.parent / "test_durable.py",
    *(HERE / f"test_{part}.py" for part in ("keys", "records", "files")),
]


def checks(golden: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give each golden test with each set of its parameters."""
    for name, function in golden.items():
        if not name.startswith("test_") or not inspect.isfunction(function):
            continue
        marks = getattr(function, "pytestmark", [])
        if not marks:
            yield function, {}
        for mark in marks:
            names = [mark.args[0]] if isinstance(mark.args[0], str) else list(mark.args[0])
            for values in mark.args[1]:
                yield function, dict(zip(names, [values] if len(names) == 1 else values, strict=True))


def notices(tests: list[tuple[Any, dict[str, Any]]]) -> bool:
    """Say whether any golden test fails now."""
    try:
        for function, arguments in tests:
            function(**arguments)
    except Exception:
        return True
    return False


def test_no_change_passes(capsys: pytest.CaptureFixture[str]) -> None:
    # as they are: pytest would explain each failure at length
    tests = [test for golden in GOLDEN for test in checks(runpy.run_path(str(golden)))]
    assert not notices(tests)
    source, kept = Path(durable.__file__), dict(vars(durable))
    tried, passed = 0, []
    for what, tree in mutate.changes(source.read_text(encoding="utf-8")):
        tried += 1
        try:
            exec(compile(tree, source, "exec"), vars(durable))  # noqa: S102 - our own module, changed
            if not notices(tests):
                passed.append(what)
        except Exception:  # noqa: S112 - a module that cannot be imported is noticed
            continue
        finally:
            vars(durable).clear()
            vars(durable).update(kept)
    with capsys.disabled():
        print(f"\n{tried - len(passed)} of {tried} changes of durable.py are noticed")  # noqa: T201
    assert tried > 500
    assert "\n".join(passed) == ""
