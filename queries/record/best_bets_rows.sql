-- best_bets_rows: what production writes to signal_best_bets_picks of every pick (specification: selection, "Recorded row").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: decisions, params.
-- Columns are those of signal_best_bets_picks; qualifying_subsets and signal_regimes_snapshot, JSON texts, are added to it,
-- and what is known only later is NULL. system_id is the champion whatever the source model. Points for predicted_points,
-- line_value and edges. A confidence of 0-100 does not fit its column and is written as 9.999, as production did.
SELECT
    d.version,
    d.player_lookup,
    d.game_id,
    d.game_date,
    p.champion AS system_id,
    d.player AS player_name,
    d.team AS team_abbr,
    d.opponent AS opponent_team_abbr,
    d.predicted_points,
    d.line AS line_value,
    d.recommendation,
    round(d.edge, 1) AS edge,
    round(least(CAST(d.confidence_score AS DOUBLE), 9.999), 3) AS confidence_score,
    d.signal_tags,
    d.signal_count,
    round(d.composite_score, 4) AS composite_score,
    d.rank,
    d.matched_combo_id,
    d.combo_classification,
    d.combo_hit_rate,
    d.warning_tags,
    d.model_agreement_count,
    d.feature_set_diversity,
    d.consensus_bonus,
    d.quantile_consensus_under,
    d.agreeing_model_ids,
    d.pick_angles,
    d.qualifying_subset_count,
    d.algorithm_version,
    CASE WHEN p.candidates = 'all' THEN d.source_model_id END AS source_model_id,
    CASE WHEN p.candidates = 'all' THEN d.source_model_family END AS source_model_family,
    d.n_models_eligible,
    round(d.champion_edge, 1) AS champion_edge,
    d.direction_conflict
FROM decisions AS d
JOIN params AS p ON p.version = d.version
WHERE d.selected
