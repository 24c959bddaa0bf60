-- frozen_signal_combo_registry: the combo registry, which replaces every version's.
-- Grain: combo_id.
-- Inputs: signal_combo_registry.
-- Slates: together.
SELECT * FROM signal_combo_registry
