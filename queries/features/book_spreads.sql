-- book_spreads: how far the sportsbooks' lines on a player lie apart (specification: selection, "Book spread").
-- Grain: game_date, player_lookup.
-- Inputs: ml_feature_store_v2, slates.
-- multi_book_line_std: standard deviation of the line across books, in points. A duplicate of the grain is an error of
-- the data that `check` reports; the largest value then counts.
SELECT
    v.game_date,
    v.player_lookup,
    max(v.feature_50_value) AS multi_book_line_std
FROM ml_feature_store_v2 AS v
JOIN slates AS s ON s.game_date = v.game_date
GROUP BY v.game_date, v.player_lookup
