-- table_coverage: how far each daily table reaches against the slates that were played
-- (specification: monitoring, "Configuration view", "Doctor").
-- Grain: table_name; a table without a dated row has no row.
-- Inputs: slates, table_dates.
-- A slate is played once it has box scores; box scores are due of every slate with predictions before the newest one.
-- slates_behind: due slates after the table's last date; gaps: due ones between its first and last date without a row.
SELECT
    c.table_name,
    c.first_date,
    c.last_date,
    max(d.game_date) AS newest_due,
    count(*) FILTER (WHERE d.game_date > c.last_date) AS slates_behind,
    count(*) FILTER (WHERE d.game_date BETWEEN c.first_date AND c.last_date AND t.game_date IS NULL) AS gaps,
    max(d.game_date) FILTER (WHERE d.game_date BETWEEN c.first_date AND c.last_date AND t.game_date IS NULL) AS last_gap
FROM (
    SELECT table_name, min(game_date) AS first_date, max(game_date) AS last_date
    FROM table_dates
    WHERE game_date IS NOT NULL
    GROUP BY table_name
) AS c
CROSS JOIN (
    SELECT
        s.game_date,
        b.game_date IS NOT NULL AS is_played,
        p.game_date IS NOT NULL AND s.game_date < max(p.game_date) OVER () AS is_predicted
    FROM slates AS s
    LEFT JOIN table_dates AS b ON b.table_name = 'player_game_summary' AND b.game_date = s.game_date
    LEFT JOIN table_dates AS p ON p.table_name = 'player_prop_predictions' AND p.game_date = s.game_date
) AS d
LEFT JOIN table_dates AS t ON t.table_name = c.table_name AND t.game_date = d.game_date
WHERE CASE c.table_name WHEN 'player_game_summary' THEN d.is_predicted ELSE d.is_played END
GROUP BY c.table_name, c.first_date, c.last_date
