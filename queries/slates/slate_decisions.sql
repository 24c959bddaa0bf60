-- slate_decisions: what a decision document says of a slate besides its picks (specification: selection, "Decision document";
-- versions, "Document sections").
-- Grain: version, game_date; every slate that the version decides has a row, also one without candidates.
-- Inputs: slate_versions, open_slates, params, slates, slate_health, slate_blacklists, best_bets_records, signal_health,
-- slate_candidates.
-- Rates in percent, edges in points. is_closed: the version's health gate closes the slate, which then has no candidates.
SELECT
    params.version,
    slates.game_date,
    slates.season,
    slate_health.hit_rate_7d,
    slate_health.model_health_status,
    slate_health.graded_count,
    CASE WHEN params.direction_health_works THEN slate_health.over_hr_14d END AS over_hr_14d,
    CASE WHEN params.direction_health_works THEN slate_health.under_hr_14d END AS under_hr_14d,
    CASE WHEN params.direction_health_works THEN slate_health.over_n ELSE 0 END AS over_n,
    CASE WHEN params.direction_health_works THEN slate_health.under_n ELSE 0 END AS under_n,
    coalesce(slate_blacklists.evaluated, 0) AS blacklist_evaluated,
    coalesce(slate_blacklists.blacklisted, 0) AS blacklisted,
    slate_blacklists.players AS blacklist_players,
    best_bets_records.season_wins,
    best_bets_records.season_graded,
    best_bets_records.month_wins,
    best_bets_records.month_graded,
    best_bets_records.week_wins,
    best_bets_records.week_graded,
    signal_health.health_rows,
    open_slates.version IS NULL AS is_closed,
    coalesce(slate_candidates.candidates, 0) AS total_predictions,
    coalesce(slate_candidates.edge_3_plus, 0) AS edge_3_plus,
    coalesce(slate_candidates.edge_5_plus, 0) AS edge_5_plus,
    coalesce(slate_candidates.edge_7_plus, 0) AS edge_7_plus,
    slate_candidates.max_edge
FROM slate_versions
JOIN params ON params.version = slate_versions.version
JOIN slates ON slates.game_date = slate_versions.game_date
JOIN slate_health
    ON slate_health.feature_set = params.feature_set
    AND slate_health.game_date = slates.game_date
JOIN best_bets_records ON best_bets_records.game_date = slates.game_date
LEFT JOIN slate_blacklists
    ON slate_blacklists.version = params.version
    AND slate_blacklists.game_date = slates.game_date
LEFT JOIN signal_health
    ON signal_health.health_set = params.health_set
    AND signal_health.game_date = slates.game_date
LEFT JOIN open_slates
    ON open_slates.version = params.version
    AND open_slates.game_date = slates.game_date
LEFT JOIN slate_candidates
    ON slate_candidates.candidate_set = params.candidate_set
    AND slate_candidates.game_date = open_slates.game_date
