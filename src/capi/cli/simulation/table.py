"""What many runs came to, as a table for people or as one document."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from capi.cli.simulation.many import Sum
from capi.cli.simulation.shrink import Shrunk

FAULTS_A_LINE = 3


def show(total: Sum, console: Console) -> None:
    """Print the table, and each violation with what is needed to see it again."""
    figures = total.figures
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(total):
        table.add_row(name, value)
    console.print(table)
    faults = [f"{kind} {count}" for kind, count in sorted(figures.faults.items())]
    table = Table(show_header=False, box=None, pad_edge=False, title="faults by kind", title_justify="left")
    for at in range(0, len(faults), FAULTS_A_LINE):
        table.add_row(*faults[at : at + FAULTS_A_LINE])
    console.print(table)
    for shrunk in total.broken:
        for line in lines_of(shrunk):
            console.print(line, soft_wrap=True, highlight=False, markup=False)


def _rows(total: Sum) -> Iterator[tuple[str, str]]:
    figures = total.figures
    yield "seeds", str(figures.seeds) + (" (interrupted)" if total.interrupted else "")
    yield "passes", str(figures.passes)
    yield "orders sent", str(figures.orders)
    yield "trades", ", ".join(f"{count} {reason}" for reason, count in sorted(figures.trades.items())) or "none"
    yield "faults", str(sum(figures.faults.values()))
    naked = f"{figures.naked_ms / 1000:.1f} s (seed {figures.naked_seed}, after: {figures.naked_cause or 'nothing'})"
    yield "longest without a stop", naked if figures.naked_ms else "never"
    yield "the same, silenced or down", f"{figures.kept_ms / 1000:.1f} s (429, 418, an outage, or no process)"
    yield "ended in safe mode", str(figures.safe_modes)
    yield "seconds", f"{total.seconds:.0f}"
    yield "violations", str(len(total.broken))


def lines_of(shrunk: Shrunk) -> Iterator[str]:
    """Yield what has to be known of one violation."""
    broken = shrunk.outcome.violation
    if broken is None:
        return
    yield ""
    yield f"seed {shrunk.outcome.seed} broke invariant {broken.number} in pass {shrunk.outcome.figures.passes + 1}"
    yield f"  {broken.sentence}"
    yield f"  faults that it needs: {', '.join(shrunk.needed) or 'none'}"
    yield f"  to see it: {shrunk.command}"


def document_of(total: Sum) -> dict[str, Any]:
    """Return the same for machines."""
    figures = total.figures
    return {
        "seeds": figures.seeds,
        "passes": figures.passes,
        "orders": figures.orders,
        "trades": dict(figures.trades),
        "faults": dict(figures.faults),
        "naked_seconds_max": figures.naked_ms / 1000,
        "naked_seed": figures.naked_seed,
        "naked_seconds_max_silenced_or_down": figures.kept_ms / 1000,
        "seconds": round(total.seconds, 1),
        "interrupted": total.interrupted,
        "violations": [
            {
                "seed": shrunk.outcome.seed,
                "invariant": shrunk.outcome.violation.number,
                "sentence": shrunk.outcome.violation.sentence,
                "needs": shrunk.needed,
                "command": shrunk.command,
            }
            for shrunk in total.broken
            if shrunk.outcome.violation is not None
        ],
    }
