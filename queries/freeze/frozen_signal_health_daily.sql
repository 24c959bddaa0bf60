-- frozen_signal_health_daily: every signal's latest health row before the slate and, where a version reads the health of
-- the same date, that date's.
-- Grain: a row of signal_health_daily.
-- Inputs: signal_health_daily, slates, health_sets.
-- Slates: together.
-- The former also where no version reads it: which health a decision had is part of it.
WITH
reading AS (
    SELECT count(*) > 0 AS same_date FROM health_sets WHERE health = 'same-date'
),

latest AS (
    SELECT health_row.*
    FROM signal_health_daily AS health_row
    JOIN slates
        ON health_row.game_date <= slates.game_date
        AND (slates.as_of IS NULL OR health_row.computed_at IS NULL OR health_row.computed_at <= slates.as_of)
    CROSS JOIN reading
    WHERE
        health_row.game_date < slates.known_before
        OR (health_row.game_date = slates.game_date AND reading.same_date)
    QUALIFY row_number() OVER (
        PARTITION BY slates.game_date, health_row.signal_tag, health_row.game_date = slates.game_date
        ORDER BY health_row.game_date DESC, health_row.computed_at DESC NULLS LAST
    ) = 1
)

SELECT DISTINCT * FROM latest
