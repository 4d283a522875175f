-- Webhooks: endpoints are written by `gateway`, deliveries by `notify`. They are in no log and must be backed up.

CREATE TABLE webhook_endpoints (
    endpoint_id      text PRIMARY KEY,             -- wh_ and 16 hexadecimal digits
    tenant           text NOT NULL REFERENCES tenants,
    url              text NOT NULL,
    events           text[] NOT NULL,              -- filters, such as asset.ready, asset.* or *
    label            text NOT NULL,
    secret           text NOT NULL,                -- as it is, to sign with; protected as all of this database is
    old_secret       text,                         -- signs beside the new one until then
    old_secret_until timestamptz,
    is_enabled       boolean NOT NULL DEFAULT true,
    disabled_reason  text,
    failing_since    timestamptz,                  -- of the first failure after the last success
    redeliver_from   bigint,                       -- events from here to there are still to be queued once more
    redeliver_to     bigint,
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_endpoints_of_tenant ON webhook_endpoints (tenant, created_at DESC);

-- The queue and the ledger: one row for each event and endpoint.
CREATE TABLE webhook_deliveries (
    endpoint_id      text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    sequence         bigint NOT NULL,              -- the event's, in the log
    lane             text NOT NULL,                -- what must stay in order: an asset
    type             text NOT NULL,
    body             bytea NOT NULL,               -- as it is signed and sent
    state            text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts         integer NOT NULL DEFAULT 0,
    first_attempt_at timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (endpoint_id, sequence)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, lane, sequence) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    endpoint_id text NOT NULL,
    sequence    bigint NOT NULL,
    at          timestamptz NOT NULL,
    status      integer,                           -- NULL: no answer came
    duration_s  double precision NOT NULL,
    error       text,
    FOREIGN KEY (endpoint_id, sequence) REFERENCES webhook_deliveries ON DELETE CASCADE
);
CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (endpoint_id, sequence, at);

-- Lanes with something to deliver. Whoever works on one has leased it; a lease that ran out belongs to a dead process.
CREATE TABLE webhook_lanes (
    endpoint_id     text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    lane            text NOT NULL,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (endpoint_id, lane)
);
CREATE INDEX webhook_lanes_due ON webhook_lanes (next_attempt_at);
CREATE INDEX webhook_lanes_leased ON webhook_lanes (leased_until) WHERE leased_until > '-infinity';

-- How far the log is queued; NULL before the first look at it.
CREATE TABLE webhook_cursor (
    log      text PRIMARY KEY,
    sequence bigint
);
INSERT INTO webhook_cursor (log, sequence) VALUES ('MEDIA', NULL);
