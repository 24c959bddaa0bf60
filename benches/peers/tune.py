"""Measures `reslate tune` beside the same work as brute-force SQL, in one run on this machine, and prints Markdown tables.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
    /tmp/peers/bin/python benches/peers/tune.py target/release/reslate [--snapshot DIR] [--growth]

The grid: 8,192 cells of four thresholds of v314. The peers get the candidates that no other filter blocks, with the values
that the four filters compare, and ask every cell about every candidate: DuckDB from a Parquet file with nothing else to do,
DataFusion inside `reslate sql` after deciding the season. All must count the same wins and losses in every cell.

--growth: the time and peak memory of `tune` over more cells, and over more seasons (of the demo, written for it).
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import duckdb

VERSION = ["--version", "v314"]
GRID = {"min_edge": (3, 0.25, 16), "under_max_edge": (5, 0.5, 8), "bench_line": (8, 1, 8), "line_jump": (1, 0.5, 8)}
FILTERS = {
    "min_edge": ("edge_floor", "{value} >= {threshold}"),
    "under_max_edge": ("under_edge_cap", "{value} < {threshold}"),
    "bench_line": ("bench_under_line", "{value} >= {threshold}"),
    "line_jump": ("line_jumped_under", "{value} < {threshold}"),
}
RUNS = 5


def parameters(grid):
    for name, (first, step, count) in grid.items():
        yield from ["--param", f"{name}={first}:{first + step * (count - 1)}:{step}"]


def candidates():
    """What no other filter blocks, with the values that the four filters compare."""
    values = ", ".join(f"filters['{filter}']['value'] AS {name}" for name, (filter, _) in FILTERS.items())
    names = ", ".join(f"'{filter}'" for filter, _ in FILTERS.values())
    return f"SELECT outcome, {values} FROM decisions WHERE cardinality(array_except(failing_filters, make_array({names}))) = 0"


def brute_force(source, divide):
    """Every cell asked about every candidate. The dialects differ in whole-number division alone."""
    cells, columns = 1, []
    for name, (first, step, count) in reversed(GRID.items()):
        columns.append(f"{first} + (cell {divide} {cells}) % {count} * {step} AS {name}")
        cells *= count
    passes = " AND ".join(
        f"(c.{name} IS NULL OR {rule.format(value=f'c.{name}', threshold=f'g.{name}')})" for name, (_, rule) in FILTERS.items()
    )
    return (
        f"SELECT g.cell, count(*) FILTER (WHERE c.outcome = 'WIN') AS wins, "
        f"count(*) FILTER (WHERE c.outcome = 'LOSS') AS losses "
        f"FROM ({source}) AS c CROSS JOIN (SELECT cell, {', '.join(columns)} FROM (SELECT unnest(range(0, {cells})) AS cell)) AS g "
        f"WHERE {passes} GROUP BY g.cell"
    )


def timed(run):
    """Median seconds and the largest peak memory (MB; of the child process, where `run` starts one) of several runs."""
    seconds, peaks = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        peaks.append(run() or 0)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), max(peaks)


def program(reslate, arguments, snapshot, out=os.devnull):
    def run():
        environment = dict(os.environ)
        environment.pop("RESLATE_SNAPSHOT", None)
        command = [reslate, *arguments] + (["--snapshot", snapshot] if snapshot else [])
        with open(out, "wb") as stdout:
            child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL, env=environment)
            _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            raise SystemExit(f"{' '.join(command)} failed")
        return usage.ru_maxrss / 1024

    return run


def same(connection, left, right, what):
    differing = connection.sql(
        f"SELECT count(*) FROM {left} AS a FULL JOIN {right} AS b USING (cell) "
        "WHERE coalesce(a.wins, 0) <> coalesce(b.wins, 0) OR coalesce(a.losses, 0) <> coalesce(b.losses, 0)"
    ).fetchall()[0][0]
    if differing:
        raise SystemExit(f"{what}: {differing} cells differ")


def compare(reslate, snapshot, folder):
    connection = duckdb.connect()
    file = {name: str(folder / f"{name}.parquet") for name in ["candidates", "cells", "datafusion"]}
    whole = ["--from", "2025-10-21"]
    program(reslate, ["sql", candidates(), *VERSION, *whole, "--out", file["candidates"]], snapshot)()
    tune = ["tune", *VERSION, *whole, *parameters(GRID)]
    by_sql = ["sql", brute_force(candidates(), "/"), *VERSION, *whole]
    program(reslate, [*tune, "--luck", "off", "--out", file["cells"]], snapshot)()
    program(reslate, [*by_sql, "--out", file["datafusion"]], snapshot)()
    duck = brute_force(f"SELECT * FROM read_parquet('{file['candidates']}')", "//")
    connection.sql(f"CREATE TABLE duck AS {duck}")
    same(connection, f"read_parquet('{file['cells']}')", "duck", "DuckDB")
    same(connection, f"read_parquet('{file['cells']}')", f"read_parquet('{file['datafusion']}')", "DataFusion")
    rows = [
        ("`reslate replay` of the season", program(reslate, ["replay", *VERSION, *whole], snapshot)),
        ("`reslate tune`, 8,192 cells, without luck", program(reslate, [*tune, "--luck", "off"], snapshot)),
        ("`reslate tune`, 8,192 cells, with luck", program(reslate, tune, snapshot)),
        (
            "`reslate tune`, 8,192 cells, walking forward",
            program(reslate, [*tune, "--luck", "off", "--train", "60d", "--test", "10d"], snapshot),
        ),
        ("DuckDB, brute force, from candidates", lambda: connection.execute(duck).fetchall() and None),
        ("DataFusion, brute force, after deciding the season", program(reslate, by_sql, snapshot)),
    ]
    print(f"Medians of {RUNS} runs; DuckDB {duckdb.__version__}; the same wins and losses in all {8192:,} cells.\n")
    print("| | seconds | peak memory |\n|---|---|---|")
    for name, run in rows:
        seconds, peak = timed(run)
        print(f"| {name} | {seconds:.2f} | {f'{peak:.0f} MB' if peak else ''} |")


def growth(reslate, snapshot, folder):
    print("\n| cells | seconds | peak memory |\n|---|---|---|")
    for steps in [(5, 5, 2, 2), (16, 8, 8, 1), (20, 10, 10, 5), (40, 20, 25, 5), (50, 40, 25, 20)]:
        grid = {name: (first, step / 4, count) for (name, (first, step, _)), count in zip(GRID.items(), steps)}
        cells = 1
        for count in steps:
            cells *= count
        run = program(reslate, ["tune", *VERSION, "--luck", "off", *parameters(grid)], snapshot)
        seconds, peak = timed(run)
        print(f"| {cells:,} | {seconds:.2f} | {peak:.0f} MB |")
    print("\n| seasons | replay, seconds | tune of 8,192 cells, seconds | peak memory |\n|---|---|---|---|")
    for seasons in [1, 2, 5, 10, 20]:
        league = str(folder / f"seasons-{seasons}")
        program(reslate, ["demo", "write", league, "--seasons", str(seasons)], None)()
        replayed, _ = timed(program(reslate, ["replay", *VERSION, "--from", "2000-01-01"], league))
        seconds, peak = timed(program(reslate, ["tune", *VERSION, "--luck", "off", *parameters(GRID)], league))
        print(f"| {seasons} | {replayed:.2f} | {seconds:.2f} | {peak:.0f} MB |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("reslate", help="the program")
    arguments.add_argument("--snapshot", help="a snapshot of a season; the demo unless given")
    arguments.add_argument("--growth", action="store_true", help="also how the time grows with cells and seasons")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        compare(asked.reslate, asked.snapshot, folder)
        if asked.growth:
            growth(asked.reslate, asked.snapshot, folder)


if __name__ == "__main__":
    main()
