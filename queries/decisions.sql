-- decisions: every candidate with everything that decided about it, and what came of it.
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: params, candidates, features, verdicts, rankings, picks, consensus, slate_health, subset_memberships, outcomes.
-- Columns:
--   version, algorithm_version, game_date, player_lookup, game_id   the key
--   player .. opponent          from the player's latest game before the slate; NULL for a player without one
--   source_model_id .. direction_conflict   the winning bid, in points; source_tie: several models had the same edge
--   prev_minutes .. v12_abs_edge            the features (see features.sql); prop_line_delta in points
--   model_health_status, hit_rate_7d        of the slate (percent)
--   model_agreement_count .. agreeing_model_ids   the consensus (see consensus.sql); 0 or empty where there is none
--   signal_confidence           per signal its confidence 0-1, NULL where it does not qualify
--   signal_tags, signal_count   the version's qualifying signals, in its order
--   matched_combo_id .. alternative_combo_id   the combo; combo_by_order: only the registry's order chose it, and
--                               alternative_combo_id is what would have matched instead
--   filters                     per filter its value, threshold and whether it blocks
--   first_filter, failing_filters   the decision's reason, and all that would have blocked; NULL and empty for none
--   composite_score, rank       rank among those that passed, from 1
--   selected                    a pick: passed every filter and within the version's cap
--   actual_points, outcome      WIN, LOSS, PUSH, VOID, UNGRADED against the candidate's own line and side
--   units                       of stake: a win pays 100/110, a loss costs 1, else 0; NULL when UNGRADED
SELECT
    *,
    CASE outcome WHEN 'WIN' THEN 100.0 / 110.0 WHEN 'LOSS' THEN -1.0 WHEN 'UNGRADED' THEN NULL ELSE 0.0 END AS units
FROM (
    SELECT
        p.version,
        p.algorithm_version,
        c.game_date,
        c.player_lookup,
        c.game_id,
        f.player_full_name AS player,
        f.team_abbr AS team,
        f.opponent,
        f.is_home,
        c.source_model_id,
        c.source_model_family,
        c.predicted_points,
        c.line,
        c.edge,
        c.abs_edge,
        c.recommendation,
        c.confidence_score,
        c.feature_quality_score,
        c.n_bids,
        c.source_tie,
        c.n_models_eligible,
        c.champion_edge,
        c.direction_conflict,
        f.stats_game_id,
        f.stats_game_date,
        f.prev_minutes,
        f.starter_flag,
        f.rest_days,
        f.three_pct_last_3,
        f.three_pct_season,
        f.three_pct_std,
        f.three_pa_per_game,
        f.minutes_avg_last_3,
        f.minutes_avg_season,
        f.minutes_surge,
        f.minutes_deficit,
        f.fg_pct_last_3,
        f.fg_pct_season,
        f.fg_pct_std,
        f.points_avg_season,
        f.points_std_last_5,
        f.usage_avg_season,
        f.fta_season,
        f.unassisted_fg_season,
        f.neg_pm_1,
        f.neg_pm_2,
        f.neg_pm_3,
        f.neg_pm_streak,
        f.streak_game_date,
        f.prev_over_1,
        f.prev_over_2,
        f.prev_over_3,
        f.prev_over_4,
        f.prev_over_5,
        f.prev_correct_1,
        f.prev_correct_2,
        f.prev_correct_3,
        f.prev_correct_4,
        f.prev_correct_5,
        f.under_streak,
        f.previous_line_date,
        f.previous_line,
        v.prop_line_delta,
        f.multi_book_line_std,
        f.games_vs_opponent,
        f.v12_system_id,
        f.v12_recommendation,
        f.v12_abs_edge,
        v.champion_graded,
        v.champion_hit_rate,
        h.model_health_status,
        h.hit_rate_7d,
        coalesce(k.model_agreement_count, 0) AS model_agreement_count,
        coalesce(k.feature_set_diversity, 0) AS feature_set_diversity,
        k.majority AS consensus_majority,
        coalesce(k.quantile_consensus_under, FALSE) AS quantile_consensus_under,
        CASE WHEN k.majority = c.recommendation THEN k.consensus_bonus ELSE 0.0 END AS consensus_bonus,
        k.avg_edge_agreeing,
        coalesce(k.agreeing_model_ids, make_array()) AS agreeing_model_ids,
        v.signal_confidence,
        v.signal_tags,
        v.signal_count,
        v.combo['combo_id'] AS matched_combo_id,
        v.combo['classification'] AS combo_classification,
        v.combo['hit_rate'] AS combo_hit_rate,
        v.combo['by_order'] AS combo_by_order,
        v.combo['alternative'] AS alternative_combo_id,
        CASE WHEN array_has(v.signal_tags, 'minutes_surge') AND array_has(v.signal_tags, 'blowout_recovery')
            THEN make_array('contradictory_signals')
            ELSE make_array()
        END AS warning_tags,
        coalesce(q.qualifying_subsets, make_array()) AS qualifying_subsets,
        coalesce(cardinality(q.qualifying_subsets), 0) AS qualifying_subset_count,
        pick_angles(
            c.recommendation,
            c.line,
            c.abs_edge,
            c.confidence_score,
            coalesce(cardinality(q.qualifying_subsets), 0),
            coalesce(k.model_agreement_count, 0),
            k.avg_edge_agreeing,
            v.signal_tags,
            CASE WHEN p.direction_health_works THEN
                CASE c.recommendation WHEN 'OVER' THEN h.over_hr_14d ELSE h.under_hr_14d END
            END
        ) AS pick_angles,
        v.filters,
        v.first_filter,
        v.failing_filters,
        v.composite_score,
        r.rank,
        s.rank IS NOT NULL AS selected,
        o.actual_points,
        CASE
            WHEN o.is_voided THEN 'VOID'
            WHEN o.actual_points IS NULL THEN 'UNGRADED'
            WHEN o.actual_points = c.line THEN 'PUSH'
            WHEN (o.actual_points > c.line) = (c.recommendation = 'OVER') THEN 'WIN'
            ELSE 'LOSS'
        END AS outcome
    -- The widest relations come last: a join copies all that was joined before it.
    FROM params AS p
    JOIN candidates AS c ON c.candidate_set = p.candidate_set
    LEFT JOIN outcomes AS o ON o.player_lookup = c.player_lookup AND o.game_id = c.game_id
    LEFT JOIN subset_memberships AS q
        ON q.game_date = c.game_date
        AND q.player_lookup = c.player_lookup
        AND q.game_id = c.game_id
    LEFT JOIN rankings AS r
        ON r.version = p.version
        AND r.game_date = c.game_date
        AND r.player_lookup = c.player_lookup
        AND r.game_id = c.game_id
    LEFT JOIN picks AS s
        ON s.version = p.version
        AND s.game_date = c.game_date
        AND s.player_lookup = c.player_lookup
        AND s.game_id = c.game_id
    LEFT JOIN consensus AS k
        ON k.consensus_set = p.consensus_set
        AND k.game_date = c.game_date
        AND k.player_lookup = c.player_lookup
        AND k.game_id = c.game_id
    JOIN slate_health AS h ON h.feature_set = p.feature_set AND h.game_date = c.game_date
    JOIN features AS f
        ON f.feature_set = p.feature_set
        AND f.game_date = c.game_date
        AND f.player_lookup = c.player_lookup
        AND f.game_id = c.game_id
    JOIN verdicts AS v
        ON v.version = p.version
        AND v.game_date = c.game_date
        AND v.player_lookup = c.player_lookup
        AND v.game_id = c.game_id
)
