-- table_coverage: how far each daily table reaches against the slates that were played
-- (specification: monitoring, "Configuration view", "Doctor").
-- Grain: table_name; a table without a dated row has no row.
-- Inputs: slates, table_dates.
-- Slates: together.
-- A slate is played once it has box scores; box scores are due of every slate with predictions before the newest one.
-- slates_behind: due slates after the table's last date; gaps: due ones between its first and last date without a row.
WITH
covered AS (
    SELECT table_name, min(game_date) AS first_date, max(game_date) AS last_date
    FROM table_dates
    WHERE game_date IS NOT NULL
    GROUP BY table_name
),

due AS (
    SELECT
        slates.game_date,
        played.game_date IS NOT NULL AS is_played,
        predicted.game_date IS NOT NULL AND slates.game_date < max(predicted.game_date) OVER () AS is_predicted
    FROM slates
    LEFT JOIN table_dates AS played
        ON played.table_name = 'player_game_summary'
        AND played.game_date = slates.game_date
    LEFT JOIN table_dates AS predicted
        ON predicted.table_name = 'player_prop_predictions'
        AND predicted.game_date = slates.game_date
),

checked AS (
    SELECT
        covered.table_name,
        covered.first_date,
        covered.last_date,
        due.game_date,
        (due.game_date BETWEEN covered.first_date AND covered.last_date) AND present.game_date IS NULL AS is_gap
    FROM covered
    CROSS JOIN due
    LEFT JOIN table_dates AS present
        ON present.table_name = covered.table_name
        AND present.game_date = due.game_date
    WHERE CASE covered.table_name WHEN 'player_game_summary' THEN due.is_predicted ELSE due.is_played END
)

SELECT
    table_name,
    first_date,
    last_date,
    max(game_date) AS newest_due,
    count(*) FILTER (WHERE game_date > last_date) AS slates_behind,
    count(*) FILTER (WHERE is_gap) AS gaps,
    max(game_date) FILTER (WHERE is_gap) AS last_gap
FROM checked
GROUP BY table_name, first_date, last_date
