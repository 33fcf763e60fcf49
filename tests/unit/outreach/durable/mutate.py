"""Every change of a module in one place: what a golden test has to notice.

What is changed: each text and number, each operator, comparison and condition, the order of neighbours in
tuples, dicts, calls and parameters, the hash, slices, and calls that shape a value. Each statement of a
function is left out once. Docstrings, annotations and imports stay.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

HASHES = ("sha3_256", "sha512", "sha1", "md5", "blake2s")
SHAPING = ("str", "float", "bool", "list", "sorted", "set")
OPPOSITES = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.NotEq: ast.Eq,
    ast.Eq: ast.NotEq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
}


def changes(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Give each changed module, with a line that says what was changed.

    :param source: the module's.
    """
    statements = ast.parse(source).body
    for number, statement in enumerate(statements):
        for place, node in enumerate(_nodes(statement)):
            for change in _changes_of(node):
                changed = copy.deepcopy(statement)
                what = change(_nodes(changed)[place])
                body = [*statements[:number], ast.fix_missing_locations(changed), *statements[number + 1 :]]
                yield f"line {getattr(node, 'lineno', 0)}: {what}", ast.Module(body, type_ignores=[])


def _nodes(statement: ast.stmt) -> list[Any]:
    """List what runs of a statement, in an order that is the same for each copy."""
    found: list[Any] = []

    def visit(node: ast.AST) -> None:
        found.append(node)
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and name not in ("annotation", "returns") and _runs(child):
                    visit(child)

    if _runs(statement):
        visit(statement)
    return found


def _runs(node: ast.AST) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return not (is_docstring or is_for_types or isinstance(node, (ast.Import, ast.ImportFrom)))


Change = Callable[[Any], str]
"""It changes a node in place, and says how."""


def _changes_of(node: Any) -> Iterator[Change]:
    yield from _changes_of_values(node)
    for name in ("elts", "args", "values", "keys"):
        items = getattr(node, name, None)
        if isinstance(items, list) and not (isinstance(node, ast.Dict) and name == "values"):
            yield from (_reorder(name, place) for place in range(len(items) - 1))
    for name, place, inner in _shaped(node):
        yield _strip(name, place, inner)
    if isinstance(node, (ast.FunctionDef, ast.If)):
        yield from (_leave_out(place) for place, one in enumerate(node.body) if _runs(one))


def _changes_of_values(node: Any) -> Iterator[Change]:
    if isinstance(node, ast.Constant):
        yield from (_set("value", value) for value in _other_values(node.value))
    if isinstance(node, ast.Attribute) and node.attr == "sha256":
        yield from (_set("attr", name) for name in HASHES)
    if isinstance(node, ast.Compare):
        yield _set("ops", [OPPOSITES[type(node.ops[0])]()])
    if isinstance(node, ast.BinOp):
        yield _set("op", ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
        yield _exchange("left", "right")
    if isinstance(node, ast.BoolOp):
        yield _set("op", ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    if isinstance(node, (ast.If, ast.IfExp)):
        yield _set("test", ast.UnaryOp(ast.Not(), node.test))
        yield from (_set("test", ast.Constant(value)) for value in (True, False))
    if isinstance(node, ast.Slice):
        yield _set("upper", None)


def _other_values(value: object) -> list[object]:
    if isinstance(value, str):
        others: list[object] = [f"{value}x", value[:-1], value.upper(), value.lower()]
    elif isinstance(value, bool) or value is None:
        others = [not value]
    else:
        others = [value + 1, value - 1]  # type: ignore[operator]
    return [one for place, one in enumerate(others) if one != value and one not in others[:place]]


def _shaped(node: Any) -> Iterator[tuple[str, int | None, ast.expr]]:
    """Find the calls such as ``str(…)`` that a node holds, and what they are given."""
    for name, value in ast.iter_fields(node):
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, ast.Call) and getattr(item.func, "id", "") in SHAPING:
                yield name, place if isinstance(value, list) else None, item.args[0]


def _set(name: str, value: Any) -> Change:
    def change(node: Any) -> str:
        before = getattr(node, name)
        setattr(node, name, copy.deepcopy(value))
        return f"{name} {before!r} -> {value!r}"

    return change


def _exchange(one: str, other: str) -> Change:
    def change(node: Any) -> str:
        first, second = getattr(node, one), getattr(node, other)
        setattr(node, one, second)
        setattr(node, other, first)
        return f"{one} and {other} exchanged in {ast.unparse(node)}"

    return change


def _reorder(name: str, place: int) -> Change:
    def change(node: Any) -> str:
        for one in (name, "values") if isinstance(node, ast.Dict) else (name,):
            items = getattr(node, one)
            items[place], items[place + 1] = items[place + 1], items[place]
        return f"{name} {place} and {place + 1} exchanged"

    return change


def _strip(name: str, place: int | None, inner: ast.expr) -> Change:
    def change(node: Any) -> str:
        if place is None:
            setattr(node, name, copy.deepcopy(inner))
        else:
            getattr(node, name)[place] = copy.deepcopy(inner)
        return f"taken by itself: {ast.unparse(inner)}"

    return change


def _leave_out(place: int) -> Change:
    def change(node: Any) -> str:
        left_out = ast.unparse(node.body[place])
        node.body[place] = ast.Pass()
        return f"left out: {left_out}"

    return change
