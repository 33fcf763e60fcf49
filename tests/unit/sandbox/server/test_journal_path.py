"""Paths that cannot hold a journal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from airflow_provider_flexout.sandbox.server.journal_path import refuse_path


def test_a_path_that_can(tmp_path):
    assert refuse_path(tmp_path / "new.db") is None
    (tmp_path / "old.db").touch()
    assert refuse_path(tmp_path / "old.db") is None


def test_paths_that_cannot(tmp_path):
    (tmp_path / "file").touch()
    assert refuse_path(tmp_path) == f"{tmp_path} is a folder. Name a file in it."
    assert refuse_path(Path()) == ". is a folder. Name a file in it."
    reasons = {
        tmp_path / "none" / "a.db": f"there is no folder {tmp_path / 'none'}",
        tmp_path / "file" / "a.db": f"there is no folder {tmp_path / 'file'}",
        tmp_path / ("a" * 300): "File name too long",
    }
    for path, reason in reasons.items():
        assert refuse_path(path) == f"{path} can't be opened: {reason}. Use another file."


AS_NOBODY = """
import os, sys
from pathlib import Path
from airflow_provider_flexout.sandbox.server.journal_path import refuse_path
if os.geteuid() == 0:  # whom no permission holds back
    os.setgid(65534)
    os.setuid(65534)
print(refuse_path(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("mode", "file_mode", "reason"),
    [
        (0o777, None, None),
        (0o777, 0o666, None),
        (0o555, None, "nothing may be written into the folder {folder}"),
        (0o555, 0o666, "nothing may be written into the folder {folder}"),
        (0o777, 0o444, "it may not be read and written"),
        (0o777, 0o000, "it may not be read and written"),
        (0o666, None, "Permission denied"),
    ],
)
def test_what_may_not_be_written(mode, file_mode, reason):
    with TemporaryDirectory(dir="/tmp") as above:  # every user can get into it
        Path(above).chmod(0o755)
        folder = Path(above, "folder")
        folder.mkdir()
        file = folder / "a.db"
        if file_mode is not None:
            file.touch()
            file.chmod(file_mode)
        folder.chmod(mode)
        command = [sys.executable, "-c", AS_NOBODY, str(file)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
        folder.chmod(0o755)
    wanted = reason and f"{file} can't be opened: {reason.format(folder=folder)}. Use another file."
    assert said == str(wanted)
