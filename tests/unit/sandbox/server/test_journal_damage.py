"""A file that is damaged: a sentence, and what comes before the damage is saved."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli import main
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal, JournalError
from tests.unit.sandbox.conftest import control, request

MADE = 30


@pytest.fixture
def file(tmp_path) -> Path:
    """Return the file of a sandbox with 30 conversations."""
    path = tmp_path / "sandbox.db"
    with closing(Journal(path, 7)) as journal:
        sandbox = Sandbox(7)
        sandbox.keep(journal)
        sandbox.handle(control("settings", {"rate_limits": False}))
        for number in range(MADE):
            sandbox.handle(request("POST", "/v1/Conversations", {"UniqueName": f"{number} {'x' * 200}"}))
    return path


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


def run(file: Path) -> str:
    """Start the command on a damaged file; return its one line."""
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--db", str(file)])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    return done.stderr


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE requests SET headers = '{' WHERE n = 12",
        "UPDATE requests SET headers = '[]' WHERE n = 12",
        "UPDATE requests SET headers = NULL WHERE n = 12",
        "UPDATE requests SET method = NULL WHERE n = 12",
        "UPDATE requests SET at = 'later' WHERE n = 12",
        "UPDATE requests SET body = 'text' WHERE n = 12",
        "UPDATE requests SET sid = char(27) WHERE n = 12",
        "UPDATE requests SET headers = replace(hex(zeroblob(2500)), '0', '[') WHERE n = 12",
        "DELETE FROM requests WHERE n = 12",
    ],
)
def test_what_comes_before_the_damage_is_saved(file, damage):
    change(file, damage)
    said = run(file)
    saved = file.with_name("sandbox.db.saved")
    assert "is damaged after its request 11: " in said
    assert said.endswith(f"The requests before that are saved: flexout sandbox --db {saved}\n")
    with closing(Journal(saved)) as journal:
        again = Sandbox(journal.seed)
        assert again.keep(journal) == 11
    assert len(again.conversations) == 10


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE requests SET body = x'ff' WHERE n = 12",
        "UPDATE requests SET path = '/v1/Conversation3' WHERE n = 12",
        "UPDATE requests SET at = 1e300 WHERE n = 12",
    ],
)
def test_what_comes_before_another_response_is_saved(file, damage):
    change(file, damage)
    said = run(file)
    assert "another version of the sandbox, or is damaged: request 12 " in said
    with closing(Journal(file.with_name("sandbox.db.saved"))) as journal:
        assert Sandbox(journal.seed).keep(journal) == 11


@pytest.mark.parametrize("left", [0.75, 0.9])
def test_of_a_file_that_was_cut_off_the_beginning_is_saved(file, left):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * left)])
    assert "The requests before that are saved" in run(file)
    with closing(Journal(file.with_name("sandbox.db.saved"))) as journal:
        again = Sandbox(journal.seed)
        assert again.keep(journal) == 1 + len(again.conversations) > 1


def test_where_nothing_can_be_saved_the_sentence_says_so(file):
    change(file, "DELETE FROM requests WHERE n = 12")
    file.with_name("sandbox.db.saved").symlink_to("/proc/flexout/nowhere")
    assert "The requests before that can't be saved beside it: " in run(file)


def test_what_was_saved_before_is_not_overwritten(file):
    change(file, "DELETE FROM requests WHERE n = 12")
    run(file)
    first = file.with_name("sandbox.db.saved").read_bytes()
    assert "sandbox.db.saved1" in run(file)
    assert file.with_name("sandbox.db.saved").read_bytes() == first


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM sandbox", "DROP TABLE sandbox", "UPDATE sandbox SET seed = 'x'", "DROP TABLE requests"],
)
def test_a_file_of_which_nothing_can_be_read(file, damage):
    change(file, damage)
    assert "Use another file" in run(file)


@pytest.mark.parametrize("seed", range(40))
def test_bytes_that_a_disk_has_lost_never_end_in_a_traceback(file, seed):
    """Each seed overwrites a stretch of the file somewhere, or cuts it off."""
    dice, content = random.Random(seed), bytearray(file.read_bytes())  # noqa: S311 - to be repeatable
    place = dice.randrange(len(content))
    if dice.random() < 0.3:
        del content[place:]
    else:
        content[place : place + 300] = dice.randbytes(300)
    file.write_bytes(content)
    with suppress(JournalError), closing(Journal(file)) as journal:
        Sandbox(journal.seed).keep(journal)
