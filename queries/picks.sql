-- picks: the candidates that a version selects (selection, section 5).
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: rankings, params.
SELECT r.version, r.game_date, r.player_lookup, r.game_id, r.recommendation, r.rank
FROM rankings AS r
JOIN params AS p ON p.version = r.version
WHERE r.rank <= coalesce(p.cap, r.rank)
