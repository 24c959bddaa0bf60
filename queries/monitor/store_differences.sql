-- store_differences: slates of which the two stores of the best bets, subset best_bets of current_subset_picks and
-- signal_best_bets_picks, hold different players (specification: monitoring, "Doctor").
-- Grain: game_date, from the first date that both have to the last.
-- Inputs: slates, current_subset_picks, signal_best_bets_picks.
-- Of the subset the version_id that was computed last counts, of the picks those of any version.
SELECT
    d.game_date,
    count(*) FILTER (WHERE d.in_subset AND NOT d.in_picks) AS only_in_subset,
    count(*) FILTER (WHERE d.in_picks AND NOT d.in_subset) AS only_in_picks
FROM (
    SELECT
        coalesce(b.game_date, p.game_date) AS game_date,
        b.player_lookup IS NOT NULL AS in_subset,
        p.player_lookup IS NOT NULL AS in_picks
    FROM (
        SELECT DISTINCT v.game_date, v.player_lookup
        FROM (
            SELECT
                c.game_date,
                c.player_lookup,
                rank() OVER (PARTITION BY c.game_date ORDER BY c.last_computed DESC NULLS LAST, c.version_id DESC) AS place
            FROM (
                SELECT
                    game_date,
                    player_lookup,
                    version_id,
                    max(computed_at) OVER (PARTITION BY game_date, version_id) AS last_computed
                FROM current_subset_picks
                WHERE subset_id = 'best_bets'
            ) AS c
        ) AS v
        WHERE v.place = 1
    ) AS b
    FULL JOIN (SELECT DISTINCT game_date, player_lookup FROM signal_best_bets_picks) AS p
        ON p.game_date = b.game_date AND p.player_lookup = b.player_lookup
) AS d
JOIN slates AS s ON s.game_date = d.game_date
CROSS JOIN (
    SELECT greatest(b.first_date, p.first_date) AS first_date, least(b.last_date, p.last_date) AS last_date
    FROM (
        SELECT min(game_date) AS first_date, max(game_date) AS last_date
        FROM current_subset_picks
        WHERE subset_id = 'best_bets'
    ) AS b
    CROSS JOIN (
        SELECT min(game_date) AS first_date, max(game_date) AS last_date FROM signal_best_bets_picks
    ) AS p
    WHERE b.first_date IS NOT NULL AND p.first_date IS NOT NULL
) AS shared
WHERE d.game_date BETWEEN shared.first_date AND shared.last_date
GROUP BY d.game_date
HAVING count(*) FILTER (WHERE d.in_subset <> d.in_picks) > 0
