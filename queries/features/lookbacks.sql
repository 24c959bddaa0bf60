-- lookbacks: how far each choice of features looks back from each slate, and from where it looks
-- (specification: selection, "Features", "Slate health").
-- Grain: feature_set, game_date.
-- Inputs: feature_sets, slates.
-- Everything that reads the past starts here. Results and box scores count from stats_since (of the season), opening_night,
-- health_since or direction_since until before known_before, lines from lines_since until before the slate. Slates of one
-- vantage see the same rows, those written by as_of (NULL: all of them).
SELECT
    feature_sets.feature_set,
    feature_sets.champion,
    feature_sets.frame_lag,
    feature_sets.health_min_edge,
    feature_sets.health_blocked,
    feature_sets.health_watch,
    feature_sets.blacklist_min_edge,
    feature_sets.blacklist_systems,
    slates.game_date,
    slates.season,
    slates.vantage,
    slates.past_as_of AS as_of,
    slates.opening_night,
    slates.known_before,
    coalesce(feature_sets.stats_since, slates.stats_since) AS stats_since,
    slates.game_date - feature_sets.line_move_days AS lines_since,
    slates.game_date - feature_sets.health_days AS health_since,
    slates.game_date - feature_sets.direction_days AS direction_since
FROM feature_sets
CROSS JOIN slates
