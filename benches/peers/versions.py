"""The versions of `queries/versions/` as the input relations that the engine makes of them, written as SQL.

Read from the same files as the engine reads (see src/engine/inputs.rs and sets.rs); nothing here comes from reslate.
"""

import pathlib
import tomllib

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "queries"


def catalogue():
    """The parameters, signals and filters that versions name."""

    def read(file):
        return tomllib.loads((QUERIES / file).read_text())

    parameters = read("catalogue.toml")["parameters"]
    signals = read("definitions/signals.toml")["signal"]
    filters = read("definitions/filters.toml")["filter"]
    for name, definition in [*signals.items(), *filters.items()]:
        own = definition.get("parameters", {})
        parameters |= {f"{name}.{parameter}": about for parameter, about in own.items()}
    return {"parameters": parameters, "signals": signals, "filters": filters}


CATALOGUE = catalogue()
VERSIONS = ["v279", "v284a", "v284b", "v294", "v295", "v296", "v297", "v298", "v307", "v307q", "v314", "v316", "v318"]
TYPES = {
    "decimal": "DECIMAL(18, 6)",
    "double": "DOUBLE",
    "integer": "INTEGER",
    "choice": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
}
LIST = "STRUCT(names VARCHAR[], places INTEGER[])"
COMBOS = "STRUCT(combo_id VARCHAR, signals VARCHAR[], classification VARCHAR, hit_rate DOUBLE, score_weight DOUBLE)[]"
# What makes a choice that versions share; what depends on it is computed once for all of them.
SETS = {
    "bid_set": ["candidates", "champion", "attribution_edge"],
    "candidate_set": [
        "candidates",
        "champion",
        "tie",
        "attribution_edge",
        "source_weight",
        "source_weight_days",
        "source_weight_min_edge",
        "source_weight_min_graded",
        "source_weight_full_rate",
        "source_weight_shrink_graded",
        "source_weight_zero_rate",
        "source_weight_one_rate",
        "source_weight_min_best_bets",
    ],
    "consensus_set": [
        "consensus_edge",
        "consensus_slate_families",
        "consensus_quantile_rule",
        "consensus_diversity_factor",
    ],
    "feature_set": [
        "champion",
        "stats_since",
        "line_move_days",
        "health_days",
        "health_min_edge",
        "health_blocked",
        "health_watch",
        "direction_days",
        "blacklist_min_edge",
        "blacklist_systems",
    ],
    "affinity_set": ["affinity_days", "affinity_min_picks", "affinity_min_edge", "affinity_low_vegas"],
    "health_set": ["health"],
}


def flat(table, prefix=""):
    """Parameters by their dotted names."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def version(name):
    """A version with what it extends: lists replaced, parameters added."""
    own = tomllib.loads((QUERIES / "versions" / f"{name}.toml").read_text())
    whole = version(own["extends"]) if "extends" in own else {"parameters": {}}
    parameters = whole["parameters"] | dict(flat(own.pop("parameters", {})))
    return whole | own | {"id": name, "parameters": parameters}


# What any of the versions lists: the engine states no other signal and filter of a question.
for what in ["signals", "filters"]:
    listed = {name for id in VERSIONS for name in version(id)[what]}
    CATALOGUE[what] = {name: definition for name, definition in CATALOGUE[what].items() if name in listed}


def parameter(of, name):
    """A parameter's value; None where it is off."""
    floor = of["confidence_floors"].get(of["parameters"]["champion"], "off")
    value = of["parameters"].get(name, floor if name == "confidence_floor" else "off")
    return None if value == "off" else value


