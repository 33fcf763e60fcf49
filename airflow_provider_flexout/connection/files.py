"""Files to send and to write, local or in object storage."""

from __future__ import annotations

import mimetypes
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.connection.lineage import report_written
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.media import File
from airflow_provider_flexout.twilio.http.redaction import mask_text, masked_repr

if TYPE_CHECKING:
    from os import PathLike

_TYPES = {".amr": "audio/amr", ".heic": "image/heic", ".oga": "audio/ogg"}
"""Those of Twilio's types that Python does not know on every machine."""


def file_at(place: str | PathLike[str] | ObjectStoragePath) -> File:
    """Describe a file without reading it.

    :param place: a local path, or an object's URL such as ``s3://aws_default@bucket/invoice.pdf``.
    :raises InvalidInput: when the file's name does not tell its type.
    """
    path = place if isinstance(place, ObjectStoragePath) else ObjectStoragePath(str(place))
    content_type = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
    if content_type is None:
        raise InvalidInput(
            "media",
            f"{masked_repr(path.name)} has no ending that tells its type; name the file with one, such as "
            ".png or .pdf.",
        )
    name, size = mask_text(path.name), lambda: int(path.stat().st_size)
    return File(name, content_type.lower(), size=size, read=path.read_bytes)


def put_file(made: Path, file: ObjectStoragePath) -> None:
    """Put a file in its place. Anybody who reads it meanwhile gets the whole old file or the whole new one.

    :param made: the file, whole.
    :param file: its place. Object storage shows an object once it is there as a whole.
    """
    report_written(file)
    if file.protocol != "file":
        file.fs.put_file(str(made), file.path)
        return
    beside = Path(file.path).with_name(f".{file.name}.part")
    shutil.copyfile(made, beside)
    beside.replace(file.path)
