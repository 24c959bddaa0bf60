-- pickless_slates: slates with candidates of which a version picks none, and the filter that explains it
-- (specification: monitoring, "Doctor").
-- Grain: version, game_date.
-- Inputs: verdicts, rankings.
-- filter: of the candidates that reach the edge floor, the one that alone blocks most (alone); where none blocks any alone,
-- the one that is the first to block most. Where none reaches the floor, edge_floor.
SELECT version, game_date, filter, alone
FROM (
    SELECT
        f.version,
        f.game_date,
        f.filter,
        count(*) FILTER (WHERE f.n_failing = 1) AS alone,
        count(*) FILTER (WHERE f.filter = f.first_filter) AS first
    FROM (
        SELECT
            v.version,
            v.game_date,
            v.first_filter,
            cardinality(v.failing_filters) AS n_failing,
            unnest(v.failing_filters) AS filter
        FROM (
            SELECT
                *,
                array_has(failing_filters, 'edge_floor') AS is_below_floor,
                bool_and(array_has(failing_filters, 'edge_floor')) OVER (PARTITION BY version, game_date) AS are_all_below
            FROM verdicts
        ) AS v
        LEFT ANTI JOIN (SELECT version, game_date FROM rankings WHERE selected) AS r
            ON r.version = v.version AND r.game_date = v.game_date
        WHERE v.are_all_below OR NOT v.is_below_floor
    ) AS f
    GROUP BY f.version, f.game_date, f.filter
)
QUALIFY row_number() OVER (PARTITION BY version, game_date ORDER BY alone DESC, first DESC, filter) = 1
