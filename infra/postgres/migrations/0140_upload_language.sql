-- What an upload's sender says is spoken goes into the headers that are signed for it; empty: nothing was said.
ALTER TABLE uploads ADD COLUMN language text NOT NULL DEFAULT '';
