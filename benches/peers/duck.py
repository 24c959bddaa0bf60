"""The pipeline of `queries/` as a DuckDB script: the same queries in the same order, from the snapshot's Parquet files.

What differs between the dialects is in SUBSTITUTIONS and MACROS, each with the reason; what the engine states besides the
snapshot, in versions.py.
"""

import functools
import json
import pathlib
import re
import subprocess

import duckdb

from versions import CATALOGUE, QUERIES, VERSIONS, inputs

# Applied to every query in this order: pattern, replacement, why.
SUBSTITUTIONS = [
    (r"--[^\n]*", "", "comments, so that no word of them is taken for a relation"),
    (r"\* EXCEPT \(", "* EXCLUDE (", "DuckDB's word for it"),
    (r"\bLEFT ANTI JOIN\b", "ANTI JOIN", "DuckDB's word for it"),
    (r"\barrow_cast\(('[^']*'), 'Timestamp\(µs\)'\)", r"CAST(\1 AS TIMESTAMP)", "Arrow's names of types are the engine's"),
    (r"\bnamed_struct\(", "struct_pack(", "in DuckDB the fields of a struct are named arguments ..."),
    (r"'([a-z0-9]\w*)',(?=\s)", r'"\1" :=', "... name := value; no other lower-case text comes before a comma"),
    (r"\bmake_array\(", "list_value(", "DuckDB's name for it"),
    (r"\bcardinality\(", "len(", "cardinality() is of maps alone in DuckDB"),
    (r"\blast_value\(", "last(", "last_value() is no aggregate in DuckDB"),
    (r"\bdouble_mean\(", "avg(", "the engine's own aggregate, and DuckDB's macros cannot have windows"),
    (r"\bdouble_stddev\(", "stddev_samp(", "the same; no frame of DuckDB drifts, since it takes nothing away again"),
    (r"(?<![\w.'])(\d+\.\d+)\b(?!')", r"\1e0", "a number with a point is a decimal in DuckDB, a double in DataFusion"),
]


def flags(names, field=""):
    return ", ".join(f"coalesce(flags['{name}']{field}, FALSE)" for name in names)


# The engine's functions of its own (src/engine/udf). A version's list (names) says which flags count and in which order.
MACROS = f"""
-- The mean of decimals with 9 digits; a mean of a season's games has no tie in the tenth.
CREATE TEMP MACRO decimal_mean(total, n) AS CAST(total / n AS DECIMAL(18, 9));

CREATE TEMP MACRO key_hash(a, b, c) AS hash(a, b, c);

-- The place of a text in a list with commas, 0 where it has none.
CREATE TEMP MACRO find_in_set(x, list) AS
    CASE WHEN x IS NULL OR list IS NULL THEN NULL ELSE coalesce(list_position(string_split(list, ','), x), 0) END;

CREATE TEMP MACRO hit_rate(wins, n) AS round(100e0 * wins / nullif(n, 0), 1);

-- On the exact value of the double, as round() is not.
CREATE TEMP MACRO round_half_even(x, digits) AS CAST(printf('%.*f', digits, x) AS DOUBLE);

CREATE TEMP MACRO signal_tags(list, flags) AS
    list_where(list.names, list_select([{flags(CATALOGUE["signals"])}], list.places));

CREATE TEMP MACRO failing_filters(list, flags) AS
    list_where(list.names, list_select([{flags(CATALOGUE["filters"], "['blocks']")}], list.places));

CREATE TEMP MACRO first_filter(list, flags) AS failing_filters(list, flags)[1];

-- Without by_order and alternative, on which no pick depends: DuckDB does less here than the engine. The registry comes with
-- the largest entries first, so the first match is the best.
CREATE TEMP MACRO match_combo(registry, tags) AS coalesce(
    list_filter(registry, lambda entry: entry.combo_id = array_to_string(list_sort(tags), '+'))[1],
    list_filter(registry, lambda entry: list_has_all(tags, entry.signals))[1]
);

CREATE TEMP MACRO signal_weight(regime, depends) AS
    CASE regime WHEN 'HOT' THEN 1.2e0 WHEN 'COLD' THEN CASE WHEN depends THEN 0e0 ELSE 0.5e0 END ELSE 1e0 END;

CREATE TEMP MACRO effective_signals(tags, health_rows, model_dependent) AS CASE
    WHEN health_rows IS NULL THEN CAST(len(tags) AS DOUBLE)
    ELSE list_sum(list_transform(tags, lambda signal: coalesce(
        list_transform(
            list_filter(health_rows, lambda health: health.tag = signal),
            lambda health: signal_weight(
                health.regime, coalesce(health.is_model_dependent, list_contains(model_dependent, signal))
            )
        )[1],
        1e0
    ))) END;
"""

