"""What the demo does, from an empty folder to customers who were told, some of whom talk to an agent."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import airflow_provider_flexout
from airflow_provider_flexout.demo import late_deliveries
from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.component import stop_all
from airflow_provider_flexout.demo.sandbox_process import POLL, AgentTask, SandboxProcess, TranscriptMessage

if TYPE_CHECKING:
    from airflow_provider_flexout.demo.component import Component
    from airflow_provider_flexout.demo.display import Display, Stage
    from airflow_provider_flexout.demo.run import DagRun, TaskInstance

DAG_ID = "late_delivery_outreach"
STEPS = ("open_conversation", "say_why")
PIPELINE = "system"
"""The author of the DAG's messages."""
PROMISE = "That suits us too. We have put it down, and you get a text on that morning."
"""What an agent writes to a customer who has replied."""
REPLY_TIMEOUT = 60.0
"""Seconds that it may take, on a slow machine, until each customer who has replied has an agent."""
RUN_TIMEOUT = 300.0
"""Seconds without a change after which the run is given up, on a slow machine; a task's retry included."""


class RunFailedError(RuntimeError):
    """The run did not succeed. The message holds the logs of the tasks that failed."""


class Outreach(NamedTuple):
    """What became of one late delivery.

    :param delivery: the row.
    :param sids: what `open_conversation` has left.
    :param task: the agent's task, `None` where there is no agent.
    :param transcript: what the sandbox holds.
    """

    delivery: late_deliveries.Delivery
    sids: dict[str, Any]
    task: AgentTask | None
    transcript: list[TranscriptMessage]

    @property
    def times_told(self) -> int:
        """How often the DAG has spoken to the customer."""
        return sum(message.author == PIPELINE for message in self.transcript)

    @property
    def has_replied(self) -> bool:
        """Whether the customer has written."""
        return any(message.author == self.delivery.phone for message in self.transcript)


class Story:
    """The demo in stages: `start`, then `run`, then `stop`.

    :param folder: an empty one, for everything that is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sandbox = SandboxProcess(folder)
        self.airflow: RealAirflow | None = None

    @property
    def components(self) -> list[Component]:
        """All programs that were started."""
        return [self.sandbox.component, *(self.airflow.components if self.airflow else ())]

    def start(self, display: Display) -> RealAirflow:
        """Start the sandbox and Airflow, make the connections and the table.

        :param display: shows how it goes.
        :raises ComponentDiedError: if a program ends by itself.
        :raises TimeoutError: if something takes too long.
        """
        with display.stage("Start the sandbox") as stage:
            self.sandbox.start(lambda: stage.show("waiting for its connection"))
        table = self.folder / "late_deliveries.db"
        late_deliveries.create_table(table)
        with display.stage("Start Airflow") as stage:
            airflow = self.airflow = RealAirflow(
                self.folder,
                dags=[example_dag(f"{DAG_ID}.py")],
                connections={
                    "flexout_default": self.sandbox.connection,
                    "late_deliveries_db": {"conn_type": "sqlite", "host": str(table)},
                },
                on_progress=stage.show,
            )
            airflow.start()
        return airflow

    def run(self, display: Display, airflow: RealAirflow) -> list[Outreach]:
        """Run the DAG and gather what became of each late delivery.

        :param display: shows how it goes.
        :param airflow: started.
        :raises RunFailedError: if the run fails, or leaves out a customer.
        :raises ComponentDiedError: if a program ends by itself.
        :raises TimeoutError: if it takes too long.
        """
        for phone, text in late_deliveries.REPLIES.items():
            self.sandbox.customer_replies(phone, text)
        with display.stage(f"Run {DAG_ID}") as stage:
            airflow.on_progress = stage.show
            run = airflow.run(DAG_ID)
            stage.show("one outreach per late delivery")
            state = run.wait(RUN_TIMEOUT, lambda tasks: _show(stage, tasks))
        if state != "success":
            raise RunFailedError(f"The run ended as {state}.\n\n{run.failures()}")
        conversations = self._conversations(run)
        with display.stage("Customers reply, and agents take over") as stage:
            self._let_agents_help(stage, conversations)
        return self._outreaches(conversations)

    def stop(self, display: Display) -> None:
        """Stop everything that was started.

        :param display: shows how it goes.
        """
        with display.stage("Stop"):
            if self.airflow:
                self.airflow.stop()
            stop_all([self.sandbox.component])

    def _let_agents_help(self, stage: Stage, conversations: dict[str, dict[str, Any]]) -> None:
        """Wait until an agent has each customer who replies, and let the agent help them."""
        replying = {
            conversations[one.order_number]["conversation_sid"]
            for one in late_deliveries.late_ones()
            if one.phone in late_deliveries.REPLIES
        }
        deadline = time.monotonic() + REPLY_TIMEOUT
        while True:
            self.sandbox.component.check()
            tasks = self.sandbox.agent_tasks()
            assigned = [one for one in tasks.values() if one.status == "assigned"]
            if len(assigned) == len(tasks) and replying <= tasks.keys():
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"Not all who replied have an agent after {REPLY_TIMEOUT:g} s: {tasks}")
            stage.show("waiting for agents to accept")
            time.sleep(POLL)
        for conversation_sid in replying:
            self.sandbox.agent_helps(tasks[conversation_sid].sid, PROMISE)

    def _conversations(self, run: DagRun) -> dict[str, dict[str, Any]]:
        """Read what `open_conversation` has left, by the number of the order."""
        xcoms = {
            task.label: run.xcom(task) for task in run.task_instances() if _step(task) == "open_conversation"
        }
        late = late_deliveries.late_ones()
        if xcoms.keys() != {delivery.order_number for delivery in late}:
            raise RunFailedError(
                f"The run contacted the customers of {', '.join(map(str, xcoms)) or 'nobody'}, "
                f"but late are {', '.join(delivery.order_number for delivery in late)}."
            )
        return {str(order_number): sids for order_number, sids in xcoms.items()}

    def _outreaches(self, conversations: dict[str, dict[str, Any]]) -> list[Outreach]:
        tasks = self.sandbox.agent_tasks()
        outreaches = [
            Outreach(
                delivery,
                sids := conversations[delivery.order_number],
                tasks.get(sids["conversation_sid"]),
                self.sandbox.messages(sids["conversation_sid"]),
            )
            for delivery in late_deliveries.late_ones()
        ]
        wrong = [one.delivery.order_number for one in outreaches if one.times_told != 1]
        if wrong:
            raise RunFailedError(f"Not told exactly once: the customers of {', '.join(wrong)}.")
        return outreaches


def example_dag(name: str) -> Path:
    """Find an example DAG, in an installed package or in a checkout.

    :param name: of the file.
    """
    package = Path(airflow_provider_flexout.__file__).parent
    installed = package / "example_dags" / name
    return installed if installed.exists() else package.parent / "dags_examples" / name


def _step(task: TaskInstance) -> str:
    return task.task_id.rpartition(".")[2]


def _show(stage: Stage, tasks: list[TaskInstance]) -> None:
    done = dict.fromkeys(STEPS, 0)
    for task in tasks:
        if _step(task) in done and task.state == "success":
            done[_step(task)] += 1
    stage.count(done, total=len(late_deliveries.late_ones()))
