"""The sandbox's own OpenAPI document, made from its routes: its operations, and the fields that they take.

Twilio's documents describe Twilio's responses; this one describes which of Twilio's operations are here, with
the checks that the sandbox makes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.parameters import absent, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_provider_flexout.sandbox.api.operation import Operation
    from airflow_provider_flexout.sandbox.wire.parameters import Param

__all__ = ["document"]

_BODIES: Final = {
    "json": {"application/json": {"schema": {"type": "object"}}},
    "raw": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_RESPONSES: Final = {
    "2XX": {"description": "Twilio's response."},
    "4XX": {"description": "An error with Twilio's code, in Twilio's error body."},
}


def document(operations: Iterable[Operation], base: str) -> dict[str, Any]:
    """Return the document.

    :param operations: what the sandbox has.
    :param base: where the sandbox is.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    schemes = {
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stand-in for Twilio Flex, Conversations and TaskRouter", "version": "1"},
        "servers": [{"url": base}],
        "components": {"securitySchemes": schemes},
        "security": [{"basic": []}, {"bearer": []}],
        "paths": paths,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
                for name in re.findall(r"{(\w+)}", operation.path)
            ),
            *(
                {"name": name, "in": "query", "required": param.required, "schema": schema_of(param)}
                for name, param in operation.query.items()
            ),
        ],
        "responses": _RESPONSES,
    }
    if operation.public:
        described["security"] = []
    if operation.method == "POST":
        described["requestBody"] = {"content": _BODIES.get(operation.body) or _form(operation.form)}
    return described


def _form(fields: Mapping[str, Param]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {name: schema_of(param) for name, param in fields.items() if param.check is not absent},
        "required": [name for name, param in fields.items() if param.required],
        "additionalProperties": False,
    }
    return {"application/x-www-form-urlencoded": {"schema": schema}}