# Columns that a snapshot may lack, with the tables that it may lack: empty then, as in the engine.
OPTIONAL = {
    "player_prop_predictions": {
        "confidence_score": "DECIMAL(5, 2)",
        "feature_quality_score": "DOUBLE",
        "prediction_id": "VARCHAR",
        "prediction_version": "BIGINT",
        "created_at": "TIMESTAMP",
    },
    "prediction_accuracy": {"is_voided": "BOOLEAN", "graded_at": "TIMESTAMP"},
    "player_game_summary": {"unassisted_fg_makes": "BIGINT", "usage_rate": "DECIMAL(6, 2)", "starter_flag": "BOOLEAN"},
    "ml_feature_store_v2": {"game_date": "DATE", "player_lookup": "VARCHAR", "feature_50_value": "DOUBLE"},
    "signal_health_daily": {
        "game_date": "DATE",
        "signal_tag": "VARCHAR",
        "hr_7d": "DOUBLE",
        "hr_season": "DOUBLE",
        "regime": "VARCHAR",
        "status": "VARCHAR",
        "is_model_dependent": "BOOLEAN",
        "computed_at": "TIMESTAMP",
    },
    "current_subset_picks": {
        "game_date": "DATE",
        "subset_id": "VARCHAR",
        "player_lookup": "VARCHAR",
        "system_id": "VARCHAR",
        "game_id": "VARCHAR",
        "version_id": "VARCHAR",
        "computed_at": "TIMESTAMP",
    },
    "model_registry": {"model_id": "VARCHAR", "training_end_date": "DATE"},
    "model_performance_daily": {
        "game_date": "DATE",
        "model_id": "VARCHAR",
        "rolling_hr_14d": "DOUBLE",
        "rolling_n_14d": "BIGINT",
        "best_bets_hr_21d": "DOUBLE",
        "best_bets_n_21d": "BIGINT",
        "computed_at": "TIMESTAMP",
    },
}

# As src/engine/slates.rs and src/snapshot/calendar.rs have them, of all dates on which games were predicted or played.
SLATES = """
CREATE TEMP TABLE slates AS
SELECT
    game_date,
    opening_night,
    CAST((game_date - opening_night) // 7 AS INTEGER) AS season_week,
    opening_night + 1 AS stats_since,
    year || '-' || lpad(CAST((year + 1) % 100 AS VARCHAR), 2, '0') AS season,
    game_date AS known_before,
    CAST(NULL AS TIMESTAMP) AS as_of,
    CAST(NULL AS TIMESTAMP) AS past_as_of,
    0 AS vantage,
    CAST(NULL AS VARCHAR) AS subset_version
FROM (
    SELECT
        game_date,
        year,
        make_date(year, 10, CASE year WHEN 2021 THEN 19 WHEN 2022 THEN 18 WHEN 2023 THEN 24 WHEN 2025 THEN 21 ELSE 22 END)
            AS opening_night
    FROM (
        SELECT game_date, CAST(year(game_date) - CAST(month(game_date) < 10 AS INTEGER) AS INTEGER) AS year
        FROM (SELECT game_date FROM player_prop_predictions UNION SELECT game_date FROM player_game_summary)
        WHERE game_date BETWEEN '{first}' AND '{last}'
    )
);
CREATE TEMP TABLE slate_versions AS SELECT version, game_date FROM params CROSS JOIN slates;
"""


@functools.cache
def file_of(name):
    """The file of a relation, whichever its folder; none for what is no relation of the pipeline."""
    return next(QUERIES.glob(f"*/{name}.sql"), None)


# The relations whose SELECT follows in part from definitions; the program prints the whole of it.
GENERATED = ["signals", "verdicts", "rankings", "decisions"]
PROGRAM = []


