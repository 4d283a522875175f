-- What `dispatch` saw of how long work takes, so that a new process can tell at once when assets will be ready.
CREATE TABLE seen_work (
    kind text PRIMARY KEY,                      -- of work, or `ready`: from the last task of an asset on
    seen jsonb NOT NULL,                        -- the latest pieces of it: units, seconds
    at   timestamptz NOT NULL DEFAULT now()
);
