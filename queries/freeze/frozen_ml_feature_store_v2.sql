-- frozen_ml_feature_store_v2: what the feature store has of a slate's players, how far the sportsbooks' lines lie apart among
-- it.
-- Grain: a row of ml_feature_store_v2.
-- Inputs: ml_feature_store_v2, frozen_players.
-- Slates: together.
SELECT feature_row.*
FROM ml_feature_store_v2 AS feature_row
LEFT SEMI JOIN frozen_players
    ON frozen_players.player_lookup = feature_row.player_lookup
    AND frozen_players.game_date = feature_row.game_date
