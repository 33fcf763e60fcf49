"""The operations in Twilio's API documents, those that the sandbox does not have included."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["TwilioOperation", "shape", "twilio_operations"]


class TwilioOperation(NamedTuple):
    """One operation in Twilio's OpenAPI documents.

    :param api: the API that it belongs to.
    :param name: its operationId.
    :param method: HTTP method.
    :param path: path with named parts in braces.
    """

    api: str
    name: str
    method: str
    path: str


@lru_cache(maxsize=1)
def twilio_operations() -> tuple[TwilioOperation, ...]:
    """Return all of them, API by API."""
    listed = json.loads((files(__package__) / "twilio_operations.json").read_text())
    return tuple(TwilioOperation(*each) for each in listed)


def shape(path: str) -> str:
    """Return a path with its named parts unnamed, so that documents and code can be compared.

    :param path: path with named parts in braces.
    """
    return re.sub(r"{[^}]*}", "{}", path)
