-- candidates: one bid per player and game, that of the source model (specification: selection, "Source model", "Attribution").
-- Grain: candidate_set, game_date, player_lookup, game_id.
-- Inputs: candidate_sets, bids, source_models, largest_edges.
-- candidate: the number of the bid, the same wherever several choices of candidates take the same bid of the same family;
-- numbers follow the slate, the player and the game. Points for predicted_points, line and edges; the attribution columns are
-- explained in largest_edges.sql.
SELECT
    CAST(dense_rank() OVER by_slate AS BIGINT) AS candidate,
    candidate_sets.candidate_set,
    bids.game_date,
    bids.player_lookup,
    bids.game_id,
    bids.system_id AS source_model_id,
    bids.family AS source_model_family,
    bids.predicted_points,
    bids.line,
    bids.edge,
    bids.abs_edge,
    bids.recommendation,
    bids.confidence_score,
    bids.feature_quality_score,
    largest_edges.n_bids,
    source_models.source_tie,
    largest_edges.n_models_eligible,
    largest_edges.champion_edge,
    largest_edges.direction_conflict
FROM candidate_sets
JOIN source_models ON source_models.candidate_set = candidate_sets.candidate_set
JOIN bids
    ON bids.bid_set = candidate_sets.bid_set
    AND bids.player_lookup = source_models.player_lookup
    AND bids.game_id = source_models.game_id
    AND bids.system_id = source_models.source_model_id
JOIN largest_edges
    ON largest_edges.bid_set = candidate_sets.bid_set
    AND largest_edges.player_lookup = bids.player_lookup
    AND largest_edges.game_id = bids.game_id
WINDOW by_slate AS (ORDER BY bids.game_date, bids.player_lookup, bids.game_id, bids.system_id, bids.family)
