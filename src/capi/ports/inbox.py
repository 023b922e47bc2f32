"""What an operator asks of a running engine: pause, resume, flatten. Commands come in, answers go out."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from capi.core.value import value

CommandName = Literal["pause", "resume", "flatten"]
AnswerState = Literal["done", "accepted", "refused"]
"""`accepted`: it is under way, and another answer follows."""


@value
class Given:
    """Who gave a command, and the command's number; None: nobody did, the engine acts by itself."""

    by: str | None = None
    command: str | None = None


BY_ITSELF: Final = Given()


@value
class Command:
    """One command. `at_ms`: when it was given, by this machine's clock."""

    name: CommandName
    reason: str
    given: Given
    at_ms: int


@value
class Spoiled:
    """What lay in the inbox and is no command; `reason`: what, why not, and where it is now."""

    reason: str


class Inbox(Protocol):
    """Never blocks, raises nothing that the outside can cause."""

    def take(self) -> Sequence[Command | Spoiled]:
        """Return what has come in since the last call, oldest first; none of it comes again."""
        ...

    def answer(self, command: str, state: AnswerState, message: str) -> None:
        """Tell whoever gave a command what came of it; nobody has to be there to hear it."""
        ...
