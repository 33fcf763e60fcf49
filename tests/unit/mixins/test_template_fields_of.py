"""An argument of an outreach is described once; what each class needs of it follows from its signature."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseNotifier, BaseOperator

import airflow_provider_flexout
from airflow_provider_flexout.get_provider_info import get_provider_info
from airflow_provider_flexout.mixins.templates import spec_of
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import InviteAgentOperator, TransferInteractionOperator
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.outreach.spec import OutreachSpec

PACKAGE = Path(airflow_provider_flexout.__file__).parent
FIELDS = OutreachSpec.__annotations__
"""The arguments and their types."""
TAKERS = (BulkOutreachOperator, CreateConversationOperator, CreateInteractionOperator, FlexNotifier)
EVERYTHING = (CreateConversationOperator, CreateInteractionOperator)
NEEDED: dict[type, dict[str, Any]] = {
    CreateConversationOperator: {"task_id": "create"},
    BulkOutreachOperator: {"task_id": "bulk", "contacts": [], "message": "Hello."},
    CreateInteractionOperator: {"task_id": "create"},
    FlexNotifier: {},
}
OTHER_TYPES = {
    (BulkOutreachOperator, "channel"): "str | None",
    (CreateConversationOperator, "channel"): "str",
    (FlexNotifier, "to"): "str | Sequence[str] | None",
}
"""Where a class takes other types than the spec. Contacts of a campaign have no Channel object in common, and
a conversation without an agent has none at all; a notifier may tell several people."""

OWNERS = (
    *(
        one
        for group in get_provider_info()["operators"]
        for module in group["python-modules"]
        for one in vars(importlib.import_module(module)).values()
        if inspect.isclass(one) and one.__module__ == module
    ),
    FlexNotifier,
)
NOT_RENDERED = {TransferInteractionOperator: {"wait_until"}, FlexNotifier: {"context"}}
FUNCTIONS = {"consent"}
"""What authors give as a function; text in its place is one of a few words."""


def arguments_of(owner: type) -> dict[str, str]:
    """Give the annotations of a class's own arguments."""
    taken = inspect.signature(owner.__init__).parameters
    return {name: one.annotation for name, one in taken.items() if name not in ("self", "kwargs")}


taken_by = pytest.mark.parametrize(
    ("taker", "name"),
    [(one, name) for one in TAKERS for name in inspect.signature(one.__init__).parameters if name in FIELDS],
    ids=lambda value: getattr(value, "__name__", value),
)


def test_the_operators_take_every_argument():
    assert set(FIELDS) <= {name for one in EVERYTHING for name in inspect.signature(one.__init__).parameters}


def test_every_argument_is_described_in_a_sentence():
    lines = ast.parse(inspect.getsource(OutreachSpec)).body[0].body
    described = {
        field.target.id: text.value.value
        for field, text in pairwise(lines)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    }
    assert described.keys() == FIELDS.keys()
    for name, sentence in described.items():
        assert re.fullmatch(r"[A-Z][^.]+\.", sentence), name


def test_no_argument_has_a_name_that_airflow_uses():
    airflows = {*dir(BaseOperator), *dir(BaseNotifier), *vars(BaseOperator(task_id="one"))}
    assert not airflows & set(FIELDS)


@taken_by
def test_the_signature_says_what_the_spec_says(taker, name):
    given = inspect.signature(taker.__init__).parameters[name]
    assert given.kind is inspect.Parameter.KEYWORD_ONLY
    assert given.default in (getattr(OutreachSpec, name), inspect.Parameter.empty)
    types = set(FIELDS[name].split(" | "))
    if (taker, name) in OTHER_TYPES:
        assert given.annotation == OTHER_TYPES[taker, name]
    else:
        assert types - {"None"} <= set(given.annotation.split(" | ")) <= types


@taken_by
def test_the_docstring_says_what_it_is(taker, name):
    assert f":param {name}: " in inspect.getdoc(taker)


