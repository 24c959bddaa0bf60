-- source_weights: how much a model's edges weigh on a slate, by how it did before (source_weight)
-- (specification: versions, "Source weights").
-- Grain: candidate_set, game_date, system_id, recommendation; none of versions that choose by the edge alone.
-- Inputs: candidate_sets, model_records, recorded_performances, system_families, slates, training_spans.
-- trust, gradings (its rate rounded to one digit) and performance: the share that the model's recent hit rate is of
-- source_weight_full_rate, at most 1; with fewer gradings than source_weight_min_graded the rate is taken for 50 %. performance
-- takes the recorded rate, that of best bets from source_weight_min_best_bets of them on.
-- shrunk: source_weight_shrink_graded gradings of the side make its recent rate count whole, fewer leave the rest to the
-- season's (50 % without any); the weight rises evenly from source_weight_zero_rate (0) to source_weight_one_rate (1), and is
-- discounted by the days since the family's training: from day 8 on to 0.95, from 11 to 0.85, from 15 to 0.70. Training ends
-- as known before the slate: the latest one, or the earliest where all are later; without any nothing is discounted.
WITH rates AS (
    SELECT
        candidate_set,
        game_date,
        system_id,
        recommendation,
        graded,
        hit_rate(wins, graded) AS rounded_percent,
        100.0 * wins / nullif(graded, 0) AS hit_percent,
        credibility * coalesce(100.0 * side_wins / nullif(side_graded, 0), 50.0)
        + (1.0 - credibility) * coalesce(100.0 * season_wins / nullif(season_graded, 0), 50.0) AS shrunk_percent
    FROM model_records
)

SELECT
    rates.candidate_set,
    rates.game_date,
    rates.system_id,
    rates.recommendation,
    CASE candidate_sets.source_weight
        WHEN 'trust'
            THEN least(
                1.0,
                CASE
                    WHEN rates.graded >= candidate_sets.source_weight_min_graded THEN rates.hit_percent
                    ELSE 50.0
                END
                / candidate_sets.source_weight_full_rate
            )
        WHEN 'gradings'
            THEN least(
                1.0,
                CASE
                    WHEN rates.graded >= candidate_sets.source_weight_min_graded THEN rates.rounded_percent
                    ELSE 50.0
                END
                / candidate_sets.source_weight_full_rate
            )
        WHEN 'performance'
            THEN least(
                1.0,
                CASE
                    WHEN
                        recorded.best_bets_n_21d >= candidate_sets.source_weight_min_best_bets
                        AND recorded.best_bets_hr_21d IS NOT NULL
                        THEN recorded.best_bets_hr_21d
                    WHEN
                        recorded.rolling_n_14d >= candidate_sets.source_weight_min_graded
                        AND recorded.rolling_hr_14d IS NOT NULL
                        THEN recorded.rolling_hr_14d
                    ELSE 50.0
                END
                / candidate_sets.source_weight_full_rate
            )
        ELSE
            least(
                1.0,
                greatest(
                    0.0,
                    (rates.shrunk_percent - candidate_sets.source_weight_zero_rate)
                    / (candidate_sets.source_weight_one_rate - candidate_sets.source_weight_zero_rate)
                )
            )
            * CASE
                WHEN rates.game_date - training_spans.training_end > 14 THEN 0.70
                WHEN rates.game_date - training_spans.training_end > 10 THEN 0.85
                WHEN rates.game_date - training_spans.training_end > 7 THEN 0.95
                ELSE 1.0
            END
    END AS weight
FROM candidate_sets
JOIN rates ON rates.candidate_set = candidate_sets.candidate_set
LEFT JOIN recorded_performances AS recorded
    ON recorded.game_date = rates.game_date
    AND recorded.model_id = rates.system_id
LEFT JOIN system_families
    ON system_families.family_set = candidate_sets.family_set
    AND system_families.system_id = rates.system_id
JOIN slates ON slates.game_date = rates.game_date
LEFT JOIN training_spans
    ON training_spans.family_set = candidate_sets.family_set
    AND training_spans.family = system_families.family
    AND slates.known_before >= training_spans.known_from
    AND slates.known_before < training_spans.known_until
