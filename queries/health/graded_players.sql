-- graded_players: the champion's record on each player in a season after each day, as seen from each vantage
-- (specification: selection, "Player blacklist").
-- Grain: feature_set, season, vantage, player_lookup, game_date.
-- Inputs: lookbacks, prediction_accuracy.
-- graded and wins count from opening night on, predictions with |edge| of at least blacklist_min_edge (points); rows without
-- a result are among those graded, as in production. The row holds for dates after game_date up to next_game_date.
SELECT
    feature_set,
    season,
    vantage,
    player_lookup,
    game_date,
    lead(game_date) OVER by_date AS next_game_date,
    sum(graded) OVER by_date AS graded,
    sum(wins) OVER by_date AS wins
FROM (
    SELECT
        l.feature_set,
        l.season,
        l.vantage,
        g.player_lookup,
        g.game_date,
        count(*) AS graded,
        count(*) FILTER (WHERE g.prediction_correct) AS wins
    FROM (
        SELECT
            feature_set,
            champion,
            blacklist_min_edge,
            season,
            opening_night,
            vantage,
            as_of,
            max(known_before) AS ends_before
        FROM lookbacks
        GROUP BY feature_set, champion, blacklist_min_edge, season, opening_night, vantage, as_of
    ) AS l
    JOIN prediction_accuracy AS g
        ON g.system_id = l.champion
        AND g.game_date >= l.opening_night
        AND g.game_date < l.ends_before
        AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
    WHERE abs(g.predicted_points - g.line_value) >= l.blacklist_min_edge
        AND g.is_voided = FALSE
    GROUP BY l.feature_set, l.season, l.vantage, g.player_lookup, g.game_date
)
WINDOW by_date AS (
    PARTITION BY feature_set, season, vantage, player_lookup ORDER BY game_date
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
