-- features: what was known about a target before its slate, independent of any version's thresholds
-- (specification: selection, "Features").
-- Grain: feature_set, game_date, player_lookup, game_id.
-- Inputs: stats_rows, player_games, streak_rows, line_moves, matchups, book_spreads, v12_predictions.
-- NULL means absent; signals.sql says which averages then count as 0. minutes_surge and minutes_deficit are differences of
-- the doubles nearest to the averages, as production subtracted: 33.8 - 27.8 is 5.9999999999999964 and no deficit of 6.
-- A player without a game of the season before the slate (no_earlier_game) has the home team as opponent and is_home FALSE.
SELECT
    stats_rows.feature_set,
    stats_rows.game_date,
    stats_rows.player_lookup,
    stats_rows.game_id,
    stats_rows.player_full_name,
    stats_rows.team_abbr,
    stats_rows.opponent,
    stats_rows.is_home,
    stats_rows.no_earlier_game,
    stats_rows.stats_game_id,
    stats_rows.stats_game_date,
    stats_rows.prev_minutes,
    stats_rows.starter_flag,
    stats_rows.rest_days,
    player_games.three_pct_last_3,
    player_games.three_pct_season,
    player_games.three_pct_std,
    player_games.three_pa_per_game,
    player_games.minutes_avg_last_3,
    player_games.minutes_avg_season,
    CAST(player_games.minutes_avg_last_3 AS DOUBLE) - CAST(player_games.minutes_avg_season AS DOUBLE) AS minutes_surge,
    CAST(player_games.minutes_avg_season AS DOUBLE) - CAST(stats_rows.prev_minutes AS DOUBLE) AS minutes_deficit,
    player_games.fg_pct_last_3,
    player_games.fg_pct_season,
    player_games.fg_pct_std,
    player_games.points_avg_season,
    player_games.points_std_last_5,
    player_games.usage_avg_season,
    player_games.fta_season,
    player_games.ft_rate_season,
    player_games.unassisted_fg_season,
    player_games.neg_pm_1,
    player_games.neg_pm_2,
    player_games.neg_pm_3,
    CASE
        WHEN player_games.neg_pm_1 IS DISTINCT FROM 1 THEN 0
        WHEN player_games.neg_pm_2 IS DISTINCT FROM 1 THEN 1
        WHEN player_games.neg_pm_3 IS DISTINCT FROM 1 THEN 2
        ELSE 3
    END AS neg_pm_streak,
    streak_rows.streak_game_date,
    streak_rows.over_1 AS prev_over_1,
    streak_rows.over_2 AS prev_over_2,
    streak_rows.over_3 AS prev_over_3,
    streak_rows.over_4 AS prev_over_4,
    streak_rows.over_5 AS prev_over_5,
    streak_rows.correct_1 AS prev_correct_1,
    streak_rows.correct_2 AS prev_correct_2,
    streak_rows.correct_3 AS prev_correct_3,
    streak_rows.correct_4 AS prev_correct_4,
    streak_rows.correct_5 AS prev_correct_5,
    CASE
        WHEN streak_rows.over_1 IS DISTINCT FROM 0 THEN 0
        WHEN streak_rows.over_2 IS DISTINCT FROM 0 THEN 1
        WHEN streak_rows.over_3 IS DISTINCT FROM 0 THEN 2
        WHEN streak_rows.over_4 IS DISTINCT FROM 0 THEN 3
        WHEN streak_rows.over_5 IS DISTINCT FROM 0 THEN 4
        ELSE 5
    END AS under_streak,
    line_moves.previous_line_date,
    line_moves.previous_line,
    book_spreads.multi_book_line_std,
    coalesce(matchups.games_vs_opponent, 0) AS games_vs_opponent,
    v12_predictions.v12_system_id,
    v12_predictions.v12_recommendation,
    v12_predictions.v12_abs_edge
FROM stats_rows
LEFT JOIN player_games
    ON player_games.feature_set = stats_rows.feature_set
    AND player_games.season = stats_rows.season
    AND player_games.player_lookup = stats_rows.player_lookup
    AND player_games.game_number = stats_rows.frame_number
LEFT JOIN streak_rows
    ON streak_rows.feature_set = stats_rows.feature_set
    AND streak_rows.game_date = stats_rows.game_date
    AND streak_rows.player_lookup = stats_rows.player_lookup
    AND streak_rows.game_id = stats_rows.game_id
LEFT JOIN line_moves
    ON line_moves.feature_set = stats_rows.feature_set
    AND line_moves.game_date = stats_rows.game_date
    AND line_moves.player_lookup = stats_rows.player_lookup
    AND line_moves.game_id = stats_rows.game_id
LEFT JOIN book_spreads
    ON book_spreads.game_date = stats_rows.game_date
    AND book_spreads.player_lookup = stats_rows.player_lookup
LEFT JOIN matchups
    ON matchups.feature_set = stats_rows.feature_set
    AND matchups.game_date = stats_rows.game_date
    AND matchups.player_lookup = stats_rows.player_lookup
    AND matchups.game_id = stats_rows.game_id
LEFT JOIN v12_predictions
    ON v12_predictions.player_lookup = stats_rows.player_lookup
    AND v12_predictions.game_id = stats_rows.game_id
