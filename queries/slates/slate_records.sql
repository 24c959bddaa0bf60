-- slate_records: how many candidates and picks a version has on a slate, what came of the picks, and what is odd about them.
-- Grain: version, game_date; a slate without candidates has no row.
-- Inputs: decisions.
-- wins to ungraded count picks. ties: several models had the same largest edge; by_order: only the order of the registry chose
-- the combo; unit_scale and percent_scale: confidences of 0-1 and of 0-100.
SELECT
    version,
    game_date,
    count(*) AS candidates,
    count(*) FILTER (WHERE selected) AS picks,
    count(*) FILTER (WHERE selected AND outcome = 'WIN') AS wins,
    count(*) FILTER (WHERE selected AND outcome = 'LOSS') AS losses,
    count(*) FILTER (WHERE selected AND outcome = 'PUSH') AS pushes,
    count(*) FILTER (WHERE selected AND outcome = 'VOID') AS voids,
    count(*) FILTER (WHERE selected AND outcome = 'UNGRADED') AS ungraded,
    count(*) FILTER (WHERE source_tie) AS ties,
    count(*) FILTER (WHERE source_tie AND selected) AS tied_picks,
    count(*) FILTER (WHERE combo_by_order) AS by_order,
    count(*) FILTER (WHERE combo_by_order AND first_filter = 'anti_pattern') AS by_order_blocked,
    count(*) FILTER (WHERE confidence_score <= 1) AS unit_scale,
    count(*) FILTER (WHERE confidence_score > 1) AS percent_scale
FROM decisions
GROUP BY version, game_date
