"""How time and memory grow: with the cells of a grid, and with the seasons of a snapshot, by reslate and by DuckDB."""

import contextlib
import shutil
import sys
from pathlib import Path

import altair

from grid import GRID, cells, tune
from measure import NotDone, Program, compared, once, timed
from questions import EVER, between, picks_of, reslate

STEPS = [(5, 5, 2, 2), (16, 8, 8, 1), (20, 10, 10, 5), (40, 20, 25, 5), (50, 40, 25, 20)]
SEASONS = [1, 5, 20, 50]
# What takes longer than this (seconds) is measured once.
LONG = 10
RUNS = 3


def more_cells(program, snapshot, runs):
    """Tuning over ever more cells of the same thresholds."""
    print("\n| cells | seconds | peak memory |\n|---|---|---|")
    for steps in STEPS:
        grid = {name: (first, step / 4, count) for (name, (first, step, _)), count in zip(GRID.items(), steps, strict=True)}
        [(seconds, peak)] = timed([reslate("tune", program, snapshot, [*tune(grid), "--luck", "off"])], runs)
        print(f"| {cells(grid):,} | {seconds:.2f} | {peak:,.0f} MB |", flush=True)


def measured(program):
    """Seconds and peak memory: the median of several runs, or of a long one the only."""
    seconds, peak = once(program)
    return (seconds, peak) if seconds > LONG else timed([program], RUNS)[0]


def more_seasons(program, date, folder, plot):
    """All slates and one slate of ever more seasons of the demo. What cannot be done says so as a row."""
    print("\n| seasons | | seconds | peak memory |\n|---|---|---|---|")
    points = []
    for seasons in SEASONS:
        print(f"{seasons} seasons: writing them", file=sys.stderr)
        league = str(folder / f"seasons-{seasons}")
        once(Program("demo", [program, "demo", "write", league, "--seasons", str(seasons)]))
        whole, slate = (picks_of(program, league, folder, ["v314"], dates) for dates in (EVER, (date, date)))
        replay = reslate("reslate", program, league, ["replay", "--version", "v314", *between(EVER)])
        rows = [("every candidate", [replay]), ("picks of all slates", whole), ("picks of one slate", slate)]
        for what, programs in rows:
            for each in programs:
                try:
                    seconds, peak = measured(each)
                except NotDone as why:
                    print(f"| {seasons} | {each.name}, {what} | cannot: {why} | |", flush=True)
                    continue
                print(f"| {seasons} | {each.name}, {what} | {seconds:.2f} | {peak:,.0f} MB |", flush=True)
                points.append({"seasons": seasons, "program": each.name, "what": what, "seconds": seconds, "MB": peak})
            # What could not be done is in its row.
            with contextlib.suppress(NotDone):
                compared(programs, folder)
        points += pulls(program, seasons, Path(league), folder / "pulled")
        shutil.rmtree(league)
    if plot:
        draw(points, plot)


def pulls(program, seasons, league, target):
    """Pulling all of it from a folder, and then again with nothing new; each once."""
    # Without its manifest a snapshot is an export like others.
    (league / "manifest.json").unlink()
    points = []
    for what in ["pull of all", "pull with nothing new"]:
        seconds, peak = once(Program("reslate", [program, "pull", str(league), "--snapshot", str(target)]))
        print(f"| {seasons} | reslate, {what} | {seconds:.2f} | {peak:,.0f} MB |", flush=True)
        points.append({"seasons": seasons, "program": "reslate", "what": what, "seconds": seconds, "MB": peak})
    shutil.rmtree(target)
    return points


def draw(points, file):
    """Time and memory over seasons, beside each other, as SVG."""
    base = altair.Chart(altair.Data(values=points)).encode(
        x=altair.X("seasons:Q", title="seasons", scale=altair.Scale(type="log", nice=False), axis=altair.Axis(values=SEASONS)),
        color=altair.Color("program:N", title="program", scale=altair.Scale(range=["#0072b2", "#d55e00"])),
        detail=["program:N", "what:N"],
    )

    def panel(field, title):
        over = base.encode(y=altair.Y(f"{field}:Q", title=title, scale=altair.Scale(type="log")))
        dash = altair.StrokeDash("what:N", title="what", legend=altair.Legend(symbolType="stroke", symbolSize=600, labelLimit=300))
        lines, marks = over.mark_line().encode(strokeDash=dash), over.mark_point(filled=True, size=50)
        return (lines + marks).properties(width=320, height=260, title=title)

    chart = panel("seconds", "time, seconds") | panel("MB", "peak memory, MB")
    title = "How reslate and DuckDB grow with the seasons of a snapshot"
    chart.properties(title=title, background="white").save(file, format="svg")
