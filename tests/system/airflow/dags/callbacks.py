"""A task whose callbacks tell two people: that it has started, has failed, and has recovered."""

from __future__ import annotations

from airflow.sdk import dag, task

from airflow_provider_flexout.notifications.flex import FlexNotifier

PEOPLE = ["+12025550191", "{{ '+12025550192' }}"]
TELLS = FlexNotifier(channel="sms", to=PEOPLE, recovery=True)


@dag(schedule=None, params={"fails": False})
def callbacks_of_a_task():
    @task(
        retries=0,
        on_execute_callback=FlexNotifier(channel="sms", to=PEOPLE[0]),
        on_failure_callback=TELLS,
        on_success_callback=TELLS,
    )
    def load(params):
        if params["fails"]:
            raise ValueError("there is nothing to load")

    load()


callbacks_of_a_task()
