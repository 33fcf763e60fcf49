"""Planted faults: which one a request meets, how often, and which cannot be planted."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.wire.fault_injection import FaultEffect, Faults, message_for


@pytest.fixture
def faults():
    made = Faults(1)
    made.operations = frozenset({"CreateConversation", "FetchConversation", "CreateInteraction"})
    return made


def test_a_fault_waits_for_its_operation(faults):
    fault = faults.fail("CreateConversation", 503)
    assert faults.apply_fault("FetchConversation") == FaultEffect()
    assert faults.apply_fault("CreateConversation").fault is fault
    assert faults.apply_fault("CreateConversation") == FaultEffect()
    assert (fault.fired, faults.fired, faults.planted) == (1, 1, 0)


def test_one_fault_and_one_delay_at_once(faults):
    faults.delay("*", "2s")
    faults.rate_limit("*", retry_after=1)
    faults.fail("*")
    effect = faults.apply_fault("CreateConversation")
    assert (effect.delay, effect.name) == (2, "rate_limit")
    assert faults.apply_fault("CreateConversation").name == "fail"
    assert FaultEffect(delay=1).name == "delay"


def test_a_channel_fails_with_the_code_that_was_planted(faults):
    faults.fail_channel(45352)
    assert faults.apply_fault("CreateInteraction") == FaultEffect()
    assert faults.channel_failure() == 45352
    assert faults.channel_failure() is None


def test_a_throttle_stays_until_it_is_taken_away(faults):
    faults.throttle("*", per_second=0.001, burst=1)
    names = [faults.apply_fault("CreateConversation").name for _ in range(3)]
    assert names == [None, "throttle", "throttle"]
    assert faults.planted == 1
    faults.clear()
    assert faults.apply_fault("CreateConversation").name is None


def test_a_reset_repeats_the_chances(faults):
    def chances():
        faults.fail("*", times=None, probability=0.5)
        return [faults.apply_fault("CreateConversation").name for _ in range(50)]

    from airflow_provider_flexout.sandbox.wire.sids import seeded

    first = chances()
    faults.reset(seeded(1))
    assert chances() == first
    assert {None, "fail"} == set(first)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda faults: faults.fail("CreateNothing"),
        lambda faults: faults.fail("CreateConversation", 200),
        lambda faults: faults.fail("CreateConversation", times=0),
        lambda faults: faults.drop_response("CreateConversation", times=True),
        lambda faults: faults.drop_response("CreateConversation", probability=0),
        lambda faults: faults.drop_response("CreateConversation", probability=1.5),
        lambda faults: faults.delay("CreateConversation", "a while"),
        lambda faults: faults.fail("CreateConversation", code=0),
        lambda faults: faults.fail("CreateConversation", code="20500"),
        lambda faults: faults.fail_channel(1e300),
        lambda faults: faults.rate_limit("CreateConversation", retry_after=-1),
        lambda faults: faults.rate_limit("CreateConversation", retry_after="soon"),
        lambda faults: faults.rate_limit("CreateConversation", times=10**30),
        lambda faults: faults.throttle("CreateConversation", per_second=0),
        lambda faults: faults.throttle("CreateConversation", per_second="many"),
        lambda faults: faults.throttle("CreateConversation", per_second=1, burst=0),
        lambda faults: faults.throttle("CreateConversation", per_second=1, burst=1.5),
    ],
)
def test_wrong_faults_are_refused(faults, wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong(faults)
    assert faults.planted == 0


def test_every_planted_error_has_a_sentence():
    assert message_for(503) == "Service Unavailable"
    assert message_for(418)
