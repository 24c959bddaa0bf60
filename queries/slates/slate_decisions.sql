-- slate_decisions: what a decision document says of a slate besides its picks (specification: selection, "Decision document";
-- versions, "Document sections").
-- Grain: version, game_date; every slate that the version decides has a row, also one without candidates.
-- Inputs: slate_versions, params, slates, slate_health, slate_blacklists, best_bets_records, signal_health,
-- slate_candidates.
-- Rates in percent, edges in points.
SELECT
    p.version,
    s.game_date,
    s.season,
    h.hit_rate_7d,
    h.model_health_status,
    h.graded_count,
    CASE WHEN p.direction_health_works THEN h.over_hr_14d END AS over_hr_14d,
    CASE WHEN p.direction_health_works THEN h.under_hr_14d END AS under_hr_14d,
    CASE WHEN p.direction_health_works THEN h.over_n ELSE 0 END AS over_n,
    CASE WHEN p.direction_health_works THEN h.under_n ELSE 0 END AS under_n,
    coalesce(b.evaluated, 0) AS blacklist_evaluated,
    coalesce(b.blacklisted, 0) AS blacklisted,
    b.players AS blacklist_players,
    r.season_wins,
    r.season_graded,
    r.month_wins,
    r.month_graded,
    r.week_wins,
    r.week_graded,
    w.health_rows,
    coalesce(c.candidates, 0) AS total_predictions,
    coalesce(c.edge_3_plus, 0) AS edge_3_plus,
    coalesce(c.edge_5_plus, 0) AS edge_5_plus,
    coalesce(c.edge_7_plus, 0) AS edge_7_plus,
    c.max_edge
FROM slate_versions AS d
JOIN params AS p ON p.version = d.version
JOIN slates AS s ON s.game_date = d.game_date
JOIN slate_health AS h ON h.feature_set = p.feature_set AND h.game_date = s.game_date
JOIN best_bets_records AS r ON r.game_date = s.game_date
LEFT JOIN slate_blacklists AS b ON b.version = p.version AND b.game_date = s.game_date
LEFT JOIN signal_health AS w ON w.health_set = p.health_set AND w.game_date = s.game_date
LEFT JOIN slate_candidates AS c ON c.candidate_set = p.candidate_set AND c.game_date = s.game_date
