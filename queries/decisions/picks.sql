-- picks: the candidates that a version selects, and what came of them (specification: selection, "Ranking").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: rankings, evidence, candidate_outcomes.
-- Points for line and edge (signed). rank: from 1 on a slate; outcome and units as in candidate_outcomes.sql. All that asks
-- only what was picked reads this, not decisions.
SELECT
    r.version,
    r.game_date,
    r.player_lookup,
    r.game_id,
    e.player,
    e.recommendation,
    e.line,
    e.edge,
    e.source_model_id,
    r.rank,
    o.actual_points,
    o.outcome,
    o.units
FROM rankings AS r
JOIN evidence AS e ON e.feature_set = r.feature_set AND e.candidate = r.candidate
JOIN candidate_outcomes AS o ON o.candidate = r.candidate
WHERE r.selected
