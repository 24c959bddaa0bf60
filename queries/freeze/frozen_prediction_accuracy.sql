-- frozen_prediction_accuracy: the champion's gradings that a decision looks at: the season's before the slate, and as many
-- days before it as health is measured over.
-- Grain: a row of prediction_accuracy.
-- Inputs: prediction_accuracy, lookbacks.
-- Of all players: the blacklist and the champion's health are made of all of them.
SELECT g.*
FROM prediction_accuracy AS g
LEFT SEMI JOIN lookbacks AS l
    ON l.champion = g.system_id
    AND g.game_date >= least(l.opening_night, l.stats_since, l.health_since, l.direction_since)
    AND g.game_date < l.known_before
    AND (l.as_of IS NULL OR g.graded_at IS NULL OR g.graded_at <= l.as_of)
