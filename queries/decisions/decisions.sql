-- decisions: every candidate with everything that decided about it, and what came of it.
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: params, verdicts, candidates, agreement, evidence, rankings, pick_counts, candidate_outcomes.
-- Columns:
--   version, algorithm_version, game_date, player_lookup, game_id   the key
--   player, team                from the player's latest game of the season before the slate; NULL for one without any
--   opponent, is_home           by that team; without one the home team and FALSE, as production had it
--   no_earlier_game             the player has no game of the season before the slate
--   source_model_id .. feature_quality_score   the winning bid, in points
--   prev_minutes .. v12_abs_edge            the features (see features.sql), NULL where absent; prop_line_delta in points
--   model_health_status, hit_rate_7d        of the slate (percent)
--   feature_NN_value            those that definitions of the versions name (see store_features.sql)
--   n_bids .. direction_conflict   who else bid (see largest_edges.sql); source_tie: several models had the same edge
--   champion_graded, champion_hit_rate      NULL where the blacklist does not work as shipped
--   model_agreement_count .. agreeing_model_ids   the consensus (see agreement.sql)
--   signal_confidence           per signal its confidence 0-1, NULL where it does not qualify
--   signal_tags, signal_count   the version's qualifying signals, in its order
--   matched_combo_id .. alternative_combo_id   the combo; combo_by_order: only the registry's order chose it, and
--                               alternative_combo_id is what would have matched instead
--   filters                     per filter its value, threshold and whether it blocks
--   first_filter, failing_filters   the decision's reason, and all that would have blocked; NULL and empty for none
--   composite_score, rank       rank among those that passed, from 1
--   capped_by                   which cap refuses it, though no filter blocks it: slate, team, game or side
--   selected                    a pick: passed every filter and refused by no cap
--   actual_points, outcome, units   what came of it (see candidate_outcomes.sql)
SELECT
    verdicts.version,
    params.algorithm_version,
    evidence.game_date,
    evidence.player_lookup,
    evidence.game_id,
    evidence.player,
    evidence.team,
    evidence.opponent,
    evidence.is_home,
    evidence.no_earlier_game,
    evidence.source_model_id,
    evidence.source_model_family,
    evidence.predicted_points,
    evidence.line,
    evidence.edge,
    evidence.abs_edge,
    evidence.recommendation,
    evidence.confidence_score,
    evidence.feature_quality_score,
    evidence.stats_game_id,
    evidence.stats_game_date,
    evidence.prev_minutes,
    evidence.starter_flag,
    evidence.rest_days,
    evidence.three_pct_last_3,
    evidence.three_pct_season,
    evidence.three_pct_std,
    evidence.three_pa_per_game,
    evidence.minutes_avg_last_3,
    evidence.minutes_avg_season,
    evidence.minutes_surge,
    evidence.minutes_deficit,
    evidence.fg_pct_last_3,
    evidence.fg_pct_season,
    evidence.fg_pct_std,
    evidence.points_avg_season,
    evidence.points_std_last_5,
    evidence.usage_avg_season,
    evidence.fta_season,
    evidence.ft_rate_season,
    evidence.unassisted_fg_season,
    evidence.neg_pm_1,
    evidence.neg_pm_2,
    evidence.neg_pm_3,
    evidence.neg_pm_streak,
    evidence.streak_game_date,
    evidence.prev_over_1,
    evidence.prev_over_2,
    evidence.prev_over_3,
    evidence.prev_over_4,
    evidence.prev_over_5,
    evidence.prev_correct_1,
    evidence.prev_correct_2,
    evidence.prev_correct_3,
    evidence.prev_correct_4,
    evidence.prev_correct_5,
    evidence.under_streak,
    evidence.previous_line_date,
    evidence.previous_line,
    evidence.prop_line_delta,
    evidence.multi_book_line_std,
    evidence.games_vs_opponent,
    evidence.v12_system_id,
    evidence.v12_recommendation,
    evidence.v12_abs_edge,
    evidence.model_health_status,
    evidence.hit_rate_7d,
    named_columns() AS generated,
    candidates.n_bids,
    candidates.source_tie,
    candidates.n_models_eligible,
    candidates.champion_edge,
    candidates.direction_conflict,
    CASE WHEN params.blacklist_works THEN evidence.champion_graded END AS champion_graded,
    CASE WHEN params.blacklist_works THEN evidence.champion_hit_rate END AS champion_hit_rate,
    agreement.model_agreement_count,
    agreement.feature_set_diversity,
    agreement.consensus_majority,
    agreement.quantile_consensus_under,
    agreement.consensus_bonus,
    agreement.avg_edge_agreeing,
    agreement.agreeing_model_ids,
    verdicts.signal_confidence,
    verdicts.signal_tags,
    verdicts.signal_count,
    verdicts.combo['combo_id'] AS matched_combo_id,
    verdicts.combo['classification'] AS combo_classification,
    verdicts.combo['hit_rate'] AS combo_hit_rate,
    verdicts.combo['by_order'] AS combo_by_order,
    verdicts.combo['alternative'] AS alternative_combo_id,
    array_concat(
        CASE
            WHEN
                array_has(verdicts.signal_tags, 'minutes_surge')
                AND array_has(verdicts.signal_tags, 'blowout_recovery')
                THEN make_array('contradictory_signals')
            ELSE make_array()
        END,
        CASE
            WHEN params.marks_lone_picks AND rankings.selected AND pick_counts.picks = 1
                THEN make_array('low_conviction_day')
            ELSE make_array()
        END
    ) AS warning_tags,
    coalesce(evidence.qualifying_subsets, make_array()) AS qualifying_subsets,
    coalesce(cardinality(evidence.qualifying_subsets), 0) AS qualifying_subset_count,
    pick_angles(
        evidence.recommendation,
        evidence.line,
        evidence.abs_edge,
        evidence.confidence_score,
        coalesce(cardinality(evidence.qualifying_subsets), 0),
        agreement.model_agreement_count,
        agreement.avg_edge_agreeing,
        verdicts.signal_tags,
        CASE WHEN params.direction_health_works THEN evidence.direction_hr_14d END
    ) AS pick_angles,
    verdicts.filters,
    verdicts.first_filter,
    verdicts.failing_filters,
    verdicts.composite_score,
    rankings.rank,
    rankings.capped_by,
    coalesce(rankings.selected, FALSE) AS selected,
    candidate_outcomes.actual_points,
    candidate_outcomes.outcome,
    candidate_outcomes.units
FROM params
JOIN verdicts ON verdicts.version = params.version
JOIN candidates
    ON candidates.candidate_set = params.candidate_set
    AND candidates.candidate = verdicts.candidate
JOIN agreement
    ON agreement.consensus_set = verdicts.consensus_set
    AND agreement.candidate = verdicts.candidate
JOIN candidate_outcomes ON candidate_outcomes.candidate = verdicts.candidate
LEFT JOIN rankings ON rankings.version = verdicts.version AND rankings.candidate = verdicts.candidate
LEFT JOIN pick_counts ON pick_counts.version = verdicts.version AND pick_counts.game_date = verdicts.game_date
-- The widest relation comes last: a join copies all that was joined before it.
JOIN evidence ON evidence.feature_set = verdicts.feature_set AND evidence.candidate = verdicts.candidate
-- relations_of_definitions()