def sql(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(sql, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {sql(each)}" for key, each in value.items()) + "}"
    return "NULL" if value is None else str(value)


def relation(name, columns, rows):
    """A table of `rows`, with the types of `columns`."""
    typed = ", ".join(f'CAST(column{at} AS {kind}) AS "{column}"' for at, (column, kind) in enumerate(columns.items()))
    values = ", ".join("(" + ", ".join("NULL" if v is None else f"'{sql(v)}'" for v in row) + ")" for row in rows)
    aliases = ", ".join(f"column{at}" for at in range(len(columns)))
    return f"CREATE TEMP TABLE {name} AS SELECT {typed} FROM (VALUES {values}) AS v ({aliases});"


def combos(of):
    """The registry, the largest entries first and those of a size in its order, so that the first match is the best."""
    entries = [
        {
            "combo_id": combo["id"],
            "signals": combo.get("signals") or combo["id"].split("+"),
            "classification": combo["class"],
            "hit_rate": combo.get("hit_rate"),
            "score_weight": combo.get("score_weight"),
        }
        for combo in of["combos"]
    ]
    return sorted(entries, key=lambda entry: -len(entry["signals"]))


def ordered(kind, names):
    """A version's list of signals or filters, with the place of each in the catalogue."""
    catalogue = list(CATALOGUE[kind])
    return {"names": names, "places": [catalogue.index(name) + 1 for name in names]}


def params_row(of):
    row = {
        "version": ("VARCHAR", of["id"]),
        "algorithm_version": ("VARCHAR", of["algorithm_version"]),
        "signals": (LIST, ordered("signals", of["signals"])),
        "filters": (LIST, ordered("filters", of["filters"])),
        "observed": (LIST, ordered("filters", [])),
        "combos": (COMBOS, combos(of)),
        "model_dependent": ("VARCHAR[]", of["model_dependent"]),
        "blacklist_works": ("BOOLEAN", "player_blacklist" not in of["defects"]),
        "direction_health_works": ("BOOLEAN", "direction_health" not in of["defects"]),
    }
    idle = {each.get("threshold") for name, each in CATALOGUE["filters"].items() if name not in of["filters"]}
    row |= {f"asks {name}": ("BOOLEAN", name in of["filters"]) for name in CATALOGUE["filters"]}
    for name, about in CATALOGUE["parameters"].items():
        value = None if name in idle else parameter(of, name)
        if about["kind"] == "range":
            low, high = value.split(":") if value else (None, None)
            row |= {f"{name}.low": (TYPES["decimal"], low), f"{name}.high": (TYPES["decimal"], high)}
        else:
            row[name] = (TYPES[about["kind"]], value)
    return row


def inputs(names, registry):
    """The input relations of a question by the versions `names`, all but the slates. `registry`: the snapshot's own combos,
    which replace every version's; None where it has none."""
    asked = [version(name) | ({"combos": registry} if registry else {}) for name in names]
    kinds = {name: TYPES.get(about["kind"]) for name, about in CATALOGUE["parameters"].items()}
    lists, choices, chosen = [], {name: [] for name in SETS}, []
    for of in asked:
        quantile = {family["family"] for family in of["families"] if family["loss"] == "quantile"}
        if of["families"] not in lists:
            lists.append(of["families"])
        families = lists.index(of["families"])
        derived = {
            "bid_set": {"family_set": families},
            "candidate_set": {"family_set": families},
            "consensus_set": {"family_set": families, "quantile_families": len(quantile)},
            "feature_set": {"frame_lag": int(parameter(of, "windows") == "faithful")},
        }
        ids = {}
        for name, parameters in SETS.items():
            choice = {each: parameter(of, each) for each in parameters} | derived.get(name, {})
            if name == "candidate_set":
                choice["bid_set"] = ids["bid_set"]
            if choice not in choices[name]:
                choices[name].append(choice)
            ids[name] = choices[name].index(choice)
        chosen.append(ids)
    statements = []
    for name, made in choices.items():
        columns = {name: "INTEGER"} | {each: kinds.get(each, "INTEGER") for each in made[0]}
        statements.append(relation(f"{name}s", columns, [[at, *each.values()] for at, each in enumerate(made)]))
    rows = [params_row(of) | {name: ("INTEGER", at) for name, at in ids.items()} for of, ids in zip(asked, chosen, strict=True)]
    columns = {name: kind for name, (kind, _) in rows[0].items()}
    statements.append(relation("params", columns, [[value for _, value in row.values()] for row in rows]))
    reach = max(parameter(of, "line_move_days") for of in asked)
    statements.append(relation("reach", {"line_days": "INTEGER"}, [[reach]]))
    statements.append(family_relation("families", lists))
    statements.append(family_relation("model_families", [version("v307q")["families"]]))
    return statements


def family_relation(name, lists):
    columns = {"family_set": "INTEGER", "ordinal": "INTEGER", "family": "VARCHAR", "match": "VARCHAR"}
    columns |= {"pattern": "VARCHAR", "feature_set": "VARCHAR", "loss": "VARCHAR", "is_candidate": "BOOLEAN"}
    rows = []
    for family_set, families in enumerate(lists):
        for ordinal, family in enumerate(families):
            match = "equals" if "equals" in family else "starts_with"
            about = [family["family"], match, family[match], family["feature_set"], family["loss"]]
            rows.append([family_set, ordinal, *about, family.get("candidate", True)])
    return relation(name, columns, rows)
