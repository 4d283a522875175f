-- Assets are found by what they are and by what people say of them. The new columns are extracts of the view.
ALTER TABLE assets DROP CONSTRAINT assets_state_check;
ALTER TABLE assets ADD CONSTRAINT assets_state_check
    CHECK (state IN ('waiting', 'processing', 'playable', 'ready', 'failed', 'deleted'));
ALTER TABLE assets
    ADD COLUMN kind     text,  -- video or audio; null until the original was looked at
    ADD COLUMN title    text NOT NULL DEFAULT '',
    ADD COLUMN tags     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN category text NOT NULL DEFAULT '',
    ADD COLUMN purge_at timestamptz;  -- set while the state is deleted
UPDATE assets SET
    kind = CASE WHEN jsonb_array_length(view->'probe'->'video') > 0 THEN 'video'
                WHEN jsonb_array_length(view->'probe'->'audio') > 0 THEN 'audio' END,
    title = coalesce(view->>'title', ''),
    category = coalesce(view->>'category', ''),
    tags = coalesce((SELECT array_agg(tag) FROM jsonb_array_elements_text(view->'tags') AS tag), '{}');
-- Words of title and file name; the parser would take "my_clip.mp4" for one word.
ALTER TABLE assets ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple'::regconfig, regexp_replace(title || ' ' || name, '[^[:alnum:]]+', ' ', 'g'))
) STORED;

-- Every list is of one tenant and newest first; whatever else it asks for, one of these gives its rows in order.
DROP INDEX assets_of_tenant_newest_first;
CREATE INDEX assets_of_tenant ON assets (tenant, created_at DESC, asset_id DESC) WHERE state <> 'deleted';
CREATE INDEX assets_of_state ON assets (tenant, state, created_at DESC, asset_id DESC);
CREATE INDEX assets_of_kind ON assets (tenant, kind, created_at DESC, asset_id DESC);
CREATE INDEX assets_of_category ON assets (tenant, category, created_at DESC, asset_id DESC);
CREATE INDEX assets_with_tags ON assets USING gin (tags);
CREATE INDEX assets_with_words ON assets USING gin (words);
CREATE INDEX assets_to_purge ON assets (purge_at) WHERE purge_at IS NOT NULL;
