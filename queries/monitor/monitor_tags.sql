-- monitor_tags: what pick_signal_tags should hold: every candidate of the champion alone with its qualifying signals
-- (specification: monitoring, "pick_signal_tags").
-- Grain: version, game_date, player_lookup, game_id; none for a version that takes other models' predictions too.
-- Inputs: params, signals, slate_health.
-- signal_tags leave out model_health, so that the combo matched on them may be an exact match; empty, not NULL, where no
-- signal qualifies, and then without a combo. model_health_* are of the slate, the rate in percent.
WITH tagged AS (
    SELECT
        version,
        game_date,
        player_lookup,
        game_id,
        array_remove(signal_tags(signal_order, qualifies), 'model_health') AS signal_tags
    FROM signals
)

SELECT
    tagged.version,
    tagged.game_date,
    tagged.player_lookup,
    params.champion AS system_id,
    tagged.game_id,
    tagged.signal_tags,
    CAST(cardinality(tagged.signal_tags) AS BIGINT) AS signal_count,
    slate_health.model_health_status,
    CAST(slate_health.hit_rate_7d AS DECIMAL(5, 1)) AS model_health_hr_7d,
    CASE WHEN cardinality(tagged.signal_tags) > 0 THEN match_combo(params.combos, tagged.signal_tags)['combo_id'] END
        AS matched_combo_id,
    CASE
        WHEN cardinality(tagged.signal_tags) > 0
            THEN match_combo(params.combos, tagged.signal_tags)['classification']
    END AS combo_classification,
    CASE WHEN cardinality(tagged.signal_tags) > 0 THEN match_combo(params.combos, tagged.signal_tags)['hit_rate'] END
        AS combo_hit_rate
FROM tagged
JOIN params ON params.version = tagged.version
JOIN slate_health
    ON slate_health.feature_set = params.feature_set
    AND slate_health.game_date = tagged.game_date
WHERE params.candidates = 'champion'
