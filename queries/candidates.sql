-- candidates: the largest edge per player and game, and who else bid (selection, sections 1.2 and 1.3).
-- Grain: candidate_set, game_date, player_lookup, game_id.
-- Inputs: candidate_sets, bids.
-- source_tie: several models share the largest |edge| and the version's stated rule decided. The attribution columns
-- count bids with |edge| >= attribution_edge; they are NULL where the champion bids alone.
SELECT
    candidate_set,
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
    feature_quality_score,
    n_bids,
    source_tie,
    n_models_eligible,
    champion_edge,
    direction_conflict
FROM (
    SELECT
        b.candidate_set,
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
        count(*) OVER bidders AS n_bids,
        coalesce(lead(b.abs_edge) OVER largest_first = b.abs_edge, FALSE) AS source_tie,
        row_number() OVER largest_first AS place,
        CASE WHEN c.candidates = 'all' THEN sum(CAST(b.abs_edge >= c.attribution_edge AS BIGINT)) OVER bidders END
            AS n_models_eligible,
        CASE WHEN c.candidates = 'all' THEN
            max(CASE WHEN b.is_champion AND b.abs_edge >= c.attribution_edge THEN b.edge END) OVER bidders
        END AS champion_edge,
        CASE WHEN c.candidates = 'all' THEN
            max(CASE WHEN b.abs_edge >= c.attribution_edge AND b.recommendation = 'OVER' THEN 1 ELSE 0 END) OVER bidders
            + max(CASE WHEN b.abs_edge >= c.attribution_edge AND b.recommendation = 'UNDER' THEN 1 ELSE 0 END) OVER bidders
            = 2
        END AS direction_conflict
    FROM bids AS b
    JOIN candidate_sets AS c ON c.candidate_set = b.candidate_set
    WINDOW
        bidders AS (PARTITION BY b.candidate_set, b.player_lookup, b.game_id),
        largest_first AS (
            PARTITION BY b.candidate_set, b.player_lookup, b.game_id
            ORDER BY
                b.abs_edge DESC,
                CASE WHEN c.tie = 'champion_first' THEN CAST(b.is_champion AS INT) END DESC NULLS LAST,
                CASE WHEN c.tie = 'system_id_desc' THEN b.system_id END DESC NULLS LAST,
                b.system_id
        )
)
WHERE place = 1
