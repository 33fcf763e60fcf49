"""Settings from a file that ``flexout probe`` has written about an account of Twilio's.

A file that somebody writes by hand needs ``format``, ``version`` and ``settings`` only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_settings"]

_FORMAT: Final = "flexout probe"
_VERSION: Final = 1


def read_settings(path: Path) -> SandboxSettings:
    """Read the settings; those that are not in the file have their defaults.

    :param path: the file.
    :raises ValueError: if it can't be read, is no such file, or a setting in it is wrong. The message is a
        sentence that names the file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    settings = SandboxSettings()
    try:
        settings.update(_settings_of(document))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} can't be used: {error}.") from error
    return settings


def _settings_of(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError(f'it is not a file of flexout probe: its "format" is not "{_FORMAT}"')
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise ValueError(f'its "version" is {json.dumps(version)}, not a number from 1')
    if version > _VERSION:
        raise ValueError(
            f"it has version {version}, and this version of flexout reads {_VERSION}. Upgrade it"
        )
    settings = document.get("settings")
    if not isinstance(settings, dict):
        raise ValueError('its "settings" are missing')  # noqa: TRY004 - a file is a value
    return settings
