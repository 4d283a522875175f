-- Since when something of an asset that is neither played nor being made waits to be retired; an extract of the view.
-- What was superseded before this is known, and removed, once the catalog was rebuilt.
ALTER TABLE assets ADD COLUMN collect_from timestamptz;
CREATE INDEX assets_to_collect ON assets (collect_from) WHERE collect_from IS NOT NULL;
