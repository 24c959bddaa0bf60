-- monitor_model_windows: how a model did in the days up to a date (specification: monitoring, "model_performance_daily").
-- Grain: fidelity, model_id, game_date; the dates are those on which any model has gradings, and a model has a row when its
-- last 30 days have some.
-- Inputs: monitor_model_days.
-- date_number counts the dates, so that the previous one is known also where a model has no row on it. hr_7d, hr_14d and
-- hr_30d in percent, not rounded.
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
FROM (
    SELECT
        r.fidelity,
        r.model_id,
        r.family,
        d.game_date,
        d.date_number,
        sum(CASE WHEN r.game_date = d.game_date THEN r.picks ELSE 0 END) AS picks,
        sum(CASE WHEN r.game_date = d.game_date THEN r.wins ELSE 0 END) AS wins,
        sum(CASE WHEN r.game_date > d.game_date - 7 THEN r.wins ELSE 0 END) AS wins_7d,
        sum(CASE WHEN r.game_date > d.game_date - 7 THEN r.picks ELSE 0 END) AS picks_7d,
        sum(CASE WHEN r.game_date > d.game_date - 14 THEN r.wins ELSE 0 END) AS wins_14d,
        sum(CASE WHEN r.game_date > d.game_date - 14 THEN r.picks ELSE 0 END) AS picks_14d,
        sum(r.wins) AS wins_30d,
        sum(r.picks) AS picks_30d
    FROM monitor_model_days AS r
    JOIN (
        SELECT
            fidelity,
            game_date,
            CAST(row_number() OVER (PARTITION BY fidelity ORDER BY game_date) AS BIGINT) AS date_number
        FROM (SELECT DISTINCT fidelity, game_date FROM monitor_model_days)
    ) AS d
        ON d.fidelity = r.fidelity
        -- Thirty days back and the date itself, unlike the other windows.
        AND r.game_date BETWEEN d.game_date - 30 AND d.game_date
    GROUP BY r.fidelity, r.model_id, r.family, d.game_date, d.date_number
)
