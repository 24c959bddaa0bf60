-- verdicts: what every filter says of every candidate of every version, the combo it matches and its score
-- (specification: selection, "Filters", "Combo match", "Ranking"; versions, "Composite score").
-- Grain: version, candidate.
-- Inputs: signals, signal_health, agreement.
-- What a filter is stands in definitions/filters.toml, what a score is in definitions/scores.toml, and both in the file of a
-- version that defines its own; the calls below stand for what follows from it (`relations show verdicts` prints it).
-- What else is known: what the caps count, and on which candidates something goes amiss with a file's own definitions.
-- filters is a struct of {value, threshold, blocks} a filter that any version of the question lists. A NULL value: the filter
-- does not apply to the candidate; a NULL threshold: the version has it switched off or does not have it; neither blocks. In
-- which order a version tries its filters is its list (filter_order), applied by first_filter() and failing_filters().
-- observed_filters: those that would block and only observe. stands: no filter blocks it that looks at the candidate itself;
-- passes: nor one that looks at its signals.
-- composite_score ranks, by the version's score: in points of edge, in production's composite points, or as its file says.
WITH
tagged AS (
    SELECT
        signals.*,
        signal_health.health_rows,
        agreement.consensus_bonus,
        agreement.model_agreement_count,
        signal_tags(signals.signal_order, signals.qualifies) AS signal_tags
    FROM signals
    LEFT JOIN signal_health
        ON signal_health.health_set = signals.health_set
        AND signal_health.game_date = signals.game_date
    JOIN agreement
        ON agreement.consensus_set = signals.consensus_set
        AND agreement.candidate = signals.candidate
),

matched AS (
    SELECT
        *,
        cardinality(signal_tags) AS signal_count,
        match_combo(combos, signal_tags) AS combo,
        effective_signals(signal_tags, health_rows, model_dependent) AS effective_signals
    FROM tagged
),

named AS (
    SELECT
        *,
        combo['combo_id'] AS combo_id,
        combo['classification'] AS combo_classification,
        combo['hit_rate'] AS combo_hit_rate,
        combo['score_weight'] AS combo_score_weight
    FROM matched
),

compared AS (
    SELECT
        *,
        what_filters_compare() AS generated
    FROM named
),

blocked AS (
    SELECT
        *,
        what_filters_say() AS generated
    FROM compared
),

judged AS (
    SELECT
        *,
        named_struct(
            filters_in_full()
        ) AS filters,
        passes_filters_of_candidates() AS stands,
        passes_filters_of_tags() AS passes_tags
    FROM blocked
)

SELECT
    version,
    feature_set,
    consensus_set,
    candidate,
    game_date,
    player_lookup,
    what_else_is_known() AS generated,
    signal_confidence,
    signal_tags,
    signal_count,
    combo,
    filters,
    first_filter(filter_order, filters) AS first_filter,
    failing_filters(filter_order, filters) AS failing_filters,
    failing_filters(observed_order, filters) AS observed_filters,
    stands,
    stands AND passes_tags AS passes,
    what_ranks() AS composite_score
FROM judged
