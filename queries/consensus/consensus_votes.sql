-- consensus_votes: how the models of a slate vote on a player (specification: selection, "Consensus").
-- Grain: consensus_set, game_date, player_lookup, game_id.
-- Inputs: consensus_members.
-- models counts all that take part; the rest counts those whose |edge| is large enough to vote. Edges in points.
SELECT
    consensus_set,
    game_date,
    player_lookup,
    game_id,
    count(*) AS models,
    count(*) FILTER (WHERE votes_over) AS overs,
    count(*) FILTER (WHERE votes_under) AS unders,
    max(CASE WHEN votes_over AND feature_set = 'v9' THEN 1 ELSE 0 END)
    + max(CASE WHEN votes_over AND feature_set = 'v12' THEN 1 ELSE 0 END) AS over_feature_sets,
    max(CASE WHEN votes_under AND feature_set = 'v9' THEN 1 ELSE 0 END)
    + max(CASE WHEN votes_under AND feature_set = 'v12' THEN 1 ELSE 0 END) AS under_feature_sets,
    count(*) FILTER (WHERE votes_under AND is_quantile) AS under_quantile_models,
    sum(abs_edge) FILTER (WHERE votes_over) AS over_edges,
    sum(abs_edge) FILTER (WHERE votes_under) AS under_edges,
    array_sort(array_agg(system_id) FILTER (WHERE votes_over)) AS over_model_ids,
    array_sort(array_agg(system_id) FILTER (WHERE votes_under)) AS under_model_ids
FROM consensus_members
GROUP BY consensus_set, game_date, player_lookup, game_id
