-- store_differences: slates of which the two stores of the best bets, subset best_bets of current_subset_picks and
-- signal_best_bets_picks, hold different players (specification: monitoring, "Doctor").
-- Grain: game_date, from the first date that both have to the last.
-- Inputs: slates, current_subset_picks, signal_best_bets_picks.
-- Slates: together.
-- Of the subset the version_id that was computed last counts, of the picks those of any version.
WITH
best_bets AS (
    SELECT
        game_date,
        player_lookup,
        version_id,
        max(computed_at) OVER (PARTITION BY game_date, version_id) AS last_computed
    FROM current_subset_picks
    WHERE subset_id = 'best_bets'
),

latest AS (
    SELECT game_date, player_lookup
    FROM best_bets
    QUALIFY rank() OVER (PARTITION BY game_date ORDER BY last_computed DESC NULLS LAST, version_id DESC) = 1
),

in_subset AS (
    SELECT DISTINCT game_date, player_lookup FROM latest
),

in_picks AS (
    SELECT DISTINCT game_date, player_lookup FROM signal_best_bets_picks
),

compared AS (
    SELECT
        coalesce(in_subset.game_date, in_picks.game_date) AS game_date,
        in_subset.player_lookup IS NOT NULL AS is_in_subset,
        in_picks.player_lookup IS NOT NULL AS is_in_picks
    FROM in_subset
    FULL JOIN in_picks
        ON in_picks.game_date = in_subset.game_date
        AND in_picks.player_lookup = in_subset.player_lookup
),

subset_dates AS (
    SELECT min(game_date) AS first_date, max(game_date) AS last_date FROM best_bets
),

pick_dates AS (
    SELECT min(game_date) AS first_date, max(game_date) AS last_date FROM signal_best_bets_picks
),

shared AS (
    SELECT
        greatest(subset_dates.first_date, pick_dates.first_date) AS first_date,
        least(subset_dates.last_date, pick_dates.last_date) AS last_date
    FROM subset_dates
    CROSS JOIN pick_dates
    WHERE subset_dates.first_date IS NOT NULL AND pick_dates.first_date IS NOT NULL
)

SELECT
    compared.game_date,
    count(*) FILTER (WHERE compared.is_in_subset AND NOT compared.is_in_picks) AS only_in_subset,
    count(*) FILTER (WHERE compared.is_in_picks AND NOT compared.is_in_subset) AS only_in_picks
FROM compared
JOIN slates ON slates.game_date = compared.game_date
CROSS JOIN shared
WHERE compared.game_date BETWEEN shared.first_date AND shared.last_date
GROUP BY compared.game_date
HAVING count(*) FILTER (WHERE compared.is_in_subset <> compared.is_in_picks) > 0
