-- player_games: the games a player played in a season, with the averages after each (specification: selection, "Stats row").
-- Grain: feature_set, season, player_lookup, game_number (1 for the first game of the history).
-- Inputs: histories, player_game_summary, slate_players.
-- History: the season.
-- Slates: together, for itself.
-- Every frame ends with the row itself. Production read the frames that end one row earlier; features.sql chooses the
-- row (feature_sets.frame_lag), so that the same frames serve both.
-- The row is the player's latest game for dates after game_date up to next_game_date.
-- Percentages of makes and means of them are 0-1; means of minutes and usage are decimals with 9 digits.
WITH
seasons AS (
    SELECT feature_set, season, min(stats_since) AS stats_since, max(ends_before) AS ends_before
    FROM histories
    GROUP BY feature_set, season
),

games AS (
    SELECT
        seasons.feature_set,
        seasons.season,
        box_score.player_lookup,
        box_score.game_id,
        box_score.game_date,
        box_score.player_full_name,
        box_score.team_abbr,
        box_score.opponent_team_abbr,
        box_score.minutes_played,
        box_score.starter_flag,
        box_score.usage_rate,
        CAST(box_score.points AS DOUBLE) AS points,
        CAST(box_score.ft_attempts AS DOUBLE) AS ft_attempts,
        CAST(box_score.fg_attempts AS DOUBLE) AS fg_attempts,
        CAST(box_score.unassisted_fg_makes AS DOUBLE) AS unassisted_fg_makes,
        CAST(box_score.three_pt_attempts AS DOUBLE) AS three_pt_attempts,
        CAST(box_score.three_pt_makes AS DOUBLE) / nullif(box_score.three_pt_attempts, 0) AS three_pct,
        CAST(box_score.fg_makes AS DOUBLE) / nullif(box_score.fg_attempts, 0) AS fg_pct,
        CASE WHEN box_score.plus_minus < 0 THEN 1 ELSE 0 END AS negative
    FROM seasons
    JOIN player_game_summary AS box_score
        ON box_score.game_date >= seasons.stats_since
        AND box_score.game_date < seasons.ends_before
    WHERE
        box_score.minutes_played > 0
        AND box_score.player_lookup IN (SELECT slate_players.player_lookup FROM slate_players)
)

SELECT
    feature_set,
    season,
    player_lookup,
    game_id,
    game_date,
    lead(game_date) OVER by_date AS next_game_date,
    CAST(row_number() OVER by_date AS BIGINT) AS game_number,
    player_full_name,
    team_abbr,
    opponent_team_abbr,
    minutes_played,
    starter_flag,
    double_mean(three_pct) OVER last_3 AS three_pct_last_3,
    double_mean(three_pct) OVER so_far AS three_pct_season,
    double_stddev(three_pct) OVER so_far AS three_pct_std,
    double_mean(three_pt_attempts) OVER so_far AS three_pa_per_game,
    decimal_mean(sum(minutes_played) OVER last_3, count(minutes_played) OVER last_3) AS minutes_avg_last_3,
    decimal_mean(sum(minutes_played) OVER so_far, count(minutes_played) OVER so_far) AS minutes_avg_season,
    double_mean(fg_pct) OVER last_3 AS fg_pct_last_3,
    double_mean(fg_pct) OVER so_far AS fg_pct_season,
    double_stddev(fg_pct) OVER so_far AS fg_pct_std,
    double_mean(points) OVER so_far AS points_avg_season,
    double_stddev(points) OVER last_5 AS points_std_last_5,
    decimal_mean(sum(usage_rate) OVER so_far, count(usage_rate) OVER so_far) AS usage_avg_season,
    double_mean(ft_attempts) OVER so_far AS fta_season,
    sum(ft_attempts) OVER so_far / nullif(sum(fg_attempts) OVER so_far, 0) AS ft_rate_season,
    double_mean(unassisted_fg_makes) OVER so_far AS unassisted_fg_season,
    negative AS neg_pm_1,
    lag(negative, 1) OVER by_date AS neg_pm_2,
    lag(negative, 2) OVER by_date AS neg_pm_3
FROM games
WINDOW
    by_date AS (PARTITION BY feature_set, season, player_lookup ORDER BY game_date, game_id),
    last_3 AS (
        PARTITION BY feature_set, season, player_lookup ORDER BY game_date, game_id
        ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
    ),
    last_5 AS (
        PARTITION BY feature_set, season, player_lookup ORDER BY game_date, game_id
        ROWS BETWEEN 4 PRECEDING AND CURRENT ROW
    ),
    so_far AS (
        PARTITION BY feature_set, season, player_lookup ORDER BY game_date, game_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
