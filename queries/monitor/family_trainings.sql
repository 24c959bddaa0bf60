-- family_trainings: until when the models of a family were trained, as seen on a date (monitoring, "The registry gap").
-- Grain: family, game_date; only families with a training end in model_registry.
-- Inputs: monitor_model_windows, model_names, model_registry.
-- The latest end that is not after the date; the earliest where all are.
SELECT
    n.family,
    d.game_date,
    coalesce(
        max(r.training_end_date) FILTER (WHERE r.training_end_date <= d.game_date),
        min(r.training_end_date)
    ) AS training_end
FROM (SELECT DISTINCT game_date FROM monitor_model_windows) AS d
CROSS JOIN model_registry AS r
JOIN model_names AS n ON n.kind = 'model_id' AND n.name = r.model_id
WHERE r.training_end_date IS NOT NULL AND n.family IS NOT NULL
GROUP BY n.family, d.game_date
