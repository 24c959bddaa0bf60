-- pick_counts: how many picks a version has on a slate.
-- Grain: version, game_date; a slate without a pick has no row.
-- Inputs: rankings.
SELECT
    version,
    game_date,
    count(*) AS picks
FROM rankings
WHERE selected
GROUP BY version, game_date
