-- signal_health: the health rows that a version's health mode reads for a slate (specification: versions, "Health mode").
-- Grain: health_set (the mode), game_date; in mode live there is no row, since production writes a date's row after its games.
-- Inputs: health_sets, slates, signal_health_daily.
-- same-date reads the row of the slate's own date, which leaks its outcomes; as-of reads each signal's latest row before it.
-- health_rows: per signal its tag, hit rates (percent), regime, status and whether it depends on the model; by tag.
SELECT
    health_set,
    game_date,
    array_agg(
        named_struct(
            'tag', signal_tag,
            'hr_7d', hr_7d,
            'hr_season', hr_season,
            'regime', regime,
            'status', status,
            'is_model_dependent', is_model_dependent
        )
        ORDER BY signal_tag
    ) AS health_rows
FROM (
    SELECT m.health_set, s.game_date, h.signal_tag, h.hr_7d, h.hr_season, h.regime, h.status, h.is_model_dependent
    FROM health_sets AS m
    CROSS JOIN slates AS s
    JOIN signal_health_daily AS h
        ON CASE m.health
            WHEN 'same-date' THEN h.game_date = s.game_date
            WHEN 'as-of' THEN h.game_date < s.known_before
            ELSE FALSE
        END
        AND (s.as_of IS NULL OR h.computed_at IS NULL OR h.computed_at <= s.as_of)
    WHERE m.health <> 'live'
    QUALIFY row_number() OVER (
        PARTITION BY m.health_set, s.game_date, h.signal_tag
        ORDER BY h.game_date DESC, h.computed_at DESC NULLS LAST
    ) = 1
)
GROUP BY health_set, game_date