def use(program):
    """Says which program prints what is generated."""
    PROGRAM[:] = [program]


def generated(name):
    shown = [*PROGRAM, "relations", "show", name, "--version", ",".join(VERSIONS), "--format", "json"]
    return json.loads(subprocess.run(shown, check=True, capture_output=True).stdout)["sql"]


@functools.cache
def query(name):
    """A relation's SELECT in DuckDB's dialect; none for what is no relation of the pipeline."""
    file = file_of(name)
    if file is None:
        return None
    text = generated(name) if name in GENERATED else file.read_text()
    for pattern, replacement, _ in SUBSTITUTIONS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def reads(name):
    """The relations and tables that a relation reads: what its SELECTs name, but for its own common table expressions."""
    text = query(name) or ""
    own = re.findall(r"^(?:WITH )?(\w+) AS \($", text, re.MULTILINE)
    return [read for read in dict.fromkeys(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", text)) if read not in own]


def graph(wanted):
    """Every relation or table that `wanted` is made of, each after those it reads, with its readers."""
    readers = {}

    def add(name, reader):
        if name not in readers:
            for read in reads(name):
                add(read, name)
            readers.setdefault(name, set())
        readers[name].add(reader)

    add(wanted, None)
    return readers


def definitions(wanted):
    """The relations in order. As in the engine those with several readers are computed once and kept, and those that no
    version states for those that one does; any other becomes a part of its reader."""
    readers, of_versions = graph(wanted), {"params", "slate_versions"}
    for name in readers:
        if of_versions.intersection(reads(name)):
            of_versions.add(name)
    for name, read_by in readers.items():
        if query(name):
            is_kept = len(read_by) > 1 or (name not in of_versions and read_by & of_versions)
            yield f"CREATE TEMP {'TABLE' if is_kept else 'VIEW'} {name} AS\n{query(name)};"


def source(folder, table):
    """A table of a snapshot: its month files, or the one file of a plain folder."""
    folder = pathlib.Path(folder)
    files = [file for file in [folder / f"{table}.parquet"] if file.exists()] or sorted(folder.glob(f"{table}/*.parquet"))
    return [str(file) for file in files]


def table(folder, name):
    files = source(folder, name)
    has = duckdb.sql(f"SELECT * FROM read_parquet({files})").columns if files else []
    lacks = [f"CAST(NULL AS {kind}) AS {column}" for column, kind in OPTIONAL.get(name, {}).items() if column not in has]
    columns = ", ".join((["*"] if files else []) + lacks)
    rows = f"FROM read_parquet({files})" if files else "WHERE FALSE"
    return f"CREATE TEMP VIEW {name} AS SELECT {columns} {rows};"


def registry(folder):
    """The snapshot's own combos in its order; None where it has none."""
    files = source(folder, "signal_combo_registry")
    if not files:
        return None
    rows = duckdb.sql(
        'SELECT combo_id AS id, signals, classification AS "class", hit_rate, score_weight '
        f"FROM read_parquet({files}) ORDER BY ordinal, combo_id"
    )
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def opening(folder, versions, first, last, wanted):
    """The statements that come before the queries: functions, the snapshot's tables, and what is asked of them."""
    needed = {"player_prop_predictions", "player_game_summary", *graph(wanted)}
    tables = [table(folder, name) for name in OPTIONAL if name in needed]
    return [MACROS, *tables, *inputs(versions, registry(folder)), SLATES.format(first=first, last=last)]


def script(folder, versions, first, last, answer, wanted="picks"):
    """All that `answer`, a query over the relation `wanted`, takes, ending with its rows as CSV on standard output."""
    written = f"COPY ({answer}) TO '/dev/stdout' (FORMAT csv, HEADER);"
    return "\n".join([*opening(folder, versions, first, last, wanted), *definitions(wanted), written])


def stated(folder, versions, first, last, wanted, into):
    """Writes what `wanted` is made of besides the snapshot's own tables: Parquet files in the folder `into`."""
    into.mkdir()
    connection = duckdb.connect()
    for statement in opening(folder, versions, first, last, wanted):
        connection.execute(statement)
    for name in graph(wanted):
        if not query(name) and not source(folder, name):
            connection.execute(f"COPY {name} TO '{into / name}.parquet'")
