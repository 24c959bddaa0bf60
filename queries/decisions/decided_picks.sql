-- decided_picks: the decisions that are picks, with everything that decided about them, and what came of them.
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: decisions.
-- Columns as in decisions.sql.
SELECT *
FROM decisions
WHERE selected
