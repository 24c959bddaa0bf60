-- graded_decisions: every decision with the groups by which its result is looked at (the report card, the audits).
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: decisions.
-- edge_bucket by |edge| and line_tier by line are half-open, in points. real_signals counts all but model_health, which
-- always qualifies. rest is the time since the player's latest game; first game: he has none before the slate.
SELECT
    version,
    game_date,
    player_lookup,
    game_id,
    selected,
    first_filter,
    failing_filters,
    signal_tags,
    outcome,
    recommendation AS direction,
    CASE WHEN abs_edge < 3 THEN '0-3' WHEN abs_edge < 5 THEN '3-5' WHEN abs_edge < 7 THEN '5-7' ELSE '7+' END AS edge_bucket,
    CASE WHEN line < 12 THEN 'bench' WHEN line < 18 THEN 'role' WHEN line < 25 THEN 'starter' ELSE 'star' END AS line_tier,
    coalesce(source_model_family, source_model_id) AS family,
    CASE cardinality(array_remove(signal_tags, 'model_health')) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'two or more' END
        AS real_signals,
    to_char(game_date, '%Y-%m') AS month,
    to_char(game_date, '%a') AS weekday,
    CASE WHEN is_home THEN 'home' ELSE 'away' END AS venue,
    CASE WHEN rest_days = 1 THEN 'back-to-back' WHEN rest_days = 2 THEN 'one day off' WHEN rest_days > 2 THEN 'two or more'
        ELSE 'first game' END AS rest
FROM decisions
