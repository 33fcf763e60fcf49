"""As much of an asset's state store as a trigger may use."""

from __future__ import annotations

import json
from typing import Any


class Store:
    """Keeps what JSON keeps."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str) -> Any:
        return self.kept.get(key)

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = json.loads(json.dumps(value))
