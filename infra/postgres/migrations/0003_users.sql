-- Users with passwords, and their sessions: written by `gateway` alone. No log holds them.

CREATE TABLE users (
    user_id       text PRIMARY KEY,
    tenant        text NOT NULL REFERENCES tenants,
    email         text NOT NULL,
    role          text NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
    password_hash text NOT NULL,                   -- argon2id, with its parameters and salt
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_of_tenant ON users (tenant, created_at DESC);

-- A session is a family of tokens: it ends as a whole when one of its refresh tokens comes a second time.
CREATE TABLE sessions (
    session_id text PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users ON DELETE CASCADE,
    opened_at  timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    closed_at  timestamptz
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE session_tokens (
    token_id    text PRIMARY KEY,                  -- ha_ access, hf_ refresh, hc_ cookie
    session_id  text NOT NULL REFERENCES sessions ON DELETE CASCADE,
    secret_hash bytea NOT NULL,                    -- SHA-256 of 256 random bits
    expires_at  timestamptz NOT NULL,
    spent_at    timestamptz                        -- of a refresh token: exchanged for the next one
);
CREATE INDEX session_tokens_of_session ON session_tokens (session_id);
