-- monitor_signal_health: what signal_health_daily should hold (specification: monitoring, "signal_health_daily").
-- Grain: version, fidelity, game_date, signal_tag; every date with a candidate in monitor_tags, whether or not a game of it
-- was graded, and only signals with a result in the season up to then.
-- Inputs: monitor_signal_windows.
-- Slates: together.
-- fidelity: as-shipped counts regraded duplicates, as-intended the latest grading alone. Rates in percent, divergences in
-- points of them. The row of a date holds the results of its games too; while none is graded, as production's backfill found
-- it, those of earlier dates alone. Windows and the days in a regime reach back among the slates of the request: a season's
-- from its start.
WITH
diverging AS (
    SELECT
        *,
        round_half_even(hr_7d - hr_season, 1) AS divergence_7d_vs_season,
        round_half_even(hr_14d - hr_season, 1) AS divergence_14d_vs_season
    FROM monitor_signal_windows
),

in_regime AS (
    SELECT
        *,
        CASE
            WHEN divergence_7d_vs_season < -10.0 THEN 'COLD'
            WHEN divergence_7d_vs_season > 10.0 THEN 'HOT'
            ELSE 'NORMAL'
        END AS regime
    FROM diverging
),

marked AS (
    SELECT
        *,
        regime IS DISTINCT FROM lag(regime) OVER (PARTITION BY version, fidelity, signal_tag ORDER BY game_date)
            AS is_first_of_regime
    FROM in_regime
),

numbered AS (
    SELECT
        *,
        sum(CAST(is_first_of_regime AS BIGINT)) OVER (
            PARTITION BY version, fidelity, signal_tag ORDER BY game_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS regime_number
    FROM marked
)

SELECT
    version,
    fidelity,
    game_date,
    signal_tag,
    hr_7d,
    hr_14d,
    hr_30d,
    hr_season,
    picks_7d,
    picks_14d,
    picks_30d,
    picks_season,
    divergence_7d_vs_season,
    divergence_14d_vs_season,
    regime,
    CASE
        WHEN regime = 'COLD' AND is_model_dependent THEN 'DEGRADING'
        WHEN divergence_7d_vs_season < -5.0 THEN 'WATCH'
        ELSE 'HEALTHY'
    END AS status,
    count(*) OVER (
        PARTITION BY version, fidelity, signal_tag, regime_number ORDER BY game_date
        RANGE BETWEEN INTERVAL '14 days' PRECEDING AND CURRENT ROW
    ) AS days_in_current_regime,
    is_model_dependent
FROM numbered
