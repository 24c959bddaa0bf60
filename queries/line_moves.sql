-- line_moves: the player's line on the champion's latest earlier prediction (selection, section 2, "Line move").
-- Grain: feature_set, game_date, player_lookup, game_id; targets without an earlier prediction have no row.
-- Inputs: feature_sets, slates, targets, predictions.
SELECT
    f.feature_set,
    t.game_date,
    t.player_lookup,
    t.game_id,
    p.game_date AS previous_line_date,
    p.line AS previous_line
FROM feature_sets AS f
CROSS JOIN targets AS t
JOIN slates AS s ON s.game_date = t.game_date
JOIN predictions AS p
    ON p.system_id = f.champion
    AND p.player_lookup = t.player_lookup
    AND p.game_date >= t.game_date - f.line_move_days
    AND p.game_date < t.game_date
    AND p.is_book_line
    AND CASE WHEN s.as_of IS NULL THEN p.is_current ELSE p.active_from <= s.as_of AND s.as_of < p.active_until END
QUALIFY row_number() OVER (
    PARTITION BY f.feature_set, t.game_date, t.player_lookup, t.game_id
    ORDER BY p.game_date DESC, p.game_id DESC
) = 1
