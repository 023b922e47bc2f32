"""The page: whole, of our own making, and unmoved by what came from outside."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from capi.adapters.duckdb.rebuild import ensure_projected
from tests.reading.asking import PAPER, ask, call
from tests.reading.stage import ShownStage
from tests.report.many import DECISION, many_trades

HOSTILE: Final = '</td><script>alert("1")</script>\x1b[2J&'
_EMPTY: Final = ("meta",)


class Page(HTMLParser):
    """Reads a page, and ends when an element is not closed where it belongs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str, css: str) -> int:
        """Return how many elements of a class there are."""
        return sum(name == tag and css in (of.get("class") or "").split() for name, of in self.elements)


def page_of(*arguments: str) -> Page:
    """Return the page that the command writes."""
    done = call("report", *arguments, "--out", "page.html")
    assert done.exit_code == 0, done.stderr
    return Page(Path("page.html").read_text())


def test_everything_is_in_the_pictures(replayed: str) -> None:
    page, report = page_of("--run", "last"), ask("report", "--run", "last")
    trades = report["trades"]
    assert page.count("path", "long") == sum(trade["side"] == "long" for trade in trades) > 0
    assert page.count("path", "short") == sum(trade["side"] == "short" for trade in trades) > 0
    assert page.count("path", "stop") == len(trades)
    assert page.count("line", "way") == len(trades)
    assert page.count("circle", "exit") >= len(trades)
    assert page.count("rect", "won") == report["summary"]["won"]
    assert page.count("rect", "lost") == report["summary"]["lost"]
    assert {trade["decision_id"] for trade in trades} < set(page.texts)
    assert {gate["reason"] for gate in report["refused"]} < set(page.texts)


def test_nothing_is_asked_from_outside_and_nothing_runs(replayed: str) -> None:
    page = page_of("--run", "last")
    text = Path("page.html").read_text()
    assert not re.search(r"https?:|url\(|@import|javascript:", text)
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "a", "use", "image"}
    assert not [name for _, of in page.elements for name in of if name in ("src", "href") or name.startswith("on")]
    assert "default-src 'none'" in text
    assert len(text) < 100_000


def test_places_lie_inside_the_pictures(replayed: str) -> None:
    numbers = {"x": 1000.0, "x1": 1000.0, "x2": 1000.0, "cx": 1000.0, "y": 360.0, "y1": 360.0, "y2": 360.0, "cy": 360.0}
    placed = [
        (name, float(of[name] or "nan"))
        for _, of in page_of("--run", "last").elements
        for name in numbers
        if name in of
    ]
    assert len(placed) > 50
    assert all(0 <= place <= numbers[name] for name, place in placed)


def test_what_came_from_outside_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    many_trades(tmp_path / "more", 1, decision_id=HOSTILE, exit_reason=HOSTILE, alerts=(HOSTILE,))
    page = page_of("--run", str(tmp_path / "more"))
    assert "script" not in {tag for tag, _ in page.elements}
    seen = HOSTILE.replace("\x1b", "\\x1b")
    assert page.texts.count(seen) >= 3  # decision, exit reason, alert: as they were written
    done = call("report", "--run", str(tmp_path / "more"))
    assert "\x1b" not in done.stdout


def test_of_many_trades_the_newest_are_drawn_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    room = tmp_path / "many"
    many_trades(room, 620)
    ensure_projected(room)
    report = ask("report", "--run", str(room))
    assert (report["summary"]["trades"], len(report["trades"]), report["more"]) == (620, 500, True)
    assert report["trades"][-1]["decision_id"] == f"{DECISION}619"
    assert (report["summary"]["won"], report["summary"]["net_pnl"]) == (310, "310")
    page = page_of("--run", str(room))
    assert (page.count("rect", "won"), page.count("path", "entry")) == (250, 500)
    assert "Trades: the newest 500; figures are of all" in page.texts


def test_the_same_records_give_the_same_page(seen: ShownStage) -> None:
    page_of(*PAPER)
    first = Path("page.html").read_bytes()
    page_of(*PAPER)
    assert Path("page.html").read_bytes() == first
