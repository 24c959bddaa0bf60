-- book_spreads: how far the sportsbooks' lines on a player lie apart (specification: selection, "Book spread").
-- Grain: game_date, player_lookup.
-- Inputs: ml_feature_store_v2, slates.
-- History: the slates.
-- multi_book_line_std: standard deviation of the line across books, in points. A duplicate of the grain is an error of
-- the data that `check` reports; the largest value then counts.
SELECT
    feature_row.game_date,
    feature_row.player_lookup,
    max(feature_row.feature_50_value) AS multi_book_line_std
FROM ml_feature_store_v2 AS feature_row
JOIN slates ON slates.game_date = feature_row.game_date
GROUP BY feature_row.game_date, feature_row.player_lookup
