-- What is said in assets is found. `captions` holds each text track that an asset has, as the log tells of it; the text
-- itself lies in the store, from where the catalog reads it beside its fold: `cues` are those of the version `indexed`,
-- NULL where none is, and `passages` their words. All of it can be dropped and is made again:
--     BEGIN; UPDATE checkpoint SET sequence = 0, skipped = 0; TRUNCATE assets, parts, captions, cues, passages; COMMIT;
CREATE TABLE captions (
    asset_id   text NOT NULL,
    track      text NOT NULL,
    tenant     text NOT NULL,
    version    integer NOT NULL,
    vtt_key    text NOT NULL,
    indexed    integer,      -- which version the cues are of
    look_again timestamptz NOT NULL DEFAULT '-infinity',  -- the text was not there when it was looked for
    PRIMARY KEY (asset_id, track)
);
CREATE INDEX captions_to_index ON captions (look_again) WHERE indexed IS DISTINCT FROM version;

CREATE TABLE cues (
    asset_id text NOT NULL,
    track    text NOT NULL,
    number   integer NOT NULL,  -- from 0, by time
    start_s  double precision NOT NULL,
    end_s    double precision NOT NULL,
    said     text NOT NULL,     -- without markup, on one line
    words    tsvector NOT NULL,
    PRIMARY KEY (asset_id, track, number),
    FOREIGN KEY (asset_id, track) REFERENCES captions ON DELETE CASCADE
);

-- The words of a run of cues: a whole transcript in most cases, less than a tsvector can hold in all.
CREATE TABLE passages (
    asset_id text NOT NULL,
    track    text NOT NULL,
    number   integer NOT NULL,  -- of the first cue
    tenant   text NOT NULL,
    words    tsvector NOT NULL,
    PRIMARY KEY (asset_id, track, number),
    FOREIGN KEY (asset_id, track) REFERENCES captions ON DELETE CASCADE
);
CREATE INDEX passages_with_words ON passages USING gin (word_beginnings(tenant, words))
    WITH (gin_pending_list_limit = 256);
