-- slate_counts: what there is of each slate.
-- Grain: game_date.
-- Inputs: slates, player_game_summary, player_prop_predictions, candidates, signal_best_bets_picks.
-- History: the slates.
-- games are those of the box scores or, before they are played, of the predictions; recorded_picks is 0 where production
-- recorded none.
WITH
dated_games AS (
    SELECT game_date, game_id FROM player_game_summary
    UNION ALL
    SELECT game_date, game_id FROM player_prop_predictions
),

games AS (
    SELECT game_date, count(DISTINCT game_id) AS games
    FROM dated_games
    GROUP BY game_date
),

active_predictions AS (
    SELECT game_date, count(*) AS predictions
    FROM player_prop_predictions
    WHERE is_active
    GROUP BY game_date
),

dated_candidates AS (
    SELECT game_date, count(*) AS candidates
    FROM candidates
    GROUP BY game_date
),

recorded AS (
    SELECT game_date, count(*) AS recorded_picks
    FROM signal_best_bets_picks
    GROUP BY game_date
)

SELECT
    slates.game_date,
    coalesce(games.games, 0) AS games,
    coalesce(active_predictions.predictions, 0) AS predictions,
    coalesce(dated_candidates.candidates, 0) AS candidates,
    coalesce(recorded.recorded_picks, 0) AS recorded_picks
FROM slates
LEFT JOIN games ON games.game_date = slates.game_date
LEFT JOIN active_predictions ON active_predictions.game_date = slates.game_date
LEFT JOIN dated_candidates ON dated_candidates.game_date = slates.game_date
LEFT JOIN recorded ON recorded.game_date = slates.game_date
