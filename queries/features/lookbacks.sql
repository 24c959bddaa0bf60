-- lookbacks: how far each choice of features looks back from each slate, and from where it looks
-- (specification: selection, "Features", "Slate health").
-- Grain: feature_set, game_date.
-- Inputs: feature_sets, slates.
-- Everything that reads the past starts here. Results and box scores count from stats_since (of the season), opening_night,
-- health_since or direction_since until before known_before, lines from lines_since until before the slate. Slates of one
-- vantage see the same rows, those written by as_of (NULL: all of them).
SELECT
    f.feature_set,
    f.champion,
    f.frame_lag,
    f.health_min_edge,
    f.health_blocked,
    f.health_watch,
    f.blacklist_min_edge,
    s.game_date,
    s.season,
    s.vantage,
    s.past_as_of AS as_of,
    s.opening_night,
    s.known_before,
    coalesce(f.stats_since, s.stats_since) AS stats_since,
    s.game_date - f.line_move_days AS lines_since,
    s.game_date - f.health_days AS health_since,
    s.game_date - f.direction_days AS direction_since
FROM feature_sets AS f
CROSS JOIN slates AS s
