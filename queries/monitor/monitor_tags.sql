-- monitor_tags: what pick_signal_tags should hold: every candidate of the champion alone with its qualifying signals
-- (specification: monitoring, "pick_signal_tags").
-- Grain: version, game_date, player_lookup, game_id; none for a version that takes other models' predictions too.
-- Inputs: params, signals, slate_health.
-- signal_tags leave out model_health, so that the combo matched on them may be an exact match; empty, not NULL, where no
-- signal qualifies, and then without a combo. model_health_* are of the slate, the rate in percent.
SELECT
    t.version,
    t.game_date,
    t.player_lookup,
    p.champion AS system_id,
    t.game_id,
    t.signal_tags,
    CAST(cardinality(t.signal_tags) AS BIGINT) AS signal_count,
    h.model_health_status,
    CAST(h.hit_rate_7d AS DECIMAL(5, 1)) AS model_health_hr_7d,
    CASE WHEN cardinality(t.signal_tags) > 0 THEN match_combo(p.combos, t.signal_tags)['combo_id'] END
        AS matched_combo_id,
    CASE WHEN cardinality(t.signal_tags) > 0 THEN match_combo(p.combos, t.signal_tags)['classification'] END
        AS combo_classification,
    CASE WHEN cardinality(t.signal_tags) > 0 THEN match_combo(p.combos, t.signal_tags)['hit_rate'] END
        AS combo_hit_rate
FROM (
    SELECT *, array_remove(signal_tags(signal_order, qualifies), 'model_health') AS signal_tags
    FROM signals
) AS t
JOIN params AS p ON p.version = t.version
JOIN slate_health AS h ON h.feature_set = p.feature_set AND h.game_date = t.game_date
WHERE p.candidates = 'champion'
