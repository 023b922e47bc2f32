"""What ends a simulated process, or the whole run: no `except Exception` of the engine can swallow it."""


class ProcessEnded(BaseException):
    """The process ended here, as by kill -9 or a power cut. `how` says it in the words of the timeline."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class RunOver(BaseException):
    """The run has seen enough: its time is over, or an invariant was broken."""
