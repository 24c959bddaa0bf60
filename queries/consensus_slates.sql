-- consensus_slates: which kinds of models a slate has.
-- Grain: consensus_set, game_date.
-- Inputs: consensus_members.
SELECT
    consensus_set,
    game_date,
    count(DISTINCT family) AS families,
    count(DISTINCT CASE WHEN is_quantile THEN system_id END) AS quantile_models
FROM consensus_members
GROUP BY consensus_set, game_date
