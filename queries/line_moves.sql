-- line_moves: the player's line on the champion's latest earlier prediction (selection, section 2, "Line move").
-- Grain: feature_set, game_date, player_lookup, game_id; targets without an earlier prediction have no row.
-- Inputs: feature_sets, slates, targets, champion_lines.
SELECT
    f.feature_set,
    t.game_date,
    t.player_lookup,
    t.game_id,
    l.game_date AS previous_line_date,
    l.line AS previous_line
FROM feature_sets AS f
CROSS JOIN targets AS t
JOIN slates AS s ON s.game_date = t.game_date
JOIN champion_lines AS l
    ON l.feature_set = f.feature_set
    AND l.vantage = s.vantage
    AND l.player_lookup = t.player_lookup
    AND l.game_date < t.game_date
    AND (l.next_game_date IS NULL OR l.next_game_date >= t.game_date)
    AND l.game_date >= t.game_date - f.line_move_days
