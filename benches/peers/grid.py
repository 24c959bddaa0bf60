"""Tuning: 8,192 cells of four thresholds of v314, by `reslate tune` and as brute-force SQL that asks every cell about every
candidate which no other filter blocks."""

import math

GRID = {"min_edge": (3, 0.25, 16), "under_max_edge": (5, 0.5, 8), "bench_line": (8, 1, 8), "line_jump": (1, 0.5, 8)}
FILTERS = {
    "min_edge": ("edge_floor", "{value} >= {threshold}"),
    "under_max_edge": ("under_edge_cap", "{value} < {threshold}"),
    "bench_line": ("bench_under_line", "{value} >= {threshold}"),
    "line_jump": ("line_jumped_under", "{value} < {threshold}"),
}
# The relation that the SQL asks.
JUDGED = "judged_candidates"


def cells(grid=GRID):
    return math.prod(count for _, _, count in grid.values())


def tune(grid=GRID):
    """The command that tries a grid."""
    parameters = []
    for name, (first, step, count) in grid.items():
        parameters += ["--param", f"{name}={first}:{first + step * (count - 1)}:{step}"]
    return ["tune", "--version", "v314", *parameters]


def brute_force(divide):
    """Every cell asked about every candidate. The dialects differ in whole-number division alone."""
    names = ", ".join(f"'{filter}'" for filter, _ in FILTERS.values())
    values = ", ".join(f"filters['{filter}']['value'] AS {name}" for name, (filter, _) in FILTERS.items())
    below, columns = 1, []
    for name, (first, step, count) in reversed(GRID.items()):
        columns.append(f"{first} + (cell {divide} {below}) % {count} * {step} AS {name}")
        below *= count
    passes = " AND ".join(
        f"(c.{name} IS NULL OR {rule.format(value=f'c.{name}', threshold=f'g.{name}')})" for name, (_, rule) in FILTERS.items()
    )
    return (
        f"SELECT g.cell, count(*) FILTER (WHERE c.outcome = 'WIN') AS wins, "
        f"count(*) FILTER (WHERE c.outcome = 'LOSS') AS losses "
        f"FROM (SELECT outcome, {values} FROM {JUDGED} WHERE array_has_all([{names}], failing_filters)) AS c "
        f"CROSS JOIN (SELECT cell, {', '.join(columns)} FROM (SELECT unnest(range(0, {below})) AS cell)) AS g "
        f"WHERE {passes} GROUP BY g.cell"
    )
