-- monitor_model_windows: how a model did in the days up to a date (specification: monitoring, "model_performance_daily").
-- Grain: fidelity, model_id, game_date; the dates are those on which any model has gradings, and a model has a row when its
-- last 30 days have some.
-- Inputs: monitor_model_days.
-- date_number counts the dates, so that the previous one is known also where a model has no row on it. hr_7d, hr_14d and
-- hr_30d in percent, not rounded.
WITH
graded_dates AS (
    SELECT DISTINCT fidelity, game_date FROM monitor_model_days
),

numbered_dates AS (
    SELECT
        fidelity,
        game_date,
        CAST(row_number() OVER (PARTITION BY fidelity ORDER BY game_date) AS BIGINT) AS date_number
    FROM graded_dates
),

windows AS (
    SELECT
        model_days.fidelity,
        model_days.model_id,
        model_days.family,
        numbered_dates.game_date,
        numbered_dates.date_number,
        sum(CASE WHEN model_days.game_date = numbered_dates.game_date THEN model_days.picks ELSE 0 END) AS picks,
        sum(CASE WHEN model_days.game_date = numbered_dates.game_date THEN model_days.wins ELSE 0 END) AS wins,
        sum(CASE WHEN model_days.game_date > numbered_dates.game_date - 7 THEN model_days.wins ELSE 0 END) AS wins_7d,
        sum(CASE WHEN model_days.game_date > numbered_dates.game_date - 7 THEN model_days.picks ELSE 0 END) AS picks_7d,
        sum(CASE WHEN model_days.game_date > numbered_dates.game_date - 14 THEN model_days.wins ELSE 0 END) AS wins_14d,
        sum(CASE WHEN model_days.game_date > numbered_dates.game_date - 14 THEN model_days.picks ELSE 0 END)
            AS picks_14d,
        sum(model_days.wins) AS wins_30d,
        sum(model_days.picks) AS picks_30d
    FROM monitor_model_days AS model_days
    JOIN numbered_dates
        ON numbered_dates.fidelity = model_days.fidelity
        -- Thirty days back and the date itself, unlike the other windows.
        AND model_days.game_date BETWEEN numbered_dates.game_date - 30 AND numbered_dates.game_date
    GROUP BY
        model_days.fidelity,
        model_days.model_id,
        model_days.family,
        numbered_dates.game_date,
        numbered_dates.date_number
)

SELECT
    fidelity,
    model_id,
    family,
    game_date,
    date_number,
    picks,
    wins,
    picks_7d,
    picks_14d,
    picks_30d,
    CAST(wins_7d AS DOUBLE) / nullif(picks_7d, 0) * 100 AS hr_7d,
    CAST(wins_14d AS DOUBLE) / nullif(picks_14d, 0) * 100 AS hr_14d,
    CAST(wins_30d AS DOUBLE) / nullif(picks_30d, 0) * 100 AS hr_30d
FROM windows