@pytest.mark.parametrize("owner", OWNERS)
def test_every_argument_but_a_switch_is_a_template_field_once(owner):
    rendered = {name for name, one in arguments_of(owner).items() if "bool" not in one}
    assert type(owner.template_fields) is tuple
    assert len(set(owner.template_fields)) == len(owner.template_fields)
    assert rendered - NOT_RENDERED.get(owner, set()) <= set(owner.template_fields)
    switches = {name for name, one in arguments_of(owner).items() if "bool" in one}
    assert not (switches | NOT_RENDERED.get(owner, set())) & set(owner.template_fields)


@pytest.mark.parametrize("owner", [one for one in OWNERS if one is not FlexNotifier])
def test_what_may_be_an_object_is_shown_as_json(owner):
    objects = {name for name, one in arguments_of(owner).items() if "Mapping" in one}
    assert set(owner.template_fields_renderers) & set(arguments_of(owner)) == objects
    assert set(owner.template_fields_renderers.values()) <= {"json"}


@pytest.mark.parametrize("owner", OWNERS)
def test_what_its_mixins_take_is_described_and_rendered(owner):
    bases = [one for one in owner.__mro__ if "__init__" in vars(one)]
    mixins = [one for one in bases if one.__module__.startswith(f"{PACKAGE.name}.mixins.")]
    taken = {name: one for mixin in mixins for name, one in arguments_of(mixin).items()}
    described = "\n".join(inspect.getdoc(one) for one in owner.__mro__ if one in OWNERS)
    assert not {name for name in taken if f":param {name}: " not in described}
    rendered = {name for name, one in taken.items() if "bool" not in one} - FUNCTIONS
    assert rendered - NOT_RENDERED.get(owner, set()) <= set(owner.template_fields)


def test_an_argument_that_a_base_renders_too_is_rendered_once():
    assert InviteAgentOperator.template_fields.count("wait_until") == 1
    assert {"wait_until", "flexout_conn_id"} <= set(InviteAgentOperator.template_fields)
    assert {"contact_window", "suppression"} <= set(BulkOutreachOperator.template_fields)
    assert BulkOutreachOperator.template_fields_renderers["contact_window"] == "json"


@pytest.mark.parametrize("taker", TAKERS)
def test_arguments_are_kept_as_they_are_until_airflow_renders_them(taker):
    names = [name for name in inspect.signature(taker.__init__).parameters if name in FIELDS]
    given: dict[str, Any] = {name: f"{{{{ params.{name} }}}}" for name in names}
    given |= {name: not getattr(OutreachSpec, name) for name in names if FIELDS[name] == "bool"}
    one = taker(**given, **NEEDED[taker])
    assert all(getattr(one, name) is value for name, value in given.items())
    filled = spec_of(one)
    for name in FIELDS:
        assert getattr(filled, name) == given.get(name, getattr(OutreachSpec, name))


def test_the_spec_is_shown_without_addresses():
    assert "+12025550117" not in repr(OutreachSpec(channel="sms", to="+12025550117"))


def named_in(node: ast.AST) -> set[str]:
    """Give the arguments of an outreach that a piece of code names one by one, other than in a signature."""
    if isinstance(node, ast.Call):
        return {one.arg for one in node.keywords if one.arg in FIELDS}
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return {one.value for one in node.elts if isinstance(one, ast.Constant) and one.value in FIELDS}
    if isinstance(node, ast.Dict):
        return {one.value for one in node.keys if isinstance(one, ast.Constant) and one.value in FIELDS}
    if isinstance(node, ast.FunctionDef):
        targets = (one for line in node.body if isinstance(line, ast.Assign) for one in line.targets)
        return {one.attr for one in targets if isinstance(one, ast.Attribute) and one.attr in FIELDS}
    return set()


@pytest.mark.parametrize("room", ["operators", "notifications", "mixins", "alerts", "bulk", "outreach"])
def test_nobody_lists_them_again(room):
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            again = named_in(node)
            assert len(again) < 7, f"{path}:{node.lineno} lists {sorted(again)}"


def test_a_name_that_is_no_argument_is_refused():
    with pytest.raises(TypeError, match="OutreachSpec has no argument 'chanel'"):
        OutreachSpec(chanel="sms")


def test_a_spec_can_be_changed_in_a_copy():
    changed = OutreachSpec(channel="sms", to="+12025550117").changed(to="+12025550118")
    assert (changed.channel, changed.to, changed.on_open_conversation) == ("sms", "+12025550118", "fail")
