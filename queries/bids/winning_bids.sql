-- winning_bids: every bid that is a candidate by some choice of candidates, once.
-- Grain: candidate.
-- Inputs: candidates.
-- What is known of a candidate does not depend on which choices take it, so everything about it is made of this relation.
SELECT DISTINCT
    candidate,
    game_date,
    player_lookup,
    game_id,
    source_model_id,
    source_model_family,
    predicted_points,
    line,
    edge,
    abs_edge,
    recommendation,
    confidence_score,
    feature_quality_score
FROM candidates
