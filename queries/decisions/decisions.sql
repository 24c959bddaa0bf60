-- decisions: every candidate with everything that decided about it, and what came of it.
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: params, verdicts, candidates, agreement, evidence, rankings, candidate_outcomes.
-- Columns:
--   version, algorithm_version, game_date, player_lookup, game_id   the key
--   player, team                from the player's latest game of the season before the slate; NULL for one without any
--   opponent, is_home           by that team; without one the home team and FALSE, as production had it
--   no_earlier_game             the player has no game of the season before the slate
--   source_model_id .. feature_quality_score   the winning bid, in points
--   prev_minutes .. v12_abs_edge            the features (see features.sql), NULL where absent; prop_line_delta in points
--   model_health_status, hit_rate_7d        of the slate (percent)
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
--   selected                    a pick: passed every filter and within the version's cap
--   actual_points, outcome, units   what came of it (see candidate_outcomes.sql)
SELECT
    v.version,
    p.algorithm_version,
    e.* EXCEPT (
        feature_set, candidate, season_week, edge_points, is_over, is_under, agrees_v12, relative_edge, under_line,
        under_line_delta, under_neg_pm_streak, champion_graded, champion_hit_rate, qualifying_subsets, direction_hr_14d
    ),
    c.n_bids,
    c.source_tie,
    c.n_models_eligible,
    c.champion_edge,
    c.direction_conflict,
    CASE WHEN p.blacklist_works THEN e.champion_graded END AS champion_graded,
    CASE WHEN p.blacklist_works THEN e.champion_hit_rate END AS champion_hit_rate,
    a.* EXCEPT (consensus_set, candidate),
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
    coalesce(e.qualifying_subsets, make_array()) AS qualifying_subsets,
    coalesce(cardinality(e.qualifying_subsets), 0) AS qualifying_subset_count,
    pick_angles(
        e.recommendation,
        e.line,
        e.abs_edge,
        e.confidence_score,
        coalesce(cardinality(e.qualifying_subsets), 0),
        a.model_agreement_count,
        a.avg_edge_agreeing,
        v.signal_tags,
        CASE WHEN p.direction_health_works THEN e.direction_hr_14d END
    ) AS pick_angles,
    v.filters,
    v.first_filter,
    v.failing_filters,
    v.composite_score,
    r.rank,
    coalesce(r.selected, FALSE) AS selected,
    o.actual_points,
    o.outcome,
    o.units
FROM params AS p
JOIN verdicts AS v ON v.version = p.version
JOIN candidates AS c ON c.candidate_set = p.candidate_set AND c.candidate = v.candidate
JOIN agreement AS a ON a.consensus_set = v.consensus_set AND a.candidate = v.candidate
JOIN candidate_outcomes AS o ON o.candidate = v.candidate
LEFT JOIN rankings AS r ON r.version = v.version AND r.candidate = v.candidate
-- The widest relation comes last: a join copies all that was joined before it.
JOIN evidence AS e ON e.feature_set = v.feature_set AND e.candidate = v.candidate
