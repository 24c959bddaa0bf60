-- monitor_model_performance: what model_performance_daily should hold (specification: monitoring, "model_performance_daily").
-- Grain: fidelity, game_date, model_id (a runtime system_id); only models with gradings in the 30 days up to the date.
-- Inputs: monitor_model_windows, training_spans.
-- fidelity: as-shipped counts a push, void or ungraded row as a loss, as-intended leaves it out. Rates and roi in percent.
-- The state goes by the unrounded rate; previous is the date before among those with gradings, whichever model's.
-- consecutive_days_below_*: dates in a row with a 7-day rate below 58 (watch) or 55 (alert). days_since_training is
-- negative before the training's end, NULL without one in the registry.
WITH
stated AS (
    SELECT
        *,
        coalesce(lag(date_number) OVER by_date = date_number - 1, FALSE) AS follows,
        coalesce(hr_7d < 58.0, FALSE) AS is_below_watch,
        coalesce(hr_7d < 55.0, FALSE) AS is_below_alert,
        CASE
            WHEN picks_7d < 5 THEN 'INSUFFICIENT_DATA'
            WHEN hr_7d < 52.4 THEN 'BLOCKED'
            WHEN hr_7d < 55.0 THEN 'DEGRADING'
            WHEN hr_7d < 58.0 THEN 'WATCH'
            ELSE 'HEALTHY'
        END AS state
    FROM monitor_model_windows
    WINDOW by_date AS (PARTITION BY fidelity, model_id ORDER BY date_number)
),

compared AS (
    SELECT
        *,
        CASE WHEN follows THEN lag(state) OVER by_date ELSE 'HEALTHY' END AS previous_state,
        CASE WHEN is_below_watch AND NOT (follows AND lag(is_below_watch) OVER by_date) THEN date_number END
            AS below_watch_start,
        CASE WHEN is_below_alert AND NOT (follows AND lag(is_below_alert) OVER by_date) THEN date_number END
            AS below_alert_start
    FROM stated
    WINDOW by_date AS (PARTITION BY fidelity, model_id ORDER BY date_number)
),

changed AS (
    SELECT
        *,
        max(below_watch_start) OVER up_to_now AS below_watch_since,
        max(below_alert_start) OVER up_to_now AS below_alert_since,
        CASE
            WHEN state = previous_state THEN 'NO_CHANGE'
            WHEN state IN ('BLOCKED', 'DEGRADING', 'WATCH') THEN 'DEGRADED'
            WHEN state = 'HEALTHY' AND previous_state IN ('BLOCKED', 'DEGRADING', 'WATCH') THEN 'RECOVERED'
            ELSE 'NO_CHANGE'
        END AS action
    FROM compared
    WINDOW up_to_now AS (
        PARTITION BY fidelity, model_id ORDER BY date_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    changed.fidelity,
    changed.game_date,
    changed.model_id,
    round_half_even(changed.hr_7d, 1) AS rolling_hr_7d,
    round_half_even(changed.hr_14d, 1) AS rolling_hr_14d,
    round_half_even(changed.hr_30d, 1) AS rolling_hr_30d,
    changed.picks_7d AS rolling_n_7d,
    changed.picks_14d AS rolling_n_14d,
    changed.picks_30d AS rolling_n_30d,
    changed.picks AS daily_picks,
    changed.wins AS daily_wins,
    changed.picks - changed.wins AS daily_losses,
    round_half_even(100 * CAST(changed.wins AS DOUBLE) / nullif(changed.picks, 0), 1) AS daily_hr,
    round_half_even(100 * CAST(2 * changed.wins - changed.picks AS DOUBLE) / nullif(changed.picks, 0), 1) AS daily_roi,
    changed.state,
    CASE WHEN changed.is_below_watch THEN 1 + changed.date_number - changed.below_watch_since ELSE 0 END
        AS consecutive_days_below_watch,
    CASE WHEN changed.is_below_alert THEN 1 + changed.date_number - changed.below_alert_since ELSE 0 END
        AS consecutive_days_below_alert,
    changed.action,
    CASE
        WHEN changed.action <> 'NO_CHANGE'
            THEN concat(
                changed.previous_state,
                ' to ',
                changed.state,
                ': ',
                round_half_even(changed.hr_7d, 1),
                ' % of ',
                changed.picks_7d,
                ' in 7 days, ',
                CASE changed.state
                    WHEN 'HEALTHY' THEN '58.0 or more'
                    WHEN 'WATCH' THEN 'below 58.0'
                    WHEN 'DEGRADING' THEN 'below 55.0'
                    ELSE 'below 52.4'
                END
            )
    END AS action_reason,
    changed.game_date - training_spans.training_end AS days_since_training
FROM changed
LEFT JOIN training_spans
    ON training_spans.family_set = -1
    AND training_spans.family = changed.family
    AND changed.game_date >= training_spans.known_from
    AND changed.game_date < training_spans.known_until
