"""The rules of TaskRouter: tasks, their way through workflows, and the agents to whom they are offered."""
