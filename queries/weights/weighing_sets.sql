-- weighing_sets: the choices of candidates that weigh models, and by what (specification: versions, "Source weights").
-- Grain: candidate_set; none where versions choose by the edge alone.
-- Inputs: candidate_sets.
-- by_results: by gradings, not by what production recorded.
SELECT
    candidate_set,
    source_weight,
    source_weight_days,
    source_weight_min_edge,
    source_weight_shrink_graded
FROM candidate_sets
WHERE source_weight IS NOT NULL
