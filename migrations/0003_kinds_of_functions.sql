-- +goose Up
-- Python with an environment of its own.
ALTER TABLE version_functions DROP CONSTRAINT version_functions_kind_check;
ALTER TABLE version_functions ADD CONSTRAINT version_functions_kind_check
  CHECK (kind IN ('expression', 'wasm', 'python', 'python-native'));

-- +goose Down
DELETE FROM version_functions WHERE kind = 'python-native';
ALTER TABLE version_functions DROP CONSTRAINT version_functions_kind_check;
ALTER TABLE version_functions ADD CONSTRAINT version_functions_kind_check
  CHECK (kind IN ('expression', 'wasm', 'python'));
