-- What tenants may use: set by the operator through `gateway`, read by `dispatch`.
ALTER TABLE tenants
    ADD COLUMN share      integer NOT NULL DEFAULT 1 CHECK (share BETWEEN 1 AND 100),
    ADD COLUMN most_tasks integer CHECK (most_tasks > 0);  -- null: as many as `dispatch` gives everybody
