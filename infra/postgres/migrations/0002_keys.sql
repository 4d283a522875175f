-- Tenants and API keys: written by `gateway` and, for the first key, by whoever starts the stack.
-- Unlike the read model they are in no log: they must be backed up.

CREATE TABLE tenants (
    tenant     text PRIMARY KEY CHECK (tenant ~ '^[a-z0-9-]{1,32}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tenants (tenant) VALUES ('default');

CREATE TABLE api_keys (
    key_id       text PRIMARY KEY,                 -- hr_ and 16 hexadecimal digits
    tenant       text REFERENCES tenants,          -- NULL: the operator's, of every tenant
    scopes       text[] NOT NULL,
    secret_hash  bytea NOT NULL,                   -- SHA-256; the secret has 256 random bits, so no salt is needed
    label        text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,                      -- to the minute
    revoked_at   timestamptz
);
CREATE INDEX api_keys_of_tenant ON api_keys (tenant, created_at DESC);

-- Every query of assets is bounded by a tenant.
CREATE INDEX assets_of_tenant_newest_first ON assets (tenant, created_at DESC, asset_id DESC);
DROP INDEX assets_newest_first;
