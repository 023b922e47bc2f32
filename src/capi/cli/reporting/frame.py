"""A panel of a picture: its place, its scales, its lines and what is written on its axes."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from capi.cli.reporting.markup import element, text
from capi.cli.reporting.scale import Scale, time_ticks, value_scale, value_ticks
from capi.core.value import value

WIDTH: Final = 1000
LEFT: Final = 76.0
RIGHT: Final = 990.0


@value
class Panel:
    """A stretch of a picture between `top` and `bottom`, in pixels."""

    title: str
    top: float
    bottom: float
    x: Scale
    y: Scale

    def frame(self) -> str:
        """Return the lines of its values, and its title."""
        parts = [element("text", text(self.title), x=LEFT, y=self.top - 8, css="title")]
        for tick in value_ticks(self.y):
            at = self.y(tick)
            parts.append(element("line", x1=LEFT, x2=RIGHT, y1=at, y2=at, css="grid"))
            parts.append(element("text", text(f"{tick:,f}"), x=LEFT - 6, y=at + 4, css="value"))
        return "".join(parts)

    def curve(self, points: Iterable[tuple[int, Decimal]], css: str) -> str:
        """Return a line through points of time and value."""
        places = " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in points)
        return element("polyline", points=places, css=css)


def time_scale(from_ms: int, to_ms: int) -> Scale:
    """Return the scale of a picture's time; one of no length gets a second."""
    return Scale(Decimal(from_ms), Decimal(max(to_ms, from_ms + 1000)), LEFT, RIGHT)


def panel(title: str, top: float, bottom: float, x: Scale, values: Iterable[Decimal]) -> Panel:
    """Return a panel in which these values have their place."""
    return Panel(title=title, top=top, bottom=bottom, x=x, y=value_scale(values, bottom, top))


def time_axis(x: Scale, top: float, bottom: float) -> str:
    """Return the upright lines of a time axis, and the times under them."""
    parts = []
    for at_ms, written in time_ticks(int(x.low), int(x.high)):
        at = x(at_ms)
        parts.append(element("line", x1=at, x2=at, y1=top, y2=bottom, css="grid"))
        parts.append(element("text", text(written), x=at, y=bottom + 16, css="time"))
    return "".join(parts)


def picture(height: int, label: str, *content: str) -> str:
    """Return a whole picture. `label`: what it shows, for those who do not see it."""
    return element("svg", *content, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=label)
