-- store_features: what the feature store has of a player on a slate, in the columns that definitions name
-- (specification: selection, "Feature store").
-- Grain: game_date, player_lookup.
-- Inputs: ml_feature_store_v2, slates.
-- History: the slates.
-- Which columns follows from the versions that are asked: the call below stands for them (`relations show store_features`
-- prints them), and where there is none nothing reads this. A duplicate of the grain is an error of the data that `check`
-- reports; the largest value then counts.
SELECT
    feature_row.game_date,
    feature_row.player_lookup,
    named_columns() AS generated
FROM ml_feature_store_v2 AS feature_row
JOIN slates ON slates.game_date = feature_row.game_date
GROUP BY feature_row.game_date, feature_row.player_lookup
