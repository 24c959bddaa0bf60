-- frozen_prediction_accuracy: the champion's gradings that a decision looks at: the season's before the slate, and as many
-- days before it as health is measured over.
-- Grain: a row of prediction_accuracy.
-- Inputs: prediction_accuracy, lookbacks.
-- Of all players: the blacklist and the champion's health are made of all of them.
SELECT grading.*
FROM prediction_accuracy AS grading
LEFT SEMI JOIN lookbacks
    ON lookbacks.champion = grading.system_id
    AND grading.game_date >= least(
        lookbacks.opening_night, lookbacks.stats_since, lookbacks.health_since, lookbacks.direction_since
    )
    AND grading.game_date < lookbacks.known_before
    AND (lookbacks.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= lookbacks.as_of)
