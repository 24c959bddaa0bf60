"""Measures reslate beside the same work in DuckDB, Polars and a loop in plain Python, in one run on this machine.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
    /tmp/peers/bin/python benches/peers/run.py target/release/reslate --snapshot DIR [--growth [--plot growth.svg]]

Every program reads the snapshot's Parquet files and nothing that reslate computed. All must give the same answer, row by row,
before any time is told. Times are from the start of a process to the last byte of its CSV, with starting Python where a
program is one; the programs of a task take turns. Prints Markdown.

--growth: also more cells, and 1, 5, 20 and 50 seasons of the demo.
"""

import argparse
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version

from duck import script, stated, use
from grid import JUDGED, brute_force, cells, tune
from growth import more_cells, more_seasons
from measure import NotDone, compared, duckdb, python, timed
from questions import CANDIDATES, EVER, ask, between, picks_of, read_cells, read_picks, read_rows, reslate
from versions import VERSIONS


def tasks(program, snapshot, folder, date):
    """What is measured: the task, and who does it, reslate first."""

    def loop(dates):
        return python("Python, slate by slate", "loop.py", snapshot, *dates, read=read_picks)

    def replay(dates):
        command = ["replay", "--version", "v314", *between(dates)]
        return reslate("reslate `replay`: every candidate with its trace", program, snapshot, command, read=read_picks)

    slate = (date, date)
    bare = duckdb("Python that imports DuckDB and ends", "", folder)
    yield f"picks of {date}", [*picks_of(program, snapshot, folder, ["v314"], slate), loop(slate), replay(slate), bare]
    yield "picks of all slates", [*picks_of(program, snapshot, folder, ["v314"], EVER), loop(EVER), replay(EVER)]
    yield f"picks of all slates by {len(VERSIONS)} versions", picks_of(program, snapshot, folder, VERSIONS, EVER)
    inputs = folder / "inputs"
    stated(snapshot, ["v314"], *EVER, "candidates", inputs)
    yield (
        "candidates of all slates",
        [
            reslate("reslate", program, snapshot, ask(CANDIDATES), read=read_rows),
            duckdb("DuckDB", script(snapshot, ["v314"], *EVER, CANDIDATES, "candidates"), folder, read_rows),
            python("Polars", "frames.py", snapshot, inputs, read=read_rows),
        ],
    )
    decided = script(snapshot, ["v314"], *EVER, brute_force("//"), JUDGED)
    cell_by_cell = [*tune(), *between(EVER), "--luck", "off"]
    forward = [*cell_by_cell, "--train", "60d", "--test", "10d"]
    yield (
        f"tune, {cells():,} cells",
        [
            reslate("reslate, without luck", program, snapshot, cell_by_cell, read=read_cells),
            duckdb("DuckDB, deciding and brute force", decided, folder, read_cells),
            reslate("reslate `sql`, the same brute force", program, snapshot, ask(brute_force("/")), read=read_cells),
            reslate("reslate, with luck (1,000 draws)", program, snapshot, [*tune(), *between(EVER)]),
            reslate("reslate, walking forward", program, snapshot, forward),
        ],
    )


def machine(program):
    """What was measured on what."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    reslate = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{reslate}, DuckDB {version('duckdb')}, Polars {version('polars')}, Python {platform.python_version()}; "
        f"{cpu[1] if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB; "
        f"{datetime.date.today()}"
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("reslate", help="the program")
    arguments.add_argument("--snapshot", required=True, metavar="DIR", help="a snapshot of a season")
    arguments.add_argument("--date", default="2026-02-11", help="the one slate (default: %(default)s)")
    arguments.add_argument("--runs", type=int, default=5, help="of which the median counts (default: %(default)s)")
    arguments.add_argument("--growth", action="store_true", help="also how time and memory grow with cells and seasons")
    arguments.add_argument("--plot", metavar="SVG", help="draw the growth with seasons into this file")
    options = arguments.parse_args()
    if options.plot and not options.growth:
        arguments.error("--plot draws the growth; give --growth too")
    program = str(pathlib.Path(options.reslate).resolve())
    use(program)
    print(f"{machine(program)}. Medians of {options.runs} runs.\n")
    print("| | | seconds | times reslate's | peak memory |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for task, programs in tasks(program, options.snapshot, folder, options.date):
            print(f"{task}: comparing answers", file=sys.stderr)
            agreed = compared(programs, folder)
            measured = timed(programs, options.runs)
            title = f"{task} (the same {agreed:,} rows)"
            for peer, (seconds, peak) in zip(programs, measured, strict=True):
                ratio = f"{seconds / measured[0][0]:.1f}" if peer is not programs[0] else ""
                print(f"| {title} | {peer.name} | {seconds:.2f} | {ratio} | {peak:,.0f} MB |", flush=True)
                title = ""
        if options.growth:
            more_cells(program, options.snapshot, options.runs)
            more_seasons(program, options.date, folder, options.plot)


if __name__ == "__main__":
    try:
        main()
    except NotDone as why:
        raise SystemExit(f"error: {why}") from None
