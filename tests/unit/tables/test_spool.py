"""Rows on the worker's disk: they come back as they were, once, and in pieces."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone

from airflow_provider_flexout.outreach.results.read import OutreachResult
from airflow_provider_flexout.outreach.results.rows import (
    OutreachMessageRow,
    OutreachRow,
    columns_of,
    values_of,
)
from airflow_provider_flexout.tables.spool import PIECE, Spool, TableColumns

EVERYTHING = TableColumns.chosen(include_addresses=True, include_bodies=True)
MOMENT = datetime(2026, 11, 22, 11, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
VALUES = {"str": "„Grüße“\n\u2028", "int": 7, "float": 0.1, "datetime": MOMENT}


def row(kind, **given):
    found = {one.name: VALUES[str(one.type).partition(" ")[0]] for one in fields(kind)}
    return kind(**found | given)


def result(key, messages=2):
    rows = [row(OutreachMessageRow, message_sid=f"IM{at}", outreach_key=key) for at in range(messages)]
    return OutreachResult(row(OutreachRow, outreach_key=key), tuple(rows))


def test_rows_come_back_as_they_were():
    kept = result("fx1")
    empty = OutreachResult(replace(kept.row, outreach_key="fx2", opened_at=None, time_to_reply=None), ())
    with Spool(EVERYTHING) as spool:
        spool.add(kept)
        spool.add(empty)
        for _ in range(2):  # it can be read as often as there are files to write
            (piece,) = spool
            assert piece.outreaches == [values_of(one.row, columns_of(OutreachRow)) for one in (kept, empty)]
            assert piece.messages == [values_of(one, columns_of(OutreachMessageRow)) for one in kept.messages]


def test_columns_that_were_not_asked_for_are_not_kept():
    with Spool(TableColumns.chosen()) as spool:
        spool.add(result("fx1"))
        (piece,) = spool
        assert "address" not in piece.outreaches[0]
        assert "body" not in piece.messages[0]


def test_an_outreach_that_comes_twice_is_kept_once():
    with Spool(EVERYTHING) as spool:
        for key in ("fx1", "fx2", "fx1"):
            spool.add(result(key))
        assert (spool.outreaches, spool.messages) == (2, 4)
        assert [one["outreach_key"] for piece in spool for one in piece.outreaches] == ["fx1", "fx2"]


def test_a_row_may_be_replaced_later():
    with Spool(TableColumns.chosen()) as spool:
        spool.add(result("fx1"))
        spool.add(result("fx2"))
        spool.replace(replace(result("fx2").row, worker_name="ana"))
        (piece,) = spool
        assert [one["worker_name"] for one in piece.outreaches] == [VALUES["str"], "ana"]
        assert "address" not in piece.outreaches[1]


def test_they_come_in_pieces():
    with Spool(EVERYTHING) as spool:
        for number in range(PIECE * 2 + 1):
            spool.add(result(f"fx{number}", messages=1))
        assert [len(piece.outreaches) for piece in spool] == [PIECE, PIECE, 1]
    assert spool._file.closed
