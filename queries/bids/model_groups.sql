-- model_groups: the group in which the source model of a candidate is judged (specification: versions, "Model groups").
-- Grain: candidate.
-- Inputs: winning_bids.
-- NULL for a family without a group.
SELECT
    candidate,
    CASE
        WHEN source_model_family = 'v9_low_vegas' THEN 'v9_low_vegas'
        WHEN starts_with(source_model_family, 'v9') THEN 'v9'
        WHEN
            source_model_family IN ('v12_q43', 'v12_q45', 'v12_noveg_q55', 'v12_noveg_q55_tw', 'v12_noveg_q57')
            THEN 'v12_noveg'
        WHEN source_model_family IN ('v12_mae', 'v12_vegas_q43', 'v12_vegas_q45') THEN 'v12_vegas'
    END AS source_model_group
FROM winning_bids
