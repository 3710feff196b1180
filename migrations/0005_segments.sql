-- +goose Up
-- Checksums of the parts of a segment's file, as package storage makes them; NULL where it was written without.
ALTER TABLE segments ADD COLUMN sums bytea;
-- Common values, histogram, sketch and order of a column.
ALTER TABLE statistics ADD COLUMN more jsonb NOT NULL DEFAULT '{}';
-- The version whose rows this one has in other segments; NULL for its own.
ALTER TABLE dataset_versions ADD COLUMN same_as bigint;

-- +goose Down
ALTER TABLE dataset_versions DROP COLUMN same_as;
ALTER TABLE statistics DROP COLUMN more;
ALTER TABLE segments DROP COLUMN sums;
