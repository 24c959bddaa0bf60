-- frozen_model_performance_daily: the recorded performances of models by which a decision weighs them.
-- Grain: a row of model_performance_daily.
-- Inputs: model_performance_daily, candidate_sets, slates.
-- Slates: together.
-- All that were written before the slate: the newest date decides.
WITH reaches AS (
    SELECT
        slates.known_before,
        slates.past_as_of AS as_of
    FROM candidate_sets
    CROSS JOIN slates
    WHERE candidate_sets.source_weight = 'performance'
)

SELECT performance.*
FROM model_performance_daily AS performance
LEFT SEMI JOIN reaches
    ON performance.game_date < reaches.known_before
    AND (reaches.as_of IS NULL OR performance.computed_at IS NULL OR performance.computed_at <= reaches.as_of)
