"""When a campaign fails, and with what message."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.values.arguments import count_of
from airflow_provider_flexout.twilio.http.codes import SENDER_CODES, ErrorCode
from airflow_provider_flexout.twilio.http.errors import FlexoutError, TwilioError
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException

if TYPE_CHECKING:
    from airflow_provider_flexout.bulk.progress import Progress
    from airflow_provider_flexout.bulk.receipts.sender_check import SenderCheck
    from airflow_provider_flexout.outreach.errors import DeliveryFailed


_EVERYBODYS_CODES = SENDER_CODES | {ErrorCode.AUTHENTICATION_FAILED, ErrorCode.ACCOUNT_NOT_ACTIVE}


def concerns_everybody(error: FlexoutError) -> bool:
    """Say whether the next contact would fail too, because the account or the sender is refused.

    :param error: what became of a contact.
    """
    if not isinstance(error, TwilioError):
        return False
    return error.status == HTTPStatus.UNAUTHORIZED or error.code in _EVERYBODYS_CODES


def check_senders(progress: Progress, refused: DeliveryFailed | None, last_started: int | None) -> None:
    """Fail the task where a sender may not send.

    :param progress: the counts.
    :param refused: what is wrong with a sender, where something is.
    :param last_started: the last line that was started, where some were not.
    :raises AirflowFailException: with what to do.
    """
    if refused:
        raise AirflowFailException(
            f"Stopped after {count_of(progress.ended, 'contact')} ({progress}). {refused} Further "
            f"messages of this sender would fail too.{_rest(last_started)}"
        )


def check_failures(progress: Progress, max_failures: float | None, last_started: int | None) -> None:
    """Fail the task where more contacts have failed than may.

    :param progress: the counts.
    :param max_failures: how many may, a number or a share below 1; ``None`` for any number.
    :param last_started: the last line that was started, where the campaign was stopped before its end.
    :raises AirflowFailException: with the first failure.
    """
    if last_started is not None or progress.exceeds(max_failures):
        raise AirflowFailException(
            f"Stopped after {count_of(progress.ended, 'contact')}: {progress.failures} of them failed or "
            f"cannot be used, more than max_failures={max_failures} allows ({progress})."
            f"{_rest(last_started)}{progress.first_failure()}"
        )


def check_reached(progress: Progress, results: str | None) -> None:
    """Fail the task where something was wrong and nobody was reached.

    :param progress: the counts.
    :param results: the path of the results file, if there is one.
    :raises AirflowFailException: with the first failure.
    """
    if progress.failures and not progress.reached:
        raise AirflowFailException(
            f"Nobody was reached: of {count_of(progress.ended, 'contact')}, {progress}. "
            f"{results or 'The log'} says what was wrong with each.{progress.first_failure()}"
        )


def check_arrived(check: SenderCheck) -> None:
    """Fail the task where no message has arrived or is on its way, as far as receipts were read.

    :param check: the receipts of some of the messages.
    :raises AirflowFailException: when each message that was looked at has failed.
    :raises AirflowException: when receipts are missing, which another try reads anew.
    """
    if check.is_anybody_reached:
        return
    count, first = len(check.lost), f" The first: {check.lost[0]}" if check.lost else ""
    if not check.unconfirmed:
        raise AirflowFailException(
            f"Nobody was reached: the receipts of {count_of(count, 'message')} were read, and none has "
            f"arrived.{first}"
        )
    failed = f", and {count} have failed.{first}" if count else "."
    raise AirflowException(
        f"Twilio accepted the messages, but a minute later no receipt says that any was sent{failed} Another "
        "try reads the receipts again, and contacts nobody again; with wait_until='sent', the task waits "
        "longer. If this goes on, look at a message in Twilio's Console, and run flexout doctor."
    )


def _rest(last_started: int | None) -> str:
    return "" if last_started is None else f" None was started after line {last_started:,}."
