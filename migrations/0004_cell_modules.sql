-- +goose Up
-- What function cells in AssemblyScript were compiled to, by the digest of what was compiled; the bytes are a blob of the module's digest.
CREATE TABLE cell_modules (
  notebook_id text NOT NULL REFERENCES notebooks ON DELETE CASCADE,
  source      text NOT NULL CHECK (source ~ '^[0-9a-f]{64}$'),
  module      text NOT NULL CHECK (module ~ '^[0-9a-f]{64}$'),
  size        bigint NOT NULL CHECK (size > 0),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (notebook_id, source)
);

-- +goose Down
DROP TABLE cell_modules;
