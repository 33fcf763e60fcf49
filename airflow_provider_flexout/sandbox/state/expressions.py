"""TaskRouter's expression language, as far as ``EvaluateTaskAttributes`` uses it.

Comparisons (``== = != < <= > >=``), ``IN``, ``NOT IN``, ``HAS``, ``CONTAINS``, ``AND``, ``OR``, parentheses,
dotted paths, numbers, and strings in single or double quotes. Hyphens are not supported outside of quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = ["Comparison", "Expression", "ExpressionError", "Junction", "at_path", "parse"]

_DEEPEST: Final = 50
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z_0-9.]))
      | (?P<word>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_0-9]+)*)
      | (?P<operator>==|!=|<=|>=|=|<|>)
      | (?P<punctuation>[()\[\],])
    )""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


class ExpressionError(ValueError):
    """An expression that can't be read."""


def at_path(attributes: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a dotted path, or None.

    :param attributes: parsed attributes.
    :param path: the path's parts.
    """
    for part in path:
        if not isinstance(attributes, dict):
            return None
        attributes = attributes.get(part)
    return attributes


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute compared with a value."""

    path: tuple[str, ...]
    operator: str
    value: Any

    def matches(self, attributes: Any) -> bool:
        """Tell whether a task's attributes fulfil this.

        :param attributes: the attributes, parsed.
        """
        actual, operator, value = at_path(attributes, self.path), self.operator, self.value
        if operator == "==":
            return _same(actual, value)
        if operator == "!=":
            return not _same(actual, value)
        if operator in {"IN", "NOT IN"}:
            return any(_same(actual, each) for each in value) == (operator == "IN")
        if operator == "HAS":
            return isinstance(actual, list) and any(_same(each, value) for each in actual)
        if operator == "CONTAINS":
            return isinstance(actual, str) and isinstance(value, str) and value in actual
        return _ordered(actual, operator, value)


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by AND or OR."""

    word: Literal["AND", "OR"]
    parts: tuple[Expression, ...]

    def matches(self, attributes: Any) -> bool:
        """Tell whether a task's attributes fulfil this.

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


def parse(text: str) -> Expression:
    """Read an expression.

    :param text: the expression.
    :raises ExpressionError: if it is wrong.
    """
    return _Parser(_tokens(text)).expression()


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

    def expression(self) -> Expression:
        if not self.tokens:
            raise ExpressionError("it is empty")
        result = self.junction("OR")
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
        kind, name = self.take()
        if kind != "word":
            raise ExpressionError(f"an attribute was expected, not {name!r}")
        path = tuple(name.split("."))
        kind, operator = self.take()
        operator = operator.upper() if kind == "word" else "==" if operator == "=" else operator
        if operator == "NOT" and self.skip("word", "IN"):
            operator = "NOT IN"
        if operator in {"IN", "NOT IN"}:
            return Comparison(path, operator, self.values())
        if operator in {"HAS", "CONTAINS"} or (kind == "operator" and operator in _OPERATORS):
            return Comparison(path, operator, self.value())
        raise ExpressionError(f"an operator was expected, not {operator!r}")

    def values(self) -> tuple[Any, ...]:
        self.expect("[")
        if self.skip("punctuation", "]"):
            return ()
        found = [self.value()]
        while self.skip("punctuation", ","):
            found.append(self.value())
        self.expect("]")
        return tuple(found)

    def value(self) -> Any:
        kind, text = self.take()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind == "number":
            return float(text) if "." in text else int(text)
        constants = {"true": True, "false": False, "null": None}
        if kind == "word" and text.lower() in constants:
            return constants[text.lower()]
        raise ExpressionError(f"a value was expected, not {text!r}")
