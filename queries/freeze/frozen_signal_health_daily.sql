-- frozen_signal_health_daily: every signal's latest health row before the slate and, where a version reads the health of
-- the same date, that date's.
-- Grain: a row of signal_health_daily.
-- Inputs: signal_health_daily, slates, health_sets.
-- The former also where no version reads it: which health a decision had is part of it.
SELECT DISTINCT h.*
FROM (
    SELECT h.*
    FROM signal_health_daily AS h
    JOIN slates AS s
        ON h.game_date <= s.game_date
        AND (s.as_of IS NULL OR h.computed_at IS NULL OR h.computed_at <= s.as_of)
    CROSS JOIN (SELECT count(*) > 0 AS is_read FROM health_sets WHERE health = 'same-date') AS same_date
    WHERE h.game_date < s.known_before OR (h.game_date = s.game_date AND same_date.is_read)
    QUALIFY row_number() OVER (
        PARTITION BY s.game_date, h.signal_tag, h.game_date = s.game_date
        ORDER BY h.game_date DESC, h.computed_at DESC NULLS LAST
    ) = 1
) AS h
