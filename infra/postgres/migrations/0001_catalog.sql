-- The read model: written by the service `catalog` alone, as a fold over the stream MEDIA; read by `gateway`.
-- It holds nothing that the log does not, so it may be rebuilt at any time, with the catalog running or not:
--     BEGIN; UPDATE checkpoint SET sequence = 0, skipped = 0; TRUNCATE assets, parts; COMMIT;
-- Databases from before migrations hold this already: applying it to them changes nothing.

CREATE TABLE IF NOT EXISTS assets (
    asset_id   text PRIMARY KEY,
    tenant     text NOT NULL,
    name       text NOT NULL,
    state      text NOT NULL CHECK (state IN ('processing', 'playable', 'ready', 'failed')),
    created_at timestamptz NOT NULL,  -- of the asset's first fact
    updated_at timestamptz NOT NULL,  -- of its last
    duration_s double precision,
    view       jsonb NOT NULL         -- everything known: services/catalog/decide.py, AssetView
);
CREATE INDEX IF NOT EXISTS assets_newest_first ON assets (created_at DESC, asset_id DESC);

-- The shares of an asset that are encoded; their number over the view's `planned_parts` is its progress.
CREATE TABLE IF NOT EXISTS parts (
    asset_id text NOT NULL,
    recipe   text NOT NULL,
    part     text NOT NULL,
    PRIMARY KEY (asset_id, recipe, part)
);

-- How far the log is folded in: the stream's sequence of the last fact, and how many messages did not decode.
CREATE TABLE IF NOT EXISTS checkpoint (
    log      text PRIMARY KEY,
    sequence bigint NOT NULL,
    skipped  bigint NOT NULL
);
INSERT INTO checkpoint (log, sequence, skipped) VALUES ('MEDIA', 0, 0) ON CONFLICT DO NOTHING;
