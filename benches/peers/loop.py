"""The picks of v314 slate by slate in plain Python, as one would write it without an engine: for every slate its
predictions, for every candidate the player's earlier games, then signals, filters and rank.

    python loop.py SNAPSHOT FIRST LAST

A lookup by player is the only index. Writes the picks' columns as CSV.
"""

import collections
import csv
import datetime
import decimal
import statistics
import sys

import pyarrow.parquet

from duck import source
from questions import COLUMNS

CHAMPION = "catboost_v9"
FAMILIES = ["catboost_v9_q43_", "catboost_v9_q45_", "catboost_v9_low_vegas_", "catboost_v12"]
BOOKS = {"ACTUAL_PROP", "ODDS_API", "BETTINGPROS"}
COMBOS = [
    ("edge_spread_optimal+high_edge+minutes_surge", "SYNERGISTIC"),
    ("high_edge+minutes_surge", "SYNERGISTIC"),
    ("cold_snap", "SYNERGISTIC"),
    ("3pt_bounce", "SYNERGISTIC"),
    ("blowout_recovery", "SYNERGISTIC"),
    ("bench_under", "SYNERGISTIC"),
    ("high_ft_under", "SYNERGISTIC"),
    ("b2b_fatigue_under", "SYNERGISTIC"),
    ("volatile_under", "SYNERGISTIC"),
    ("high_usage_under", "SYNERGISTIC"),
    ("prop_line_drop_over", "SYNERGISTIC"),
]
OPENING_DAYS = {2021: 19, 2022: 18, 2023: 24, 2024: 22, 2025: 21}
DAY = datetime.timedelta(days=1)
NINTH = decimal.Decimal("1e-9")
NEVER = datetime.datetime.min


def rows(folder, table):
    return pyarrow.parquet.read_table(source(folder, table)).to_pylist() if source(folder, table) else []


def grouped(rows, *names):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]].append(row)
    return groups


def opening_night(date):
    year = date.year if date.month >= 10 else date.year - 1
    return datetime.date(year, 10, OPENING_DAYS.get(year, 22))


def bids(system):
    return system == CHAMPION or any(system.startswith(prefix) for prefix in FAMILIES)


def edge(row, line):
    """predicted - line in points; below every floor where either is missing."""
    if row["predicted_points"] is None or row[line] is None:
        return decimal.Decimal(0)
    return row["predicted_points"] - row[line]


def current(predictions):
    """The active prediction of each system, player and game; the latest of several."""
    latest = {}
    for row in predictions:
        key = row["system_id"], row["player_lookup"], row["game_id"]
        order = row["created_at"] or NEVER, row["prediction_version"] or 0, row["prediction_id"] or ""
        if row["is_active"] and (key not in latest or order > latest[key][0]):
            latest[key] = order, row
    return [row for _, row in latest.values()]


def present(games, value):
    return [each for each in map(value, games) if each is not None]


def decimal_mean(games, name):
    values = present(games, lambda game: game[name])
    return (sum(values) / len(values)).quantize(NINTH, decimal.ROUND_HALF_UP) if values else None


def mean(values):
    return sum(values) / len(values) if values else None


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def three_pct(game):
    return game["three_pt_makes"] / game["three_pt_attempts"] if game["three_pt_attempts"] else None


def leading(flags):
    """How many hold before the first that does not."""
    return next((at for at, flag in enumerate(flags) if not flag), len(flags))


