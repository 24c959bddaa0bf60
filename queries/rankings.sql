-- rankings: the order of the candidates that passed every filter (selection, section 5).
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: verdicts.
-- rank starts at 1; equal scores are ordered by player_lookup, then game_id.
SELECT
    version,
    game_date,
    player_lookup,
    game_id,
    recommendation,
    row_number() OVER (
        PARTITION BY version, game_date
        ORDER BY composite_score DESC NULLS LAST, player_lookup, game_id
    ) AS rank
FROM verdicts
WHERE first_filter IS NULL
