-- frozen_prediction_accuracy: the gradings that a decision looks at, all before the slate: the champion's of the season and of
-- as many days as health is measured over; every model's of the season where they judge players or weigh models, and of as
-- many days as groups of models are judged over where the version looks at that.
-- Grain: a row of prediction_accuracy.
-- Inputs: prediction_accuracy, lookbacks, params, candidate_sets, slates.
-- Slates: together.
-- Of all players: the blacklist and health are made of all of them.
WITH reaches AS (
    SELECT
        CASE WHEN blacklist_systems = 'champion' THEN champion END AS system_id,
        least(opening_night, stats_since, health_since, direction_since) AS since,
        known_before,
        as_of
    FROM lookbacks
    UNION ALL
    SELECT
        NULL AS system_id,
        slates.game_date - params.affinity_days AS since,
        slates.known_before,
        slates.past_as_of AS as_of
    FROM params
    CROSS JOIN slates
    WHERE params.reads_affinities
    UNION ALL
    SELECT
        NULL AS system_id,
        slates.opening_night AS since,
        slates.known_before,
        slates.past_as_of AS as_of
    FROM candidate_sets
    CROSS JOIN slates
    WHERE candidate_sets.source_weight <> 'performance'
)

SELECT grading.*
FROM prediction_accuracy AS grading
LEFT SEMI JOIN reaches
    ON coalesce(reaches.system_id = grading.system_id, TRUE)
    AND grading.game_date >= reaches.since
    AND grading.game_date < reaches.known_before
    AND (reaches.as_of IS NULL OR grading.graded_at IS NULL OR grading.graded_at <= reaches.as_of)
