-- What gateways share about requests: written by `gateway` alone. No log holds it.

-- Token buckets. They may be lost with a crash: then everybody starts with full ones.
CREATE UNLOGGED TABLE rate_limits (
    subject text NOT NULL,
    route   text NOT NULL,
    tokens  double precision NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (subject, route)
) WITH (fillfactor = 50);

-- Answers to POSTs that carried an Idempotency-Key; without a status while the first request is at work.
CREATE TABLE idempotency (
    tenant          text NOT NULL,
    route           text NOT NULL,
    idempotency_key text NOT NULL,
    request_hash    bytea NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    status          int,
    media_type      text,
    body            bytea,                         -- NULL beside a status: the answer held a secret
    PRIMARY KEY (tenant, route, idempotency_key)
);
CREATE INDEX idempotency_age ON idempotency (started_at);

CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    tenant   text,                                 -- NULL: of no tenant, such as a refused login
    subject  text NOT NULL,                        -- who did it: the id of a key or a user
    action   text NOT NULL,
    target   text NOT NULL                         -- to what it was done
);
CREATE INDEX audit_of_tenant ON audit (tenant, audit_id DESC);
CREATE INDEX audit_age ON audit (at);
