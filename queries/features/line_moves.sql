-- line_moves: the player's line on the champion's latest earlier prediction (specification: selection, "Line move").
-- Grain: feature_set, game_date, player_lookup, game_id; targets without an earlier prediction have no row.
-- Inputs: stats_rows, champion_lines.
SELECT
    stats_rows.feature_set,
    stats_rows.game_date,
    stats_rows.player_lookup,
    stats_rows.game_id,
    champion_lines.game_date AS previous_line_date,
    champion_lines.line AS previous_line
FROM stats_rows
JOIN champion_lines
    ON champion_lines.feature_set = stats_rows.feature_set
    AND champion_lines.season = stats_rows.season
    AND champion_lines.vantage = stats_rows.vantage
    AND champion_lines.player_lookup = stats_rows.player_lookup
    AND champion_lines.game_date < stats_rows.game_date
    AND (champion_lines.next_game_date IS NULL OR champion_lines.next_game_date >= stats_rows.game_date)
    AND champion_lines.game_date >= stats_rows.lines_since
