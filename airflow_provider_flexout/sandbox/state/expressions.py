"""TaskRouter's expression language, of searches, of queues, and of workflows.

Comparisons (``== = != < <= > >=``), ``IN``, ``NOT IN``, ``HAS``, ``CONTAINS``, ``AND``, ``OR``, parentheses,
paths such as ``object.array[2]``, numbers, lists, and strings in single or double quotes. On either side of a
comparison stands a path or a constant; a path that leads nowhere is null. Hyphens are not supported outside
of quotes.

https://www.twilio.com/docs/taskrouter/expression-syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Comparison",
    "Constant",
    "Expression",
    "ExpressionError",
    "Junction",
    "Path",
    "at_path",
    "parse",
    "parse_operand",
]

_Read = TypeVar("_Read")
_DEEPEST: Final = 50
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z_0-9.]))
      | (?P<word>(?i:in)(?=\[)|[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_0-9]+|\[[0-9]{1,9}\])*)
      | (?P<operator>==|!=|<=|>=|=|<|>)
      | (?P<punctuation>[()\[\],])
    )""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_NAMED: Final = frozenset({"IN", "NOT IN", "HAS", "CONTAINS"})
_RESERVED: Final = frozenset({"AND", "OR", "NOT", "IN", "HAS", "CONTAINS"})


class ExpressionError(ValueError):
    """An expression that can't be read."""


def at_path(attributes: Any, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path, or None.

    :param attributes: parsed attributes.
    :param path: the path's parts: names, and the indexes of lists.
    """
    for part in path:
        if isinstance(part, int):
            attributes = attributes[part] if isinstance(attributes, list) and part < len(attributes) else None
        else:
            attributes = attributes.get(part) if isinstance(attributes, dict) else None
    return attributes


@dataclass(frozen=True, slots=True)
class Path:
    """A place in the attributes."""

    parts: tuple[str | int, ...]

    def of(self, attributes: Any) -> Any:
        """Return what stands there, or None.

        :param attributes: the attributes, parsed.
        """
        return at_path(attributes, self.parts)


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number, true, false, null, or a list of them."""

    value: Any

    def of(self, _: Any) -> Any:
        """Return it, whatever the attributes are."""
        return list(self.value) if isinstance(self.value, tuple) else self.value


Operand = Path | Constant


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared."""

    left: Operand
    operator: str
    right: Operand

    def matches(self, attributes: Any) -> bool:
        """Tell whether attributes fulfil this.

        :param attributes: the attributes, parsed.
        """
        left, operator, right = self.left.of(attributes), self.operator, self.right.of(attributes)
        if operator == "==":
            return _same(left, right)
        if operator == "!=":
            return not _same(left, right)
        if operator in {"IN", "NOT IN"}:
            among = isinstance(right, list) and any(_same(left, each) for each in right)
            return among == (operator == "IN")
        if operator == "HAS":
            return isinstance(left, list) and any(_same(each, right) for each in left)
        if operator == "CONTAINS":
            return isinstance(left, str) and isinstance(right, str) and right in left
        return _ordered(left, operator, right)


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by AND or OR."""

    word: Literal["AND", "OR"]
    parts: tuple[Expression, ...]

    def matches(self, attributes: Any) -> bool:
        """Tell whether attributes fulfil this.

        :param attributes: the attributes, parsed.
        """
        results = (part.matches(attributes) for part in self.parts)
        return all(results) if self.word == "AND" else any(results)


Expression = Comparison | Junction


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _ordered(actual: Any, operator: str, value: Any) -> bool:
    if isinstance(actual, bool) or isinstance(value, bool):
        return False
    numbers = isinstance(actual, (int, float)) and isinstance(value, (int, float))
    if not numbers and not (isinstance(actual, str) and isinstance(value, str)):
        return False
    return bool(
        {
            "<": actual < value,
            "<=": actual <= value,
            ">": actual > value,
            ">=": actual >= value,
        }[operator]
    )


@lru_cache(maxsize=512)
def parse(text: str) -> Expression:
    """Read an expression.

    :param text: the expression.
    :raises ExpressionError: if it is wrong.
    """
    return _Parser(_tokens(text)).whole(lambda parser: parser.junction("OR"))


def parse_operand(text: str) -> Operand:
    """Read what may stand on one side of a comparison, such as ``task.agent_sid``.

    :param text: a path or a constant.
    :raises ExpressionError: if it is wrong.
    """
    return _Parser(_tokens(text)).whole(lambda parser: parser.operand())


def _path(text: str) -> Path:
    return Path(
        tuple(int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[[0-9]+\]|[^.\[]+", text))
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            reason = "hyphens are not supported" if rest.startswith("-") else "can't be read"
            raise ExpressionError(f"{reason} at {rest[:20]!r}")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    def whole(self, read: Callable[[_Parser], _Read]) -> _Read:
        if not self.tokens:
            raise ExpressionError("it is empty")
        result = read(self)
        if self.position < len(self.tokens):
            raise ExpressionError(f"unexpected {self.tokens[self.position][1]!r}")
        return result

    def take(self) -> tuple[str, str]:
        if self.position == len(self.tokens):
            raise ExpressionError("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def skip(self, kind: str, text: str) -> bool:
        if self.position < len(self.tokens):
            found, value = self.tokens[self.position]
            if found == kind and value.upper() == text:
                self.position += 1
                return True
        return False

    def expect(self, text: str) -> None:
        if not self.skip("punctuation", text):
            raise ExpressionError(f"{text} is missing")

    def junction(self, word: Literal["AND", "OR"]) -> Expression:
        parts = [self.junction("AND") if word == "OR" else self.part()]
        while self.skip("word", word):
            parts.append(self.junction("AND") if word == "OR" else self.part())
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def part(self) -> Expression:
        if not self.skip("punctuation", "("):
            return self.comparison()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError("too many parentheses")
        inner = self.junction("OR")
        self.expect(")")
        self.depth -= 1
        return inner

    def comparison(self) -> Comparison:
        left = self.operand()
        kind, operator = self.take()
        operator = operator.upper() if kind == "word" else "==" if operator == "=" else operator
        if operator == "NOT" and self.skip("word", "IN"):
            operator = "NOT IN"
        if operator in _NAMED or (kind == "operator" and operator in _OPERATORS):
            right = self.operand()
            if operator in {"IN", "NOT IN"} and isinstance(right, Constant) and not _is_list(right):
                raise ExpressionError(f"{operator} needs a list")
            return Comparison(left, operator, right)
        raise ExpressionError(f"an operator was expected, not {operator!r}")

    def operand(self) -> Operand:
        if self.skip("punctuation", "["):
            return Constant(self.values())
        kind, text = self.take()
        if kind == "string":
            return Constant(re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL))
        if kind == "number":
            return Constant(float(text) if "." in text else int(text))
        if kind != "word" or text.upper() in _RESERVED:
            raise ExpressionError(f"an attribute or a value was expected, not {text!r}")
        constants = {"true": True, "false": False, "null": None}
        return Constant(constants[text.lower()]) if text.lower() in constants else _path(text)

    def values(self) -> tuple[Any, ...]:
        found: list[Any] = []
        while not self.skip("punctuation", "]"):
            if found:
                self.expect(",")
            value = self.operand()
            if not isinstance(value, Constant) or _is_list(value):
                raise ExpressionError("a list holds texts, numbers, true, false and null")
            found.append(value.value)
        return tuple(found)


def _is_list(operand: Constant) -> bool:
    return isinstance(operand.value, tuple)
