-- graded_decisions: every decision with the groups by which its result is looked at (the report card, the audits).
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: verdicts, evidence, rankings, candidate_outcomes.
-- edge_bucket by |edge| and line_tier by line are half-open, in points. real_signals counts all but model_health, which
-- always qualifies. rest is the time since the player's latest game of the season; first game: there is none before the slate,
-- and the venue is unknown, whatever production took it for.
SELECT
    verdicts.version,
    evidence.game_date,
    evidence.player_lookup,
    evidence.game_id,
    coalesce(rankings.selected, FALSE) AS selected,
    verdicts.first_filter,
    verdicts.failing_filters,
    verdicts.observed_filters,
    verdicts.signal_tags,
    candidate_outcomes.outcome,
    evidence.recommendation AS direction,
    CASE
        WHEN evidence.abs_edge < 3 THEN '0-3'
        WHEN evidence.abs_edge < 5 THEN '3-5'
        WHEN evidence.abs_edge < 7 THEN '5-7'
        ELSE '7+'
    END AS edge_bucket,
    CASE
        WHEN evidence.line < 12 THEN 'bench'
        WHEN evidence.line < 18 THEN 'role'
        WHEN evidence.line < 25 THEN 'starter'
        ELSE 'star'
    END AS line_tier,
    coalesce(evidence.source_model_family, evidence.source_model_id) AS family,
    CASE cardinality(array_remove(verdicts.signal_tags, 'model_health'))
        WHEN 0 THEN 'none'
        WHEN 1 THEN 'one'
        ELSE 'two or more'
    END AS real_signals,
    to_char(evidence.game_date, '%Y-%m') AS month,
    to_char(evidence.game_date, '%a') AS weekday,
    CASE
        WHEN evidence.no_earlier_game THEN 'unknown'
        WHEN evidence.is_home THEN 'home'
        ELSE 'away'
    END AS venue,
    CASE
        WHEN evidence.rest_days = 1 THEN 'back-to-back'
        WHEN evidence.rest_days = 2 THEN 'one day off'
        WHEN evidence.rest_days > 2 THEN 'two or more'
        ELSE 'first game'
    END AS rest
FROM verdicts
JOIN evidence ON evidence.feature_set = verdicts.feature_set AND evidence.candidate = verdicts.candidate
JOIN candidate_outcomes ON candidate_outcomes.candidate = verdicts.candidate
LEFT JOIN rankings ON rankings.version = verdicts.version AND rankings.candidate = verdicts.candidate
