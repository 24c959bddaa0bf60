-- slate_funnels: how many candidates of a slate each filter removed first (specification: selection, "Decision document").
-- Grain: version, game_date, first_filter (NULL: passed every filter).
-- Inputs: verdicts.
SELECT version, game_date, first_filter, count(*) AS candidates
FROM verdicts
GROUP BY version, game_date, first_filter
