-- best_bets_rows: what production writes to signal_best_bets_picks of every pick (specification: selection, "Recorded row").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: decisions, params.
-- Columns are those of signal_best_bets_picks; qualifying_subsets and signal_regimes_snapshot, JSON texts, are added to it,
-- and what is known only later is NULL. system_id is the champion, in later versions the source model. Points for predicted_points,
-- line_value and edges. A confidence of 0-100 does not fit its column and is written as 9.999, as production did.
SELECT
    decisions.version,
    decisions.player_lookup,
    decisions.game_id,
    decisions.game_date,
    CASE WHEN params.records_source_model THEN decisions.source_model_id ELSE params.champion END AS system_id,
    decisions.player AS player_name,
    decisions.team AS team_abbr,
    decisions.opponent AS opponent_team_abbr,
    decisions.predicted_points,
    decisions.line AS line_value,
    decisions.recommendation,
    round(decisions.edge, 1) AS edge,
    round(least(CAST(decisions.confidence_score AS DOUBLE), 9.999), 3) AS confidence_score,
    decisions.signal_tags,
    decisions.signal_count,
    round(decisions.composite_score, 4) AS composite_score,
    decisions.rank,
    decisions.matched_combo_id,
    decisions.combo_classification,
    decisions.combo_hit_rate,
    decisions.warning_tags,
    decisions.model_agreement_count,
    decisions.feature_set_diversity,
    decisions.consensus_bonus,
    decisions.quantile_consensus_under,
    decisions.agreeing_model_ids,
    decisions.pick_angles,
    decisions.qualifying_subset_count,
    decisions.algorithm_version,
    CASE WHEN params.candidates = 'all' THEN decisions.source_model_id END AS source_model_id,
    CASE WHEN params.candidates = 'all' THEN decisions.source_model_family END AS source_model_family,
    decisions.n_models_eligible,
    round(decisions.champion_edge, 1) AS champion_edge,
    decisions.direction_conflict
FROM decisions
JOIN params ON params.version = decisions.version
WHERE decisions.selected
