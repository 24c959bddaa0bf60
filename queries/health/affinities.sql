-- affinities: how groups of models had done on a side before a slate, by the size of their edge
-- (specification: versions, "Model-direction affinity").
-- Grain: affinity_set, game_date, model_group, recommendation, edge_band; only with affinity_min_picks gradings or more.
-- Inputs: affinity_sets, slates, affinity_days.
-- Gradings of the last affinity_days days. hit_rate in percent of all of them, those without a result too.
WITH counts AS (
    SELECT
        affinity_sets.affinity_set,
        affinity_sets.affinity_min_picks AS min_picks,
        slates.game_date,
        affinity_days.model_group,
        affinity_days.recommendation,
        affinity_days.edge_band,
        affinity_days.edge_from,
        affinity_days.edge_below,
        sum(affinity_days.total_picks) AS total_picks,
        sum(affinity_days.wins) AS wins,
        sum(affinity_days.losses) AS losses
    FROM affinity_sets
    CROSS JOIN slates
    JOIN affinity_days
        ON affinity_days.affinity_set = affinity_sets.affinity_set
        AND affinity_days.vantage = slates.vantage
        AND affinity_days.game_date >= slates.game_date - affinity_sets.affinity_days
        AND affinity_days.game_date < slates.known_before
    GROUP BY
        affinity_sets.affinity_set,
        affinity_sets.affinity_min_picks,
        slates.game_date,
        affinity_days.model_group,
        affinity_days.recommendation,
        affinity_days.edge_band,
        affinity_days.edge_from,
        affinity_days.edge_below
)

SELECT
    affinity_set,
    game_date,
    model_group,
    recommendation,
    edge_band,
    edge_from,
    edge_below,
    hit_rate(wins, total_picks) AS hit_rate,
    total_picks,
    wins,
    losses
FROM counts
WHERE total_picks >= min_picks
