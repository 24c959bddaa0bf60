-- malformed_games: the candidates whose game_id is none (specification: snapshot, "Columns").
-- Grain: game_date, game_id.
-- Inputs: candidates.
-- A game_id is YYYYMMDD_AWAY_HOME; home and away are read off it.
SELECT DISTINCT
    game_date,
    game_id
FROM candidates
WHERE NOT regexp_like(game_id, '^[0-9]{8}_[A-Z]{2,4}_[A-Z]{2,4}$')
