-- signal_health: the health rows that a version's health mode reads for a slate (specification: versions, "Health mode").
-- Grain: health_set (the mode), game_date; in mode live there is no row, since production writes a date's row after its games.
-- Inputs: health_sets, slates, signal_health_daily.
-- same-date reads the row of the slate's own date, which leaks its outcomes; as-of reads each signal's latest row before it.
-- health_rows: per signal its tag, hit rates (percent), regime, status and whether it depends on the model; by tag.
WITH read_rows AS (
    SELECT
        health_sets.health_set,
        slates.game_date,
        health_row.signal_tag,
        health_row.hr_7d,
        health_row.hr_season,
        health_row.regime,
        health_row.status,
        health_row.is_model_dependent
    FROM health_sets
    CROSS JOIN slates
    JOIN signal_health_daily AS health_row
        ON CASE health_sets.health
            WHEN 'same-date' THEN health_row.game_date = slates.game_date
            WHEN 'as-of' THEN health_row.game_date < slates.known_before
            ELSE FALSE
        END
        AND (slates.as_of IS NULL OR health_row.computed_at IS NULL OR health_row.computed_at <= slates.as_of)
    QUALIFY row_number() OVER (
        PARTITION BY health_sets.health_set, slates.game_date, health_row.signal_tag
        ORDER BY health_row.game_date DESC, health_row.computed_at DESC NULLS LAST
    ) = 1
)

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
FROM read_rows
GROUP BY health_set, game_date
