-- An asset is known before its file has arrived: it waits.
ALTER TABLE assets DROP CONSTRAINT IF EXISTS assets_state_check;
ALTER TABLE assets ADD CONSTRAINT assets_state_check
    CHECK (state IN ('waiting', 'processing', 'playable', 'ready', 'failed'));
