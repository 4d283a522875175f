-- The operator lists the assets of all tenants, newest first, or those in one state.
CREATE INDEX assets_of_all ON assets (created_at DESC, asset_id DESC) WHERE state <> 'deleted';
CREATE INDEX assets_of_all_in_state ON assets (state, created_at DESC, asset_id DESC);
