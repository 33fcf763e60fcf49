"""The way from a request to the operation that handles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.wire.http import ApiError, not_found, read_pairs
from airflow_provider_flexout.sandbox.wire.parameters import parse_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.http import ApiResponse, HttpRequest
    from airflow_provider_flexout.sandbox.wire.twilio_operations import TwilioOperation

__all__ = ["Routes", "prepare"]


def _refuse(request: ApiRequest) -> ApiResponse:
    raise request.not_found()  # never called: what is absent is refused before its handler is reached


class _Node:
    __slots__ = ("fixed", "operations", "variable")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.operations: dict[str, tuple[Operation, tuple[str, ...]]] = {}


class Routes:
    """The routing table.

    :param operations: what it leads to.
    :param absent: the rest of Twilio's; they must not be taken for something else, ``Statistics`` for a SID.
    """

    __slots__ = ("_operations", "_root", "names")

    def __init__(self, operations: Iterable[Operation], *, absent: Iterable[TwilioOperation] = ()) -> None:
        self._root = _Node()
        self._operations = tuple(operations)
        self.names = frozenset(operation.name for operation in self._operations)
        for each in absent:
            self._add(Operation(each.name, each.method, each.path, _refuse, absent=True))
        for operation in self._operations:
            self._add(operation)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, []
        for part in operation.path.strip("/").split("/"):
            if part.startswith("{"):
                names.append(part[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(part, _Node())
        node.operations[operation.method] = (operation, tuple(names))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """Return the operation for a request, with the named parts of its path.

        :param method: HTTP method.
        :param path: decoded path.
        :raises ApiError: 404 for an unknown path, 405 for a method that it doesn't know.
        """
        node, values = self._root, []
        for part in path.removeprefix("/").split("/"):
            following = node.fixed.get(part)
            if following is None:
                following = node.variable
                values.append(part)
            if following is None or not part:
                raise not_found(path)
            node = following
        if not node.operations:
            raise not_found(path)
        if method not in node.operations:
            raise ApiError(405, 20004, "Method not allowed", {"Allow": ", ".join(sorted(node.operations))})
        operation, names = node.operations[method]
        return operation, dict(zip(names, values, strict=True))


def prepare(store: Store, operation: Operation, params: dict[str, str], request: HttpRequest) -> ApiRequest:
    """Read a request's query and form as strictly as its operation wants it.

    :param store: the sandbox's state.
    :param operation: the operation that was found.
    :param params: the named parts of the path.
    :param request: the request.
    :raises ApiError: 400/20001.
    """
    try:
        pairs = read_pairs(request.query)
        form = request.form() if request.method == "POST" and operation.body == "form" else []
        given = request.json() if operation.body == "json" else {}
    except UnicodeDecodeError as error:
        raise ApiError(400, 20001, "The request is not UTF-8") from error
    except ValueError as error:
        raise ApiError(400, 20001, str(error)) from error
    lenient = store.settings.unknown_fields == "ignore"
    return ApiRequest(
        store,
        request.base,
        request.path,
        params,
        parse_fields(form, operation.form, ignore_unknown=lenient),
        parse_fields(pairs, operation.query, ignore_unknown=lenient),
        request.headers,
        pairs,
        given,
        request.body,
    )
