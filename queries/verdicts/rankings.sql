-- rankings: the order of the candidates that passed every filter, and which of them are picks
-- (specification: selection, "Ranking").
-- Grain: version, candidate.
-- Inputs: verdicts, params.
-- rank starts at 1; equal scores are ordered by player_lookup, then game_id, as candidates are numbered. What stands and does
-- not pass is ranked behind what passes: the filters that look at signals are then evaluated last, for few candidates.
-- capped_by: the cap that refuses it (slate, team, game, side), NULL for a pick (selected). The calls stand for what follows
-- from the caps that the versions have (`relations show rankings --version FILE` prints it): without any of team, game or side
-- the picks are the ranks up to the slate's.
WITH
ranked AS (
    SELECT
        version,
        feature_set,
        candidate,
        game_date,
        player_lookup,
        what_caps_count() AS generated,
        row_number() OVER (
            PARTITION BY version, game_date
            ORDER BY passes DESC, composite_score DESC NULLS LAST, candidate ASC
        ) AS rank,
        passes
    FROM verdicts
    WHERE stands
),

counted AS (
    SELECT
        ranked.version,
        ranked.feature_set,
        ranked.candidate,
        ranked.game_date,
        ranked.player_lookup,
        ranked.game_id,
        ranked.rank,
        what_caps_refuse() AS capped_by
    FROM ranked
    JOIN params ON params.version = ranked.version
    WHERE ranked.passes
)

SELECT
    version,
    feature_set,
    candidate,
    game_date,
    player_lookup,
    game_id,
    rank,
    capped_by,
    capped_by IS NULL AS selected
FROM counted
