"""The pages show what stands in the example DAGs, between ``# [START name]`` and ``# [END name]``."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest

from tests.paths import DOCS, EXAMPLES

SHOWN = re.compile(r"<!-- (\w+\.py): (\w+) -->\n+```python\n(.*?)```", re.DOTALL)
"""What stands above a block of code in a page, and the block."""
REGION = re.compile(r"^ *# \[START (\w+)\]\n(.*?)^ *# \[END \1\]$", re.DOTALL | re.MULTILINE)
FAMILIES = {
    "interactions.md": "sms_outreach.py",
    "messages.md": "whatsapp_template_outreach.py",
    "agent-on-reply.md": "agent_on_reply.py",
    "follow-ups.md": "follow_up_cadence.py",
    "bulk.md": "bulk_outreach.py",
    "agents.md": "escalation.py",
    "waiting.md": "wait_for_reply.py",
    "results.md": "campaign_results.py",
    "alerts.md": "dq_alert_outreach.py",
}
"""The page of each family of operators, and the example DAG that it shows."""


def regions() -> dict[tuple[str, str], str]:
    return {
        (path.name, name): textwrap.dedent(code).strip()
        for path in sorted(EXAMPLES.glob("*.py"))
        for name, code in REGION.findall(path.read_text("utf-8"))
    }


def shown() -> list[tuple[str, str, str, str]]:
    return [
        (page.name, example, name, code.strip())
        for page in sorted(DOCS.glob("*.md"))
        for example, name, code in SHOWN.findall(page.read_text("utf-8"))
    ]


def lines(code: str) -> list[str]:
    """Leave empty lines out: there are two of them between functions that are not indented."""
    return [line for line in code.splitlines() if line]


@pytest.mark.parametrize(("page", "example", "name", "code"), shown(), ids=lambda value: str(value)[:30])
def test_the_page_shows_what_the_example_does(page, example, name, code):
    assert lines(code) == lines(regions()[example, name]), f"Copy it from dags_examples/{example} to {page}."


def test_each_marked_region_is_shown():
    assert set(regions()) == {(example, name) for _, example, name, _ in shown()}


@pytest.mark.parametrize(("page", "example"), FAMILIES.items(), ids=list(FAMILIES))
def test_each_family_of_operators_shows_its_example(page, example):
    assert example in {file for shown_on, file, _, _ in shown() if shown_on == page}
    assert f"(../dags_examples/{example})" in (DOCS / page).read_text("utf-8")


def test_every_marker_has_its_end():
    for path in EXAMPLES.glob("*.py"):
        text = path.read_text("utf-8")
        assert len(re.findall(r"# \[(?:START|END) ", text)) == 2 * len(REGION.findall(text)), path.name


def test_each_example_says_what_has_to_be_installed_for_it():
    """What a plain install lacks; Airflow itself brings the providers `common-sql` and `standard`."""
    lacking = {}
    for path in EXAMPLES.glob("*.py"):
        code = path.read_text("utf-8")
        told = ast.get_docstring(ast.parse(code)) or ""
        modules = re.findall(r"from airflow\.providers\.(common\.\w+|\w+)", code)
        needed = {f"apache-airflow-providers-{one.replace('.', '-')}" for one in modules}
        needed -= {f"apache-airflow-providers-{one}" for one in ("common-sql", "standard")}
        if '"holidays"' in code:
            needed.add("airflow-provider-flexout[holidays]")
        extras = set(re.findall(r"airflow-provider-flexout\[\w+\]", told))
        if missing := {one for one in needed if one not in told}:
            lacking[path.name] = missing
        assert extras <= needed | {"airflow-provider-flexout[demo]"}, path.name
    assert lacking == {}
