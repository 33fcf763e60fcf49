"""The DAGs that stand in the pages, run as a reader would run them."""

from __future__ import annotations

import re
import textwrap

import pytest

from tests.paths import DOCS, ROOT

ADA, BOB = "+12025550141", "+12025550142"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
BLOCKS = [
    (page.name, code)
    for page in PAGES
    for code in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
]
WHOLE = [(page, code) for page, code in BLOCKS if re.search(r"^from airflow.sdk import dag$", code, re.M)]
GROUPS = [(page, code) for page, code in BLOCKS if re.search(r"^\w+\.expand_kwargs\(rows\(\)\)", code, re.M)]
AROUND = """
from airflow.sdk import dag, task, task_group

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

OPTED_OUT = []


@task
def rows():
    return {rows}


@dag(schedule=None)
def {name}():
{block}


{name}()
"""
"""What a block has around it of which the page shows the task group alone."""


def test_there_are_some():
    assert {page for page, _ in WHOLE} >= {"README.md", "first-account.md", "testing.md"}
    assert {page for page, _ in GROUPS} == {"README.md", "moving.md", "operators.md"}


@pytest.mark.parametrize(("page", "code"), WHOLE, ids=[page for page, _ in WHOLE])
def test_a_whole_dag_tells_the_customer(dag_of, served, page, code):
    served.agent().accepts(after=0)
    dag = dag_of(code)
    given = {"phone": ADA} if "phone" in dag.params else None
    assert dag.test(run_conf=given).state == "success"
    assert [message.startswith("Hello") for message in served.conversation_with(ADA).texts] == [True]


@pytest.mark.parametrize(("page", "code"), GROUPS, ids=[page for page, _ in GROUPS])
def test_a_mapped_group_tells_each_customer_their_text(dag_of, served, page, code):
    first = re.search(r"^def \w+\((\w+), (\w+)\):", code, re.M)
    told = {ADA: "Hello Ada", BOB: "Hello Bob"}
    given = [{first[1]: address, first[2]: text} for address, text in told.items()]
    block = re.sub(r"^(from|import) .*\n", "", code, flags=re.M)
    around = AROUND.format(name=f"of_{page[:-3]}", rows=given, block=textwrap.indent(block, "    "))
    assert dag_of(around).test().state == "success"
    assert {address: served.conversation_with(address).texts for address in told} == {
        address: [text] for address, text in told.items()
    }
