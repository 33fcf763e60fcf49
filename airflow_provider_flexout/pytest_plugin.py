"""The pytest fixture ``flex_sandbox``: a stand-in for Twilio on a port, and the Airflow connection to it.

pytest loads this module wherever the package is installed, so it imports nothing but pytest. The sandbox is
imported when a test first uses the fixture. Airflow need not be initialised, nor even imported.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from airflow_provider_flexout.sandbox import Sandbox

__all__ = ["flex_sandbox"]


_AS = "flex_sandbox_as"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Describe the ini option.

    :param parser: pytest's.
    """
    parser.addini(
        _AS, "A file of flexout probe: flex_sandbox behaves as Twilio did then. Relative to the ini file."
    )


@pytest.fixture(scope="session")
def _served_sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    if find_spec("uvicorn") is None:
        needs = "flex_sandbox needs uvicorn: pip install 'airflow-provider-flexout[sandbox]'"
        pytest.fail(needs, pytrace=False)
    from airflow_provider_flexout.sandbox import Sandbox  # imported only when it is used
    from airflow_provider_flexout.sandbox.wire.settings_file import read_settings

    settings = None
    if file := pytestconfig.getini(_AS):
        folder = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
        try:
            settings = read_settings(folder / file)
        except ValueError as error:
            pytest.fail(f"{_AS}: {error}", pytrace=False)
    with Sandbox(seed=7, settings=settings).serve() as sandbox:
        yield sandbox


@pytest.fixture
def flex_sandbox(_served_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Provide an empty sandbox, to which the connection ``flexout_default`` leads.

    One server serves the whole session, and the sandbox is emptied for each test. The clock begins at the
    present and flows; scripts, faults and settings of one test are gone in the next.
    """
    _served_sandbox.reset()
    _served_sandbox.clock.restart()
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(_served_sandbox.connection()))
    for name in ("no_proxy", "NO_PROXY"):  # a proxy would ask another machine by this name
        monkeypatch.setenv(name, ",".join(filter(None, [os.environ.get(name), "127.0.0.1"])))
    return _served_sandbox


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the transcripts under the report of a test that failed.

    :param item: the test.
    """
    report = yield
    used: dict[str, Any] = getattr(item, "funcargs", {})
    if report.failed and report.when == "call" and "flex_sandbox" in used:
        report.sections.append(("flex_sandbox", used["flex_sandbox"].story()))
    return report
