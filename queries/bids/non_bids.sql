-- non_bids: the predictions of each slate that could not become candidates, and why (specification: selection, "Bids").
-- Grain: candidate_set, game_date, player_lookup, game_id, system_id.
-- Inputs: candidate_sets, slates, predictions, system_families, bids.
-- What is active and not in bids. reason only words it; bids decides.
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
    CASE
        WHEN p.recommendation NOT IN ('OVER', 'UNDER') THEN concat('recommends ', p.recommendation)
        WHEN p.line IS NULL THEN 'no line'
        WHEN p.is_book_line IS NOT TRUE THEN 'line not from a sportsbook'
        WHEN c.candidates = 'champion' THEN 'only the champion bids in this version'
        WHEN f.system_id IS NULL THEN 'no known model family'
        ELSE 'its family does not bid'
    END AS reason
FROM candidate_sets AS c
CROSS JOIN slates AS s
JOIN predictions AS p
    ON p.game_date = s.game_date
    AND CASE WHEN s.as_of IS NULL THEN p.is_current ELSE p.active_from <= s.as_of AND s.as_of < p.active_until END
LEFT JOIN system_families AS f ON f.family_set = c.family_set AND f.system_id = p.system_id
LEFT ANTI JOIN bids AS b
    ON b.bid_set = c.bid_set
    AND b.game_date = p.game_date
    AND b.player_lookup = p.player_lookup
    AND b.game_id = p.game_id
    AND b.system_id = p.system_id
