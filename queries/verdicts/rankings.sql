-- rankings: the order of the candidates that passed every filter, and which of them are picks
-- (specification: selection, "Ranking").
-- Grain: version, candidate.
-- Inputs: verdicts, params.
-- rank starts at 1; equal scores are ordered by player_lookup, then game_id, as candidates are numbered. selected: within the
-- version's cap. What stands and does not pass is ranked behind what passes: which filters look at signals is then asked
-- last, of few.
SELECT
    r.version,
    r.feature_set,
    r.candidate,
    r.game_date,
    r.player_lookup,
    r.game_id,
    r.rank,
    r.rank <= coalesce(p.cap, r.rank) AS selected
FROM (
    SELECT
        version,
        feature_set,
        candidate,
        game_date,
        player_lookup,
        game_id,
        row_number() OVER (
            PARTITION BY version, game_date
            ORDER BY passes DESC, composite_score DESC NULLS LAST, candidate
        ) AS rank,
        passes
    FROM verdicts
    WHERE stands
) AS r
JOIN params AS p ON p.version = r.version
WHERE r.passes
