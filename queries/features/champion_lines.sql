-- champion_lines: the lines of the champion's predictions, whatever they recommend, that slates of a season may look back to,
-- as seen from each vantage (specification: selection, "Line move").
-- Grain: feature_set, season, vantage, player_lookup, game_date, game_id.
-- Inputs: histories, predictions, slate_players.
-- Slates: together, for itself.
-- The row is the player's latest line for dates after game_date up to next_game_date. Reaches back line_move_days before
-- the first slate of the season and vantage.
SELECT
    histories.feature_set,
    histories.season,
    histories.vantage,
    prediction.player_lookup,
    prediction.game_date,
    prediction.line,
    lead(prediction.game_date) OVER (
        PARTITION BY histories.feature_set, histories.season, histories.vantage, prediction.player_lookup
        ORDER BY prediction.game_date, prediction.game_id
    ) AS next_game_date
FROM histories
JOIN predictions AS prediction
    ON prediction.system_id = histories.champion
    AND prediction.game_date >= histories.lines_since
    AND prediction.game_date < histories.last_slate
    AND CASE
        WHEN histories.as_of IS NULL THEN prediction.is_current
        ELSE prediction.active_from <= histories.as_of AND histories.as_of < prediction.active_until
    END
WHERE
    prediction.is_book_line
    AND prediction.player_lookup IN (SELECT slate_players.player_lookup FROM slate_players)
