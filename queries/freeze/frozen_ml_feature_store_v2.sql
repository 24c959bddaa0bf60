-- frozen_ml_feature_store_v2: how far the sportsbooks' lines on a slate's players lie apart.
-- Grain: a row of ml_feature_store_v2.
-- Inputs: ml_feature_store_v2, frozen_players.
SELECT v.*
FROM ml_feature_store_v2 AS v
LEFT SEMI JOIN frozen_players AS f ON f.player_lookup = v.player_lookup AND f.game_date = v.game_date
