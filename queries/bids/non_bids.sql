-- non_bids: the predictions of each slate that could not become candidates, and why (specification: selection, "Bids").
-- Grain: candidate_set, game_date, player_lookup, game_id, system_id; more rows where rows break the contract.
-- Inputs: candidate_sets, slates, predictions, player_prop_predictions, system_families, bids.
-- History: the slates.
-- What is active and not in bids, and what does not say whether it is active (is_active is NULL), which so was left out. reason
-- only words it; bids decides.
WITH
active AS (
    SELECT
        prediction.game_date,
        prediction.player_lookup,
        prediction.game_id,
        prediction.system_id,
        prediction.predicted_points,
        prediction.line,
        prediction.edge,
        prediction.recommendation,
        prediction.confidence_score,
        prediction.is_book_line,
        TRUE AS is_active
    FROM slates
    JOIN predictions AS prediction
        ON prediction.game_date = slates.game_date
        AND CASE
            WHEN slates.as_of IS NULL THEN prediction.is_current
            ELSE prediction.active_from <= slates.as_of AND slates.as_of < prediction.active_until
        END
),

undecided AS (
    SELECT
        prediction.game_date,
        prediction.player_lookup,
        prediction.game_id,
        prediction.system_id,
        prediction.predicted_points,
        prediction.current_points_line AS line,
        prediction.predicted_points - prediction.current_points_line AS edge,
        prediction.recommendation,
        prediction.confidence_score,
        CAST(NULL AS BOOLEAN) AS is_book_line,
        prediction.is_active
    FROM slates
    JOIN player_prop_predictions AS prediction ON prediction.game_date = slates.game_date
    WHERE prediction.is_active IS NULL
),

predicted AS (
    SELECT * FROM active
    UNION ALL
    SELECT * FROM undecided
)

SELECT
    candidate_sets.candidate_set,
    prediction.game_date,
    prediction.player_lookup,
    prediction.game_id,
    prediction.system_id,
    system_families.family,
    prediction.predicted_points,
    prediction.line,
    prediction.edge,
    prediction.recommendation,
    prediction.confidence_score,
    prediction.is_active,
    arrow_cast(
        CASE
            WHEN prediction.is_active IS NULL THEN 'is_active is NULL'
            WHEN prediction.recommendation IS NULL THEN 'recommendation is NULL'
            WHEN prediction.recommendation NOT IN ('OVER', 'UNDER')
                THEN concat('recommends ', prediction.recommendation)
            WHEN prediction.line IS NULL THEN 'no line'
            WHEN prediction.is_book_line IS NOT TRUE THEN 'line not from a sportsbook'
            WHEN candidate_sets.candidates = 'champion' THEN 'only the champion bids in this version'
            WHEN system_families.system_id IS NULL THEN 'no known model family'
            ELSE 'its family does not bid'
        END,
        'Utf8View'
    ) AS reason
FROM candidate_sets
CROSS JOIN predicted AS prediction
LEFT JOIN system_families
    ON system_families.family_set = candidate_sets.family_set
    AND system_families.system_id = prediction.system_id
LEFT ANTI JOIN bids
    ON bids.bid_set = candidate_sets.bid_set
    AND bids.game_date = prediction.game_date
    AND bids.player_lookup = prediction.player_lookup
    AND bids.game_id = prediction.game_id
    AND bids.system_id = prediction.system_id
    AND prediction.is_active
