-- non_bids: the predictions of each slate that could not become candidates, and why (specification: selection, "Bids").
-- Grain: candidate_set, game_date, player_lookup, game_id, system_id; more rows where rows break the contract.
-- Inputs: candidate_sets, slates, predictions, player_prop_predictions, system_families, bids.
-- What is active and not in bids, and what does not say whether it is active (is_active is NULL), which so was left out. reason
-- only words it; bids decides.
SELECT
    c.candidate_set,
    p.game_date,
    p.player_lookup,
    p.game_id,
    p.system_id,
    f.family,
    p.predicted_points,
    p.line,
    p.edge,
    p.recommendation,
    p.confidence_score,
    p.is_active,
    CAST(
        CASE
            WHEN p.is_active IS NULL THEN 'is_active is NULL'
            WHEN p.recommendation IS NULL THEN 'recommendation is NULL'
            WHEN p.recommendation NOT IN ('OVER', 'UNDER') THEN concat('recommends ', p.recommendation)
            WHEN p.line IS NULL THEN 'no line'
            WHEN p.is_book_line IS NOT TRUE THEN 'line not from a sportsbook'
            WHEN c.candidates = 'champion' THEN 'only the champion bids in this version'
            WHEN f.system_id IS NULL THEN 'no known model family'
            ELSE 'its family does not bid'
        END AS VARCHAR
    ) AS reason
FROM candidate_sets AS c
CROSS JOIN (
    SELECT
        p.game_date,
        p.player_lookup,
        p.game_id,
        p.system_id,
        p.predicted_points,
        p.line,
        p.edge,
        p.recommendation,
        p.confidence_score,
        p.is_book_line,
        TRUE AS is_active
    FROM slates AS s
    JOIN predictions AS p
        ON p.game_date = s.game_date
        AND CASE WHEN s.as_of IS NULL THEN p.is_current ELSE p.active_from <= s.as_of AND s.as_of < p.active_until END
    UNION ALL
    SELECT
        p.game_date,
        p.player_lookup,
        p.game_id,
        p.system_id,
        p.predicted_points,
        p.current_points_line AS line,
        p.predicted_points - p.current_points_line AS edge,
        p.recommendation,
        p.confidence_score,
        CAST(NULL AS BOOLEAN) AS is_book_line,
        p.is_active
    FROM slates AS s
    JOIN player_prop_predictions AS p ON p.game_date = s.game_date
    WHERE p.is_active IS NULL
) AS p
LEFT JOIN system_families AS f ON f.family_set = c.family_set AND f.system_id = p.system_id
LEFT ANTI JOIN bids AS b
    ON b.bid_set = c.bid_set
    AND b.game_date = p.game_date
    AND b.player_lookup = p.player_lookup
    AND b.game_id = p.game_id
    AND b.system_id = p.system_id
    AND p.is_active
