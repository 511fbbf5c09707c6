-- Whether a person belongs to an audience; an empty list admits everybody. Simple enough to be inlined.
CREATE FUNCTION dispatch_matches_v1(
  regions varchar[], age_bands varchar[], genders varchar[], interests varchar[],
  region varchar, age_band varchar, gender varchar, own_interests varchar[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (cardinality(regions) = 0 OR region = ANY (regions))
     AND (cardinality(age_bands) = 0 OR age_band = ANY (age_bands))
     AND (cardinality(genders) = 0 OR gender = ANY (genders))
     AND (cardinality(interests) = 0 OR own_interests && interests)
$$;
