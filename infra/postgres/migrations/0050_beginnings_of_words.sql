-- Text is searched by the beginnings of words. An index of words reads all that begin so, and counts every asset of
-- every tenant that has one; an index of the beginnings themselves, each behind its tenant, goes to those few that
-- have all that are wanted. Of longer words the first eight letters lead there, and `words` decides.
CREATE FUNCTION word_beginnings(tenant text, words tsvector) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT tenant || ' ' || left(word, letters))
    FROM unnest(tsvector_to_array(words)) AS word, generate_series(1, least(length(word), 8)) AS letters
$$;
-- NULL where there is no word, for everything has all beginnings of an empty list.
CREATE FUNCTION wanted_beginnings(tenant text, words tsvector) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(tenant || ' ' || left(word, 8)) FROM unnest(tsvector_to_array(words)) AS word
$$;
DROP INDEX assets_with_words;
-- What waits to be sorted into the index is read by every search; it is kept short, in kB.
CREATE INDEX assets_with_words ON assets USING gin (word_beginnings(tenant, words))
    WITH (gin_pending_list_limit = 256);
-- Without it the planner takes every beginning for a rare one, and reads all that have a frequent one.
ANALYZE assets;
