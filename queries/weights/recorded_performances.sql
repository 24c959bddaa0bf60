-- recorded_performances: the hit rate of each model before a slate as production recorded it
-- (specification: versions, "Source weights").
-- Grain: game_date, model_id; none before the first date of model_performance_daily, or where no version weighs models by it.
-- Inputs: slates, model_performance_daily, weighing_sets.
-- The rows of the newest date before the slate that were written by as_of, a model without one on it has none; of several of a
-- model the latest. Rates in percent: of the model's best bets (21 days) and of its predictions (14 days), and of how many.
WITH newest AS (
    SELECT
        slates.game_date,
        slates.past_as_of AS as_of,
        max(performance.game_date) AS recorded_on
    FROM slates
    JOIN model_performance_daily AS performance
        ON performance.game_date < slates.known_before
        AND (
            slates.past_as_of IS NULL
            OR performance.computed_at IS NULL
            OR performance.computed_at <= slates.past_as_of
        )
    WHERE EXISTS (SELECT 1 FROM weighing_sets WHERE weighing_sets.source_weight = 'performance')
    GROUP BY slates.game_date, slates.past_as_of
)

SELECT
    newest.game_date,
    performance.model_id,
    performance.best_bets_hr_21d,
    performance.best_bets_n_21d,
    performance.rolling_hr_14d,
    performance.rolling_n_14d
FROM newest
JOIN model_performance_daily AS performance
    ON performance.game_date = newest.recorded_on
    AND (newest.as_of IS NULL OR performance.computed_at IS NULL OR performance.computed_at <= newest.as_of)
QUALIFY row_number() OVER (
    PARTITION BY newest.game_date, performance.model_id ORDER BY performance.computed_at DESC NULLS LAST
) = 1
