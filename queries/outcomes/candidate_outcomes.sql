-- candidate_outcomes: what came of every candidate, as a bet on its own line and side (specification: selection, "Outcome").
-- Grain: candidate.
-- Inputs: winning_bids, outcomes.
-- outcome: WIN, LOSS, PUSH, VOID or UNGRADED. units of stake: a win pays 100/110, a loss costs 1, else 0; NULL when UNGRADED.
-- Read after the decision only: nothing that decides names this relation.
SELECT
    *,
    CASE outcome WHEN 'WIN' THEN 100.0 / 110.0 WHEN 'LOSS' THEN -1.0 WHEN 'UNGRADED' THEN NULL ELSE 0.0 END AS units
FROM (
    SELECT
        c.candidate,
        o.actual_points,
        CASE
            WHEN o.is_voided THEN 'VOID'
            WHEN o.actual_points IS NULL THEN 'UNGRADED'
            WHEN o.actual_points = c.line THEN 'PUSH'
            WHEN (o.actual_points > c.line) = (c.recommendation = 'OVER') THEN 'WIN'
            ELSE 'LOSS'
        END AS outcome
    FROM winning_bids AS c
    LEFT JOIN outcomes AS o ON o.player_lookup = c.player_lookup AND o.game_id = c.game_id
)
