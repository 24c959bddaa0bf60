-- monitor_signal_windows: how a signal did in the days up to a slate, its own games included
-- (specification: monitoring, "signal_health_daily").
-- Grain: version, fidelity, game_date, signal_tag; dates with a tagged candidate, graded or not, and only signals with a
-- result in the season up to then.
-- Inputs: slates, monitor_tags, monitor_tag_results.
-- Windows end with the slate's date and stay within its season. Rates in percent, NULL of an empty window; production
-- divided first, unlike hit_rate(), so that 51 of 80 are 63.7.
WITH windows AS (
    SELECT
        tag_results.version,
        tag_results.fidelity,
        slates.game_date,
        tag_results.signal_tag,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 7 THEN tag_results.wins ELSE 0 END) AS wins_7d,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 7 THEN tag_results.picks ELSE 0 END) AS picks_7d,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 14 THEN tag_results.wins ELSE 0 END) AS wins_14d,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 14 THEN tag_results.picks ELSE 0 END) AS picks_14d,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 30 THEN tag_results.wins ELSE 0 END) AS wins_30d,
        sum(CASE WHEN tag_results.game_date > slates.game_date - 30 THEN tag_results.picks ELSE 0 END) AS picks_30d,
        sum(tag_results.wins) AS wins_season,
        sum(tag_results.picks) AS picks_season
    FROM monitor_tag_results AS tag_results
    JOIN slates ON slates.season = tag_results.season AND slates.game_date >= tag_results.game_date
    LEFT SEMI JOIN monitor_tags
        ON monitor_tags.version = tag_results.version
        AND monitor_tags.game_date = slates.game_date
    GROUP BY tag_results.version, tag_results.fidelity, slates.game_date, tag_results.signal_tag
)

SELECT
    version,
    fidelity,
    game_date,
    signal_tag,
    round(100.0 * (CAST(wins_7d AS DOUBLE) / nullif(picks_7d, 0)), 1) AS hr_7d,
    round(100.0 * (CAST(wins_14d AS DOUBLE) / nullif(picks_14d, 0)), 1) AS hr_14d,
    round(100.0 * (CAST(wins_30d AS DOUBLE) / nullif(picks_30d, 0)), 1) AS hr_30d,
    round(100.0 * (CAST(wins_season AS DOUBLE) / nullif(picks_season, 0)), 1) AS hr_season,
    picks_7d,
    picks_14d,
    picks_30d,
    picks_season,
    signal_tag IN ('high_edge', 'edge_spread_optimal', 'combo_he_ms', 'combo_3way') AS is_model_dependent
FROM windows
