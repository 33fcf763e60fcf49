"""TaskRouter's expressions: what they mean, and that nonsense is refused rather than misread."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.sandbox.state.expressions import ExpressionError, parse

ATTRIBUTES = {
    "key": "fx1",
    "n": 5,
    "vip": True,
    "none": None,
    "skills": ["sms", "email"],
    "name": "Ada Lovelace",
    "conversations": {"conversation_id": "KD1"},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("key == 'fx1'", True),
        ('key = "fx1"', True),
        ("key='fx2'", False),
        ("key != 'fx2'", True),
        ("missing == 'fx1'", False),
        ("missing != 'fx1'", True),
        ("n > 4 AND n >= 5 AND n < 6 AND n <= 5", True),
        ("n > 5.1", False),
        ("n == 5.0", True),
        ("n > 'a'", False),
        ("vip == true", True),
        ("vip == 1", False),
        ("vip > 0", False),
        ("none == null", True),
        ("key IN ['fx0', 'fx1']", True),
        ("key in []", False),
        ("key NOT IN ['fx0']", True),
        ("n IN [1, 5]", True),
        ("skills HAS 'sms'", True),
        ("skills has 'fax'", False),
        ("name HAS 'Ada'", False),
        ("name CONTAINS 'Love'", True),
        ("skills CONTAINS 'sms'", False),
        ("conversations.conversation_id == 'KD1'", True),
        ("conversations.conversation_id.deeper == 'KD1'", False),
        ("key == 'no' AND n == 5 OR vip == true", True),
        ("key == 'no' AND (n == 5 OR vip == true)", False),
        ("((key == 'fx1'))", True),
        ("key == 'fx1' and (n == 4 or n == 5)", True),
        ("key == 'it\\'s' OR key == 'a-b'", False),
        ("order == 1", False),
        ("1 == 1", True),
        ("0 != 1", True),
        ('"apple" == "orange"', False),
        ("5 <= n", True),
        ("'fx1' == key", True),
        ("key == name", False),
        ("key IN skills", False),
        ("'sms' IN skills", True),
        ("'fax' NOT IN skills", True),
        ("'fax' NOT IN missing", True),
        ("skills[1] == 'email' AND skills[2] == null", True),
        ("n IN[5]", True),
        ("key[0] == 'f'", False),
        ("skills == ['sms', 'email']", True),
    ],
)
def test_what_expressions_mean(expression, expected):
    assert parse(expression).matches(ATTRIBUTES) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "  ",
        "key",
        "key ==",
        "== 'x'",
        "key == HAS",
        "key IN [other]",
        "key IN [['x']]",
        "key IN ['x' 'y']",
        "key IN ['x',]",
        "key[-1] == 'x'",
        "key[one] == 'x'",
        "my-key == 'x'",
        "key == -1",
        "key == 'x",
        "(key == 'x'",
        "key == 'x')",
        "key == 'x' AND",
        "key == 'x' key == 'y'",
        "key IN 'x'",
        "key IN ['x'",
        "key NOT 'x'",
        "key LIKE 'x'",
        "key == 1x",
        "key; DROP",
        "(" * 1000 + "key == 1" + ")" * 1000,
    ],
)
def test_nonsense_is_refused(expression):
    with pytest.raises(ExpressionError):
        parse(expression)


values = st.one_of(st.text(), st.integers(0, 10**6), st.booleans(), st.none())
names = st.sampled_from(["a", "b", "c.d"])


def literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)


def reach(attributes: dict, name: str) -> object:
    for part in name.split("."):
        attributes = attributes.get(part) if isinstance(attributes, dict) else None
    return attributes


comparisons = st.tuples(names, st.sampled_from(["==", "!="]), values)
trees = st.recursive(
    comparisons,
    lambda inner: st.tuples(
        st.just("join"), st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def write(tree: tuple) -> str:
    if tree[0] == "join":
        return "(" + f" {tree[1]} ".join(write(each) for each in tree[2]) + ")"
    return f"{tree[0]} {tree[1]} {literal(tree[2])}"


def mean(tree: tuple, attributes: dict) -> bool:
    if tree[0] == "join":
        return (all if tree[1] == "AND" else any)(mean(each, attributes) for each in tree[2])
    actual, value = reach(attributes, tree[0]), tree[2]
    same = type(actual) is type(value) and actual == value
    return same == (tree[1] == "==")


@settings(deadline=None)
@given(
    trees, st.fixed_dictionaries({}, optional={"a": values, "b": values, "c": st.just({"d": "x"}) | values})
)
def test_any_expression_means_what_its_parts_mean(tree, attributes):
    assert parse(write(tree)).matches(attributes) is mean(tree, attributes)


@settings(deadline=None)
@given(st.text(alphabet="ab='\" ()[],.<>!ANDORIHSTC123-\\", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        expression = parse(text)
    except ExpressionError:
        return
    assert expression.matches({}) in {True, False}
