-- candidate_outcomes: what came of every candidate, as a bet on its own line and side (specification: selection, "Outcome").
-- Grain: candidate.
-- Inputs: winning_bids, outcomes.
-- is_over is the side of the bet. outcome: WIN, LOSS, PUSH, VOID or UNGRADED. units of stake: a win pays 100/110, a loss costs 1, else 0; NULL when UNGRADED.
-- Read after the decision only: nothing that decides names this relation.
WITH graded AS (
    SELECT
        winning_bids.candidate,
        winning_bids.recommendation = 'OVER' AS is_over,
        outcomes.actual_points,
        CASE
            WHEN outcomes.is_voided THEN 'VOID'
            WHEN outcomes.actual_points IS NULL THEN 'UNGRADED'
            WHEN outcomes.actual_points = winning_bids.line THEN 'PUSH'
            WHEN (outcomes.actual_points > winning_bids.line) = (winning_bids.recommendation = 'OVER') THEN 'WIN'
            ELSE 'LOSS'
        END AS outcome
    FROM winning_bids
    LEFT JOIN outcomes
        ON outcomes.player_lookup = winning_bids.player_lookup
        AND outcomes.game_id = winning_bids.game_id
)

SELECT
    candidate,
    is_over,
    actual_points,
    outcome,
    CASE outcome WHEN 'WIN' THEN 100.0 / 110.0 WHEN 'LOSS' THEN -1.0 WHEN 'UNGRADED' THEN NULL ELSE 0.0 END AS units
FROM graded