class League:
    def __init__(self, folder):
        predictions = rows(folder, "player_prop_predictions")
        gradings = rows(folder, "prediction_accuracy")
        games = rows(folder, "player_game_summary")
        self.dates = sorted({row["game_date"] for table in (predictions, games) for row in table})
        self.predictions = grouped(current(predictions), "game_date")
        champion = [row for day in self.predictions.values() for row in day if row["system_id"] == CHAMPION]
        self.lines = grouped(sorted(champion, key=lambda row: (row["game_date"], row["game_id"])), "player_lookup")
        self.results = grouped(gradings, "player_lookup", "game_id")
        self.gradings = grouped((row for row in gradings if row["system_id"] == CHAMPION), "player_lookup")
        played = [game for game in games if game["minutes_played"] and game["minutes_played"] > 0]
        self.games = grouped(sorted(played, key=lambda game: (game["game_date"], game["game_id"])), "player_lookup")
        self.spreads = {}
        for row in rows(folder, "ml_feature_store_v2"):
            if row["feature_50_value"] is not None:
                key = row["game_date"], row["player_lookup"]
                self.spreads[key] = max(row["feature_50_value"], self.spreads.get(key, 0.0))

    def candidates(self, date):
        """Per player and game the bid with the largest |edge|; of equal ones that of the greatest system_id."""
        best = {}
        for row in self.predictions[date]:
            is_bid = row["recommendation"] in ("OVER", "UNDER") and row["line_source"] in BOOKS and bids(row["system_id"])
            if is_bid and row["current_points_line"] is not None:
                key, size = (row["player_lookup"], row["game_id"]), abs(edge(row, "current_points_line"))
                if key not in best or (size, row["system_id"]) > best[key][0]:
                    best[key] = (size, row["system_id"]), row
        return [row for _, row in best.values()]

    def is_blacklisted(self, player, date):
        judged = [
            row["prediction_correct"] is True
            for row in self.gradings[player]
            if opening_night(date) <= row["game_date"] < date
            and row["is_voided"] is False
            and abs(edge(row, "line_value")) >= 3
        ]
        return len(judged) >= 8 and round_half_up(100.0 * sum(judged) / len(judged)) < 40.0

    def under_streak(self, player, date):
        """Games in a row not over the line, the latest graded one left out."""
        latest = {}
        for row in self.gradings[player]:
            counts = row["prediction_correct"] is not None and not row["is_voided"] and row["line_source"] in BOOKS
            if counts and opening_night(date) < row["game_date"] < date:
                order = row["graded_at"] or NEVER, row["line_value"], row["actual_points"]
                key = row["game_date"], row["game_id"]
                if key not in latest or order > latest[key][0]:
                    latest[key] = order, row["actual_points"] > row["line_value"]
        overs = [over for _, (_, over) in sorted(latest.items())]
        return leading([not over for over in overs[-2::-1][:5]])

    def previous_line(self, player, date):
        earlier = [
            row for row in self.lines[player] if date - 14 * DAY <= row["game_date"] < date and row["line_source"] in BOOKS
        ]
        return earlier[-1]["current_points_line"] if earlier else None

    def outcome(self, pick):
        graded = self.results[pick["player_lookup"], pick["game_id"]]
        if not graded:
            return "UNGRADED"
        last, line = max(graded, key=when_graded), pick["current_points_line"]
        if last["is_voided"]:
            return "VOID"
        if last["actual_points"] is None:
            return "UNGRADED"
        if last["actual_points"] == line:
            return "PUSH"
        return "WIN" if (last["actual_points"] > line) == (pick["recommendation"] == "OVER") else "LOSS"

    def decide(self, row, date):
        """Whether a candidate passes every filter."""
        player, line, size = row["player_lookup"], row["current_points_line"], abs(edge(row, "current_points_line"))
        over, confidence = row["recommendation"] == "OVER", row["confidence_score"]
        games = [game for game in self.games[player] if opening_night(date) < game["game_date"] < date]
        stats, before = (games[-1], games[:-1]) if games else (None, [])
        _, away, home = row["game_id"].split("_")
        is_home = stats is not None and stats["team_abbr"] == home
        opponent = away if is_home else home
        rest = (date - stats["game_date"]).days if stats else None
        recent, season = decimal_mean(before[-3:], "minutes_played"), decimal_mean(before, "minutes_played")
        # Subtracted as doubles, as production did: 33.8 - 27.8 is no deficit of 6.
        surge = float(recent) - float(season) if before else 0
        deficit = float(season) - float(stats["minutes_played"]) if before else 0
        threes = present(before, three_pct)
        last_three = mean(present(before[-3:], three_pct))
        usual_threes, spread_of_threes = mean(threes) or 0.0, deviation(threes)
        previous = self.previous_line(player, date)
        move = line - previous if previous is not None else None
        books = self.spreads.get((date, player))
        sure = confidence is not None and confidence >= decimal.Decimal("0.70")
        sure = sure and not decimal.Decimal("0.88") <= confidence <= decimal.Decimal("0.90")

        def season_mean(name):
            return mean(present(before, lambda game: game[name])) or 0.0

        signals = {
            "model_health": True,
            "high_edge": size >= 5,
            "3pt_bounce": over
            and last_three is not None
            and season_mean("three_pt_attempts") >= 4
            and spread_of_threes > 0
            and last_three < usual_threes - spread_of_threes,
            "minutes_surge": over and surge >= 3,
            "cold_snap": over and is_home and self.under_streak(player, date) >= 3,
            "blowout_recovery": over and (rest is None or rest >= 2) and deficit >= 6,
            "combo_he_ms": over and size >= 5 and surge >= 3,
            "combo_3way": over and size >= 5 and surge >= 3 and sure,
            "edge_spread_optimal": size >= 5 and sure,
            "b2b_fatigue_under": not over and rest == 1 and season is not None and season >= 35,
            "rest_advantage_2d": over and rest is not None and rest >= 2 and size >= 4,
            "bench_under": not over and stats is not None and stats["starter_flag"] is False,
            "high_usage_under": not over and (decimal_mean(before, "usage_rate") or 0) >= 30,
            "volatile_under": not over and deviation(present(before[-5:], lambda game: game["points"])) >= 10,
            "high_ft_under": not over and season_mean("ft_attempts") >= 7,
            "self_creator_under": not over and season_mean("unassisted_fg_makes") >= 5,
            "prop_line_drop_over": over and move is not None and move <= -2,
            "book_disagreement": books is not None and books >= 1.5,
        }
        tags = {tag for tag, qualifies in signals.items() if qualifies}
        matching = [(id.count("+"), kind) for id, kind in COMBOS if tags.issuperset(id.split("+"))]
        combo = max(matching, key=lambda match: match[0], default=(0, None))[1]
        met = sum(game["opponent_team_abbr"] == opponent for game in games)
        negative = [game["plus_minus"] is not None and game["plus_minus"] < 0 for game in before[:-4:-1]]
        return not (
            self.is_blacklisted(player, date)
            or size < 5
            or (not over and size >= 7)
            or met >= 6
            or (row["feature_quality_score"] or 0.0) < 85
            or (not over and 0 < line < 12)
            or (not over and move is not None and move >= 2)
            or (not over and move is not None and move <= -2)
            or (not over and leading(negative) >= 3)
            or len(tags) < 2
            or combo == "ANTI_PATTERN"
        )

    def picks(self, date):
        passed = [row for row in self.candidates(date) if self.decide(row, date)]
        return enumerate(sorted(passed, key=standing), 1)


def when_graded(row):
    return row["graded_at"] or NEVER, row["system_id"], row["line_value"] or 0, row["actual_points"] or 0


def standing(row):
    """Largest |edge| first."""
    return -abs(edge(row, "current_points_line")), row["player_lookup"], row["game_id"]


def round_half_up(value):
    """To one digit, half away from zero, in double precision."""
    return int(value * 10 + 0.5) / 10


def main():
    folder, first, last = sys.argv[1:]
    first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    league, out = League(folder), csv.writer(sys.stdout)
    out.writerow(COLUMNS)
    for date in league.dates:
        if first <= date <= last:
            for rank, row in league.picks(date):
                who = [row["player_lookup"], row["game_id"], row["recommendation"], row["current_points_line"]]
                what = [edge(row, "current_points_line"), row["system_id"], rank, league.outcome(row)]
                out.writerow(["v314", date, *who, *what])


if __name__ == "__main__":
    main()
