-- table_dates: the dates of which each daily table has a row.
-- Grain: table_name, game_date.
-- Inputs: player_prop_predictions, prediction_accuracy, player_game_summary, ml_feature_store_v2, signal_health_daily,
-- pick_signal_tags, signal_best_bets_picks, current_subset_picks, subset_performance, model_performance_daily.
SELECT DISTINCT 'player_prop_predictions' AS table_name, game_date FROM player_prop_predictions
UNION ALL
SELECT DISTINCT 'prediction_accuracy' AS table_name, game_date FROM prediction_accuracy
UNION ALL
SELECT DISTINCT 'player_game_summary' AS table_name, game_date FROM player_game_summary
UNION ALL
SELECT DISTINCT 'ml_feature_store_v2' AS table_name, game_date FROM ml_feature_store_v2
UNION ALL
SELECT DISTINCT 'signal_health_daily' AS table_name, game_date FROM signal_health_daily
UNION ALL
SELECT DISTINCT 'pick_signal_tags' AS table_name, game_date FROM pick_signal_tags
UNION ALL
SELECT DISTINCT 'signal_best_bets_picks' AS table_name, game_date FROM signal_best_bets_picks
UNION ALL
SELECT DISTINCT 'current_subset_picks' AS table_name, game_date FROM current_subset_picks
UNION ALL
SELECT DISTINCT 'subset_performance' AS table_name, game_date FROM subset_performance
UNION ALL
SELECT DISTINCT 'model_performance_daily' AS table_name, game_date FROM model_performance_daily
