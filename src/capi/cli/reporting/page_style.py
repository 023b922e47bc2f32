"""How a page looks: by day and by night, on a telephone and on paper."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --back: #fff; --text: #1c2430; --faint: #667085; --line: #e4e7ec; --card: #f7f8fa;
  --won: #12835a; --lost: #c8323f; --blue: #2563a8; --stop: #b45309; }
@media (prefers-color-scheme: dark) { :root { --back: #12161c; --text: #e3e7ee; --faint: #97a1b0; --line: #2a313c;
  --card: #1a2029; --won: #3fbf8b; --lost: #f2707b; --blue: #6ea8e8; --stop: #e3a04f; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, footer { color: var(--faint); margin: .25rem 0 1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.cards div { background: var(--card); border-radius: .5rem; padding: .6rem .8rem; }
.cards dt { color: var(--faint); font-size: .85rem; } .cards dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow: auto; max-height: 40rem; } .pictures { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { white-space: nowrap; } .words td:last-child { white-space: normal; }
th { color: var(--faint); font-weight: 500; position: sticky; top: 0; background: var(--back); white-space: nowrap; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
svg .title { fill: var(--text); } svg .value { text-anchor: end; } svg .time { text-anchor: middle; }
.grid { stroke: var(--line); } .zero { stroke: var(--faint); }
polyline, .way, .stop { fill: none; vector-effect: non-scaling-stroke; }
.equity { stroke: var(--blue); stroke-width: 1.6; } .mark { stroke: var(--faint); stroke-opacity: .65; }
.way { stroke-width: 1.6; } .way.won { stroke: var(--won); } .way.lost { stroke: var(--lost); }
.way.unknown { stroke: var(--faint); } .stop { stroke: var(--stop); stroke-dasharray: 3 2; }
.entry.long { fill: var(--won); } .entry.short { fill: var(--lost); }
.exit { stroke: var(--back); } .exit.target { fill: var(--won); } .exit.other { fill: var(--lost); }
rect.won { fill: var(--won); } rect.lost { fill: var(--lost); }
@media print { .scroll { max-height: none; overflow: visible; } body { max-width: none; } }
"""
