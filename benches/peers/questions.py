"""What reslate and its peers are asked, and how their answers are read."""

import csv

from duck import script
from measure import Program, duckdb

COLUMNS = [
    "version",
    "game_date",
    "player_lookup",
    "game_id",
    "recommendation",
    "line",
    "edge",
    "source_model_id",
    "rank",
    "outcome",
]
PICKS = f"SELECT {', '.join(COLUMNS)} FROM picks ORDER BY version, game_date, rank"
CANDIDATES = "SELECT * FROM candidates ORDER BY candidate"
EVER = ("1900-01-01", "2100-01-01")


def read_picks(file):
    """The picks in order, of one CSV or of several in a row; of decisions those that are selected."""
    with open(file, newline="") as text:
        lines = csv.reader(text)
        header = next(lines)
        rows = [dict(zip(header, line, strict=True)) for line in lines if line != header]
    picks = [[row[name] for name in COLUMNS] for row in rows if row.get("selected", "true") == "true"]
    return sorted(picks, key=lambda pick: (pick[0], pick[1], int(pick[COLUMNS.index("rank")])))


def read_rows(file):
    """All rows without the number of reslate's format."""
    with open(file, newline="") as text:
        return [{name: value for name, value in row.items() if name != "schema_version"} for row in csv.DictReader(text)]


def read_cells(file):
    """The cells of a grid that win or lose anything."""
    with open(file, newline="") as text:
        counts = [(int(row["cell"]), int(row["wins"]), int(row["losses"])) for row in csv.DictReader(text)]
    return sorted(row for row in counts if row[1] or row[2])


def reslate(name, program, snapshot, command, read=None):
    """A command of reslate over a snapshot, with its answer as CSV."""
    return Program(name, [program, *command, "--format", "csv", "--snapshot", snapshot], read)


def ask(query, versions=("v314",), dates=EVER):
    first, *also = versions
    return ["sql", query, "--version", first, *(["--also", ",".join(also)] if also else []), *between(dates)]


def between(dates):
    return ["--from", dates[0], "--to", dates[1]]


def picks_of(program, snapshot, folder, versions, dates):
    """The picks of versions on some dates, by reslate and by DuckDB."""
    return [
        reslate("reslate", program, snapshot, ask(PICKS, versions, dates), read=read_picks),
        duckdb("DuckDB", script(snapshot, versions, *dates, PICKS), folder, read_picks),
    ]
