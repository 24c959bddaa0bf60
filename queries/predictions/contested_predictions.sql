-- contested_predictions: the grains of which more than one prediction may have been the active one
-- (specification: snapshot, "Active predictions").
-- Grain: system_id, player_lookup, game_id.
-- Inputs: player_prop_predictions, slates, reach.
-- History: lines.
-- Superseded rows matter only to slates seen as of an earlier time; without one, only a second active row (an error of the
-- data that `check` reports) contests. Nearly every grain has one row: hashes, which are grouped faster, tell where to look.
WITH
counted AS (
    SELECT system_id, player_lookup, game_id
    FROM player_prop_predictions
    WHERE
        (is_active OR (SELECT max(as_of) FROM slates) IS NOT NULL)
        AND game_date >= (SELECT min(game_date) FROM slates) - (SELECT line_days FROM reach)
        AND game_date <= (SELECT max(game_date) FROM slates)
),

repeated_hashes AS (
    SELECT key_hash(system_id, player_lookup, game_id) AS hash
    FROM counted
    GROUP BY key_hash(system_id, player_lookup, game_id)
    HAVING count(*) > 1
)

SELECT system_id, player_lookup, game_id
FROM counted
WHERE key_hash(system_id, player_lookup, game_id) IN (SELECT hash FROM repeated_hashes)
GROUP BY system_id, player_lookup, game_id
HAVING count(*) > 1
