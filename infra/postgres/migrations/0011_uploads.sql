-- Uploads that the gateway signs: what was promised to their senders. What arrived of them, the store alone knows.
CREATE TABLE uploads (
    upload_id       text PRIMARY KEY,
    tenant          text NOT NULL,
    asset_id        text NOT NULL,
    key             text NOT NULL,
    name            text NOT NULL,
    size_bytes      bigint NOT NULL,
    content_type    text NOT NULL,
    profile         text NOT NULL,
    playback_policy text NOT NULL,
    part_bytes      bigint,  -- null, as the next: one PUT
    store_upload_id text,
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completed', 'aborted', 'expired')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL  -- for an open one, when it will; for another, when it was closed
);
CREATE INDEX uploads_by_expiry ON uploads (state, expires_at);
