"""What several tools share: the words about targets, and the task that a user chose."""

from collections.abc import Sequence

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult

from alarum.mcp.elicitation import Choice


def target_field(targets: Sequence[str]) -> str:
    """What a model is told about the targets of this server."""
    those = (
        f"one of {', '.join(targets)}" if targets else "the name of a target in this server's settings, e.g. 'phone'"
    )
    return f"Where it goes when it fires: {those}; 'inbox' for the inbox alone. A path may follow the name, e.g. 'billing/close_month'. Default: the default target."


def which_task(task: str | None, chosen: ElicitationResult[Choice]) -> str | None:
    """The task that the user chose when asked, or as it was named."""
    return chosen.data.choice or task if isinstance(chosen, AcceptedElicitation) else task
