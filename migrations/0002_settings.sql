-- +goose Up
-- What all parts of one installation share and nobody configures, such as the secret between coordinators and workers.
CREATE TABLE settings (
  name       text PRIMARY KEY,
  value      text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE settings;
