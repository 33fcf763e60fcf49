"""Every setting has its row on the page, and is either found out or has a reason why not."""

from __future__ import annotations

import re

from airflow_provider_flexout.outreach.probe.questions import NOT_PROBED, QUESTIONS
from tests.paths import DOCS


def rows(section):
    """Give the cells of the first table under a heading of the page."""
    page = (DOCS / "probe.md").read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_page_lists_what_is_found_out():
    named = [name for row in rows("What it finds out") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(QUESTIONS)


def test_the_page_gives_the_reasons_why_something_is_not():
    assert {row[0].strip("`"): row[1] for row in rows("What it does not find out")} == NOT_PROBED


def test_each_choice_is_a_sentence():
    for question in QUESTIONS.values():
        assert question.subject[0].isupper()
        for meaning in question.choices.values():
            assert re.fullmatch(r"[A-Z].+\.", meaning)
