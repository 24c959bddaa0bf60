-- consensus_slates: which kinds of models a slate has (specification: selection, "Consensus").
-- Grain: consensus_set, game_date.
-- Inputs: consensus_sets, slate_predictions, system_families.
WITH predicting AS (
    SELECT DISTINCT game_date, system_id FROM slate_predictions
)

SELECT
    consensus_sets.consensus_set,
    predicting.game_date,
    count(DISTINCT system_families.family) AS families,
    count(*) FILTER (WHERE system_families.loss = 'quantile') AS quantile_models
FROM consensus_sets
CROSS JOIN predicting
JOIN system_families
    ON system_families.family_set = consensus_sets.family_set
    AND system_families.system_id = predicting.system_id
GROUP BY consensus_sets.consensus_set, predicting.game_date
