-- champion_lines: the lines of the champion's predictions, whatever they recommend, that slates of a season may look back to,
-- as seen from each vantage (specification: selection, "Line move").
-- Grain: feature_set, season, vantage, player_lookup, game_date, game_id.
-- Inputs: histories, predictions, slate_players.
-- The row is the player's latest line for dates after game_date up to next_game_date. Reaches back line_move_days before
-- the first slate of the season and vantage.
SELECT
    h.feature_set,
    h.season,
    h.vantage,
    p.player_lookup,
    p.game_date,
    p.line,
    lead(p.game_date) OVER (
        PARTITION BY h.feature_set, h.season, h.vantage, p.player_lookup ORDER BY p.game_date, p.game_id
    ) AS next_game_date
FROM histories AS h
JOIN predictions AS p
    ON p.system_id = h.champion
    AND p.game_date >= h.lines_since
    AND p.game_date < h.last_slate
    AND CASE WHEN h.as_of IS NULL THEN p.is_current ELSE p.active_from <= h.as_of AND h.as_of < p.active_until END
WHERE p.is_book_line
    AND p.player_lookup IN (SELECT player_lookup FROM slate_players)
