"""``flexout orphans``, against a served sandbox."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import create_conversation


def test_what_was_left_behind_is_listed(use_connection, served):
    assert CliRunner().invoke(build_app(), ["orphans"]).output == "Nothing was left behind.\n"
    mark = OutreachRecord("fx1", "+1•••••0141", "sms", "", "somebody", lease_ttl=20.0)
    with FlexHook().get_conn() as client:
        call = create_conversation(unique_name="flexout_fx1", attributes=mark.write_into({}))
        sid = client.send(call).sid
    assert FlexHook().find_orphans() == []
    served.clock.advance(7200)
    listed = CliRunner().invoke(build_app(), ["orphans"])
    assert listed.exit_code == 0
    assert f"{sid}  sms      +1•••••0141  20" in listed.output
    assert "Nothing was deleted. To delete them: flexout orphans --delete" in listed.output


@pytest.mark.usefixtures("airflow_database")
def test_orphans_without_a_connection_says_so(served):
    done = CliRunner().invoke(build_app(), ["orphans", "--conn-id", "there_is_none"])
    assert done.exit_code == 1
    assert "`there_is_none` isn't defined" in done.stderr


@pytest.mark.parametrize("minutes", ["99999999999999", "2000000000"])
def test_a_time_that_no_calendar_has_is_refused(use_connection, minutes):
    done = CliRunner().invoke(build_app(), ["orphans", "--older-than", minutes])
    assert done.exit_code == 1
    assert done.stderr.startswith("older_than: ")


def test_what_was_left_behind_is_deleted_where_that_was_asked_for(use_connection, served):
    record = OutreachRecord("fx1", "+1•••••0141", "sms", "", "somebody", lease_ttl=20.0)
    with FlexHook().get_conn() as client:
        call = create_conversation(unique_name="flexout_fx1", attributes=record.write_into({}))
        sid = client.send(call).sid
    served.clock.advance(7200)
    done = CliRunner().invoke(build_app(), ["orphans", "--delete"])
    assert (done.exit_code, f"{sid} deleted" in done.output) == (0, True)
    assert served.conversations == []
