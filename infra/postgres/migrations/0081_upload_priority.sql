-- What an upload's sender asked for goes into the headers that are signed for it.
ALTER TABLE uploads ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('high', 'normal', 'low'));
