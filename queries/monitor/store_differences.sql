-- store_differences: slates of which the two stores of the best bets, subset best_bets of current_subset_picks and
-- signal_best_bets_picks, hold different players.
-- Grain: game_date, from the first date that both have to the last.
-- Inputs: slates, current_subset_picks, signal_best_bets_picks.
-- Of the subset the version_id that was computed last counts, of the picks those of any version.
SELECT
    game_date,
    count(*) FILTER (WHERE in_subset AND NOT in_picks) AS only_in_subset,
    count(*) FILTER (WHERE in_picks AND NOT in_subset) AS only_in_picks
FROM (
    SELECT
        coalesce(b.game_date, p.game_date) AS game_date,
        b.player_lookup IS NOT NULL AS in_subset,
        p.player_lookup IS NOT NULL AS in_picks
    FROM (
        SELECT DISTINCT game_date, player_lookup
        FROM (
            SELECT
                game_date,
                player_lookup,
                rank() OVER (PARTITION BY game_date ORDER BY last_computed DESC NULLS LAST, version_id DESC) AS place
            FROM (
                SELECT
                    game_date,
                    player_lookup,
                    version_id,
                    max(computed_at) OVER (PARTITION BY game_date, version_id) AS last_computed
                FROM current_subset_picks
                WHERE subset_id = 'best_bets'
            )
        )
        WHERE place = 1
    ) AS b
    FULL JOIN (SELECT DISTINCT game_date, player_lookup FROM signal_best_bets_picks) AS p
        ON p.game_date = b.game_date AND p.player_lookup = b.player_lookup
)
WHERE game_date IN (SELECT game_date FROM slates)
    AND game_date BETWEEN (
        SELECT greatest(min(b.first_date), min(p.first_date))
        FROM (SELECT min(game_date) AS first_date FROM current_subset_picks WHERE subset_id = 'best_bets') AS b
        CROSS JOIN (SELECT min(game_date) AS first_date FROM signal_best_bets_picks) AS p
    )
    AND (
        SELECT least(min(b.last_date), min(p.last_date))
        FROM (SELECT max(game_date) AS last_date FROM current_subset_picks WHERE subset_id = 'best_bets') AS b
        CROSS JOIN (SELECT max(game_date) AS last_date FROM signal_best_bets_picks) AS p
    )
GROUP BY game_date
HAVING count(*) FILTER (WHERE in_subset <> in_picks) > 0
