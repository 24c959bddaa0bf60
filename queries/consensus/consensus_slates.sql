-- consensus_slates: which kinds of models a slate has (specification: selection, "Consensus").
-- Grain: consensus_set, game_date.
-- Inputs: consensus_sets, slate_predictions, system_families.
SELECT
    c.consensus_set,
    p.game_date,
    count(DISTINCT f.family) AS families,
    count(*) FILTER (WHERE f.loss = 'quantile') AS quantile_models
FROM consensus_sets AS c
CROSS JOIN (SELECT DISTINCT game_date, system_id FROM slate_predictions) AS p
JOIN system_families AS f ON f.family_set = c.family_set AND f.system_id = p.system_id
GROUP BY c.consensus_set, p.game_date
