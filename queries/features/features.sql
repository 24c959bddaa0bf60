-- features: what was known about a target before its slate, independent of any version's thresholds
-- (specification: selection, "Features").
-- Grain: feature_set, game_date, player_lookup, game_id.
-- Inputs: stats_rows, player_games, streak_rows, line_moves, matchups, book_spreads, v12_predictions.
-- NULL means absent; signals.sql says which averages then count as 0. minutes_surge and minutes_deficit are differences of
-- the doubles nearest to the averages, as production subtracted: 33.8 - 27.8 is 5.9999999999999964 and no deficit of 6.
-- A player without a game of the season before the slate (no_earlier_game) has the home team as opponent and is_home FALSE.
SELECT
    r.feature_set,
    r.game_date,
    r.player_lookup,
    r.game_id,
    r.player_full_name,
    r.team_abbr,
    r.opponent,
    r.is_home,
    r.no_earlier_game,
    r.stats_game_id,
    r.stats_game_date,
    r.prev_minutes,
    r.starter_flag,
    r.rest_days,
    f.three_pct_last_3,
    f.three_pct_season,
    f.three_pct_std,
    f.three_pa_per_game,
    f.minutes_avg_last_3,
    f.minutes_avg_season,
    CAST(f.minutes_avg_last_3 AS DOUBLE) - CAST(f.minutes_avg_season AS DOUBLE) AS minutes_surge,
    CAST(f.minutes_avg_season AS DOUBLE) - CAST(r.prev_minutes AS DOUBLE) AS minutes_deficit,
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
    CASE
        WHEN f.neg_pm_1 IS DISTINCT FROM 1 THEN 0
        WHEN f.neg_pm_2 IS DISTINCT FROM 1 THEN 1
        WHEN f.neg_pm_3 IS DISTINCT FROM 1 THEN 2
        ELSE 3
    END AS neg_pm_streak,
    g.streak_game_date,
    g.over_1 AS prev_over_1,
    g.over_2 AS prev_over_2,
    g.over_3 AS prev_over_3,
    g.over_4 AS prev_over_4,
    g.over_5 AS prev_over_5,
    g.correct_1 AS prev_correct_1,
    g.correct_2 AS prev_correct_2,
    g.correct_3 AS prev_correct_3,
    g.correct_4 AS prev_correct_4,
    g.correct_5 AS prev_correct_5,
    CASE
        WHEN g.over_1 IS DISTINCT FROM 0 THEN 0
        WHEN g.over_2 IS DISTINCT FROM 0 THEN 1
        WHEN g.over_3 IS DISTINCT FROM 0 THEN 2
        WHEN g.over_4 IS DISTINCT FROM 0 THEN 3
        WHEN g.over_5 IS DISTINCT FROM 0 THEN 4
        ELSE 5
    END AS under_streak,
    l.previous_line_date,
    l.previous_line,
    b.multi_book_line_std,
    coalesce(m.games_vs_opponent, 0) AS games_vs_opponent,
    v.v12_system_id,
    v.v12_recommendation,
    v.v12_abs_edge
FROM stats_rows AS r
LEFT JOIN player_games AS f
    ON f.feature_set = r.feature_set
    AND f.season = r.season
    AND f.player_lookup = r.player_lookup
    AND f.game_number = r.frame_number
LEFT JOIN streak_rows AS g
    ON g.feature_set = r.feature_set
    AND g.game_date = r.game_date
    AND g.player_lookup = r.player_lookup
    AND g.game_id = r.game_id
LEFT JOIN line_moves AS l
    ON l.feature_set = r.feature_set
    AND l.game_date = r.game_date
    AND l.player_lookup = r.player_lookup
    AND l.game_id = r.game_id
LEFT JOIN book_spreads AS b ON b.game_date = r.game_date AND b.player_lookup = r.player_lookup
LEFT JOIN matchups AS m
    ON m.feature_set = r.feature_set
    AND m.game_date = r.game_date
    AND m.player_lookup = r.player_lookup
    AND m.game_id = r.game_id
LEFT JOIN v12_predictions AS v ON v.player_lookup = r.player_lookup AND v.game_id = r.game_id
