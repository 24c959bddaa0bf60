-- line_moves: the player's line on the champion's latest earlier prediction (specification: selection, "Line move").
-- Grain: feature_set, game_date, player_lookup, game_id; targets without an earlier prediction have no row.
-- Inputs: stats_rows, champion_lines.
SELECT
    r.feature_set,
    r.game_date,
    r.player_lookup,
    r.game_id,
    l.game_date AS previous_line_date,
    l.line AS previous_line
FROM stats_rows AS r
JOIN champion_lines AS l
    ON l.feature_set = r.feature_set
    AND l.season = r.season
    AND l.vantage = r.vantage
    AND l.player_lookup = r.player_lookup
    AND l.game_date < r.game_date
    AND (l.next_game_date IS NULL OR l.next_game_date >= r.game_date)
    AND l.game_date >= r.lines_since
