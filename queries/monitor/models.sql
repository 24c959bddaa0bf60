-- models: every name under which a model appears, matched between deployment and run time by its family
-- (specification: monitoring, "Model names").
-- Grain: kind (system_id: at run time; model_id: at deployment, in model_registry), name.
-- Inputs: model_names, player_prop_predictions, player_game_summary, prediction_accuracy, model_registry, training_spans,
-- monitor_model_performance.
-- matches: of a system_id the registry's model_ids of its family, of a model_id the graded system_ids; empty for none. why
-- says in words what matched it, or what did not. first_slate to gradings are a system_id's. training_end is a model_id's
-- own, and a system_id's as model performance reads it on the newest slate, from which days_since_training count. state is
-- that of the newest date of model performance, as shipped; NULL for a model without a row on it.
WITH
dates AS (
    SELECT game_date FROM player_prop_predictions
    UNION ALL
    SELECT game_date FROM player_game_summary
),

newest AS (
    SELECT max(game_date) AS slate FROM dates
),

matched AS (
    SELECT own.kind, own.name, array_agg(other.name ORDER BY other.name) AS matches
    FROM model_names AS own
    JOIN model_names AS other ON other.family = own.family AND other.kind <> own.kind
    WHERE other.kind = 'model_id' OR other.name IN (SELECT grading.system_id FROM prediction_accuracy AS grading)
    GROUP BY own.kind, own.name
),

predicted AS (
    SELECT
        'system_id' AS kind,
        system_id,
        min(game_date) AS first_slate,
        max(game_date) AS last_slate,
        count(*) FILTER (WHERE is_active) AS predictions
    FROM player_prop_predictions
    GROUP BY system_id
),

graded AS (
    SELECT 'system_id' AS kind, system_id, count(*) AS gradings
    FROM prediction_accuracy
    GROUP BY system_id
),

deployed AS (
    SELECT 'model_id' AS kind, model_id, max(training_end_date) AS training_end
    FROM model_registry
    GROUP BY model_id
),

trained AS (
    SELECT 'system_id' AS kind, training_spans.family, training_spans.training_end
    FROM training_spans
    JOIN newest ON newest.slate >= training_spans.known_from AND newest.slate < training_spans.known_until
    WHERE training_spans.family_set = -1
),

states AS (
    SELECT 'system_id' AS kind, model_id, state
    FROM monitor_model_performance
    WHERE fidelity = 'as-shipped'
    QUALIFY game_date = max(game_date) OVER ()
)

SELECT
    model_names.kind,
    model_names.name,
    model_names.family,
    matched.matches IS NOT NULL AS is_matched,
    coalesce(matched.matches, make_array()) AS matches,
    CAST(
        CASE
            WHEN model_names.family IS NULL THEN 'fits the pattern of no model family'
            WHEN matched.matches IS NOT NULL
                THEN concat(
                    CASE model_names.match WHEN 'equals' THEN 'is ' ELSE 'starts with ' END,
                    model_names.pattern,
                    ', so of family ',
                    model_names.family
                )
            WHEN model_names.kind = 'system_id' THEN concat('no registry row is of its family, ', model_names.family)
            ELSE concat('no graded system_id is of its family, ', model_names.family)
        END AS STRING
    ) AS why,
    predicted.first_slate,
    predicted.last_slate,
    coalesce(predicted.predictions, 0) AS predictions,
    coalesce(graded.gradings, 0) AS gradings,
    coalesce(deployed.training_end, trained.training_end) AS training_end,
    newest.slate - coalesce(deployed.training_end, trained.training_end) AS days_since_training,
    states.state
FROM model_names
CROSS JOIN newest
LEFT JOIN matched ON matched.kind = model_names.kind AND matched.name = model_names.name
LEFT JOIN predicted ON predicted.kind = model_names.kind AND predicted.system_id = model_names.name
LEFT JOIN graded ON graded.kind = model_names.kind AND graded.system_id = model_names.name
LEFT JOIN deployed ON deployed.kind = model_names.kind AND deployed.model_id = model_names.name
LEFT JOIN trained ON trained.kind = model_names.kind AND trained.family = model_names.family
LEFT JOIN states ON states.kind = model_names.kind AND states.model_id = model_names.name
