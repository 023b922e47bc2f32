"""An invariant that was broken: it ends the run at once, whatever the engine catches."""

from capi.cli.simulation.ended import RunOver


class Broken(RunOver):
    """`number`: of the invariant (design, "How it is proven"); 0: the engine failed by itself."""

    def __init__(self, number: int, at_ms: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number, self.at_ms, self.sentence = number, at_ms, sentence
