"""Settings from a file of ``flexout probe``: what is taken, and what is refused with a sentence."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.probe.questions import QUESTIONS
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings
from airflow_provider_flexout.sandbox.wire.settings_file import read_settings
from tests.unit.outreach.durable.test_files import PROBE


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "probe.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    return write


def of(**settings):
    return {"format": "flexout probe", "version": 1, "settings": settings}


def test_the_file_that_a_probe_writes_is_taken(written):
    expected = {**SandboxSettings().as_dict(), "close_twice": "refuse", "task_list_lag": 2.0}
    assert read_settings(written(PROBE)).as_dict() == expected
    assert (durable.PROBE_FORMAT, durable.PROBE_VERSION) == ("flexout probe", 1)


def test_what_is_not_in_it_has_its_default(written):
    assert read_settings(written(of())) == SandboxSettings()


def test_every_choice_that_a_probe_can_find_is_taken(written):
    for setting, question in QUESTIONS.items():
        for value in question.choices or (2.0,):
            settings = read_settings(written(of(**{setting: value})))
            assert settings.as_dict()[setting] == value


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ([], "not a file of flexout probe"),
        ({"settings": {}}, "not a file of flexout probe"),
        ({**of(), "version": 2}, "it has version 2, and this version of flexout reads 1"),
        ({**of(), "version": "1"}, 'its "version" is "1"'),
        ({**of(), "version": True}, 'its "version" is true'),
        ({**of(), "settings": None}, 'its "settings" are missing'),
        (of(colour="blue"), "no such setting: colour"),
        (of(close_twice="maybe"), "close_twice is one of refuse, accept, not 'maybe'"),
        (of(close_twice=["refuse"]), "close_twice is one of"),
        (of(task_list_lag="soon"), "soon"),
        (of(task_list_lag=-1), "-1"),
        (of(task_list_lag={}), "can't be used"),
    ],
)
def test_what_is_wrong_is_refused_with_the_file_named(written, document, problem):
    path = written(document)
    with pytest.raises(ValueError, match=r"^/") as refused:
        read_settings(path)
    assert str(refused.value).startswith(str(path))
    assert problem in str(refused.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"none\.json can't be read: No such file"):
        read_settings(tmp_path / "none.json")


def test_a_reset_goes_back_to_the_settings_of_the_start(written):
    sandbox = Sandbox(settings=read_settings(written(of(close_twice="accept"))))
    sandbox.settings.close_twice = "refuse"
    sandbox.reset()
    assert sandbox.settings.close_twice == "accept"
