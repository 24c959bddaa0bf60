-- slate_counts: what there is of each slate.
-- Grain: game_date.
-- Inputs: slates, player_game_summary, player_prop_predictions, candidates, signal_best_bets_picks.
-- games are those of the box scores or, before they are played, of the predictions; recorded_picks is 0 where production
-- recorded none.
SELECT
    s.game_date,
    coalesce(g.games, 0) AS games,
    coalesce(p.predictions, 0) AS predictions,
    coalesce(c.candidates, 0) AS candidates,
    coalesce(r.recorded_picks, 0) AS recorded_picks
FROM slates AS s
LEFT JOIN (
    SELECT game_date, count(DISTINCT game_id) AS games
    FROM (
        SELECT game_date, game_id FROM player_game_summary
        UNION ALL
        SELECT game_date, game_id FROM player_prop_predictions
    )
    GROUP BY game_date
) AS g ON g.game_date = s.game_date
LEFT JOIN (
    SELECT game_date, count(*) AS predictions FROM player_prop_predictions WHERE is_active GROUP BY game_date
) AS p ON p.game_date = s.game_date
LEFT JOIN (
    SELECT game_date, count(*) AS candidates FROM candidates GROUP BY game_date
) AS c ON c.game_date = s.game_date
LEFT JOIN (
    SELECT game_date, count(*) AS recorded_picks FROM signal_best_bets_picks GROUP BY game_date
) AS r ON r.game_date = s.game_date
