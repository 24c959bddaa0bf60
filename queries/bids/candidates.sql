-- candidates: one bid per player and game, that of the source model (specification: selection, "Source model", "Attribution").
-- Grain: candidate_set, game_date, player_lookup, game_id.
-- Inputs: candidate_sets, bids, source_models, largest_edges.
-- candidate: the number of the bid, the same wherever several choices of candidates take the same bid of the same family;
-- numbers follow the slate, the player and the game. Points for predicted_points, line and edges; the attribution columns are
-- explained in largest_edges.sql.
SELECT
    CAST(dense_rank() OVER (ORDER BY b.game_date, b.player_lookup, b.game_id, b.system_id, b.family) AS BIGINT) AS candidate,
    c.candidate_set,
    b.game_date,
    b.player_lookup,
    b.game_id,
    b.system_id AS source_model_id,
    b.family AS source_model_family,
    b.predicted_points,
    b.line,
    b.edge,
    b.abs_edge,
    b.recommendation,
    b.confidence_score,
    b.feature_quality_score,
    e.n_bids,
    s.source_tie,
    e.n_models_eligible,
    e.champion_edge,
    e.direction_conflict
FROM candidate_sets AS c
JOIN source_models AS s ON s.candidate_set = c.candidate_set
JOIN bids AS b
    ON b.bid_set = c.bid_set
    AND b.player_lookup = s.player_lookup
    AND b.game_id = s.game_id
    AND b.system_id = s.source_model_id
JOIN largest_edges AS e
    ON e.bid_set = c.bid_set AND e.player_lookup = b.player_lookup AND e.game_id = b.game_id
