-- rankings: the order of the candidates that passed every filter, and which of them are picks
-- (specification: selection, "Ranking").
-- Grain: version, candidate.
-- Inputs: verdicts, params.
-- rank starts at 1; equal scores are ordered by player_lookup, then game_id, as candidates are numbered. selected: within the
-- version's cap. What stands and does not pass is ranked behind what passes: the filters that look at signals are then
-- evaluated last, for few candidates.
WITH ranked AS (
    SELECT
        version,
        feature_set,
        candidate,
        game_date,
        player_lookup,
        game_id,
        row_number() OVER (
            PARTITION BY version, game_date
            ORDER BY passes DESC, composite_score DESC NULLS LAST, candidate ASC
        ) AS rank,
        passes
    FROM verdicts
    WHERE stands
)

SELECT
    ranked.version,
    ranked.feature_set,
    ranked.candidate,
    ranked.game_date,
    ranked.player_lookup,
    ranked.game_id,
    ranked.rank,
    ranked.rank <= coalesce(params.cap, ranked.rank) AS selected
FROM ranked
JOIN params ON params.version = ranked.version
WHERE ranked.passes
