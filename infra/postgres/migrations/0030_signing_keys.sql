-- Keys that sign playback tokens: written by `gateway`. Like API keys they are in no log and must be backed up.
CREATE TABLE signing_keys (
    key_id     text PRIMARY KEY,                   -- sk_ and 16 hexadecimal digits
    tenant     text NOT NULL REFERENCES tenants,
    -- As it is, for a signature can only be checked with it. It opens what its tenant's players may see, and is
    -- protected as the rows beside it are: by who may read this database and its backups.
    secret     text NOT NULL,
    label      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE INDEX signing_keys_of_tenant ON signing_keys (tenant, created_at DESC);
