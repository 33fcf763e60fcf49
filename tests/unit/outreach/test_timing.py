"""What the spans of time have to be to each other, so that nobody is contacted twice."""

from __future__ import annotations

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.interaction import reconciliation


def test_whoever_overwrites_a_lease_is_seen_by_its_holders_last_look():
    assert timing.LEASE_CONFIRMATION < timing.VISIBILITY_DELAY


def test_a_lease_outlasts_the_error_of_twilios_clock():
    assert timing.LEASE_TTL > 2 * timing.CLOCK_RESOLUTION


def test_an_orphan_is_older_than_any_attempt_at_work():
    one_round = timing.LEASE_CONFIRMATION + timing.LEASE_TTL + 2 * timing.VISIBILITY_DELAY
    assert timing.ORPHAN_MIN_AGE.total_seconds() > reconciliation._ROUNDS * one_round


def test_a_lock_leaves_time_to_open_a_conversation_in_which_a_lease_was_given_back():
    assert timing.LOCK_TTL >= timing.VISIBILITY_DELAY + timing.LEASE_CONFIRMATION + 10.0


def test_the_lease_of_a_holder_who_died_has_run_out_when_their_lock_is_removed():
    lease = timing.LEASE_CONFIRMATION + timing.LEASE_TTL
    assert lease <= timing.LOCK_TTL


def test_whoever_waits_for_a_lock_outlasts_a_dead_holder():
    removed_after = timing.VISIBILITY_DELAY + timing.CLOCK_RESOLUTION
    assert removed_after + timing.LOCK_TTL * timing.LOCK_LONGEST_PAUSE_SHARE < timing.LOCK_WAIT


def test_what_begins_within_its_time_after_a_look_shows_in_the_last_look_of_a_retry():
    assert timing.SEND_WITHIN + 2 * timing.POLL_INTERVAL <= timing.VISIBILITY_DELAY


def test_what_is_expected_is_looked_for_several_times():
    assert timing.POLL_INTERVAL * 3 < timing.VISIBILITY_DELAY


def test_a_trigger_does_not_fire_while_its_deferral_is_recorded():
    assert timing.POLL_SHORTEST >= 5.0
