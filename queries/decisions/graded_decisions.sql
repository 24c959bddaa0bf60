-- graded_decisions: every decision with the groups by which its result is looked at (the report card, the audits).
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: verdicts, evidence, rankings, candidate_outcomes.
-- edge_bucket by |edge| and line_tier by line are half-open, in points. real_signals counts all but model_health, which
-- always qualifies. rest is the time since the player's latest game of the season; first game: there is none before the slate,
-- and the venue is unknown, whatever production took it for.
SELECT
    v.version,
    e.game_date,
    e.player_lookup,
    e.game_id,
    coalesce(r.selected, FALSE) AS selected,
    v.first_filter,
    v.failing_filters,
    v.signal_tags,
    o.outcome,
    e.recommendation AS direction,
    CASE WHEN e.abs_edge < 3 THEN '0-3' WHEN e.abs_edge < 5 THEN '3-5' WHEN e.abs_edge < 7 THEN '5-7' ELSE '7+' END
        AS edge_bucket,
    CASE WHEN e.line < 12 THEN 'bench' WHEN e.line < 18 THEN 'role' WHEN e.line < 25 THEN 'starter' ELSE 'star' END
        AS line_tier,
    coalesce(e.source_model_family, e.source_model_id) AS family,
    CASE cardinality(array_remove(v.signal_tags, 'model_health')) WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'two or more' END
        AS real_signals,
    to_char(e.game_date, '%Y-%m') AS month,
    to_char(e.game_date, '%a') AS weekday,
    CASE WHEN e.no_earlier_game THEN 'unknown' WHEN e.is_home THEN 'home' ELSE 'away' END AS venue,
    CASE WHEN e.rest_days = 1 THEN 'back-to-back' WHEN e.rest_days = 2 THEN 'one day off'
        WHEN e.rest_days > 2 THEN 'two or more' ELSE 'first game' END AS rest
FROM verdicts AS v
JOIN evidence AS e ON e.feature_set = v.feature_set AND e.candidate = v.candidate
JOIN candidate_outcomes AS o ON o.candidate = v.candidate
LEFT JOIN rankings AS r ON r.version = v.version AND r.candidate = v.candidate
