-- slate_candidates: how many candidates a slate has, by |edge| in points (specification: selection, "Decision document").
-- Grain: candidate_set, game_date; a slate without candidates has no row.
-- Inputs: candidates.
SELECT
    candidate_set,
    game_date,
    count(*) AS candidates,
    count(*) FILTER (WHERE abs_edge >= 3) AS edge_3_plus,
    count(*) FILTER (WHERE abs_edge >= 5) AS edge_5_plus,
    count(*) FILTER (WHERE abs_edge >= 7) AS edge_7_plus,
    max(abs_edge) AS max_edge
FROM candidates
GROUP BY candidate_set, game_date
