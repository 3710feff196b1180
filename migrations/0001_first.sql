-- Identifiers are text made by the application (time-ordered UUIDs), so that one that was never ours is simply not found.
-- Digests are SHA-256 in lower-case hexadecimal. Nothing that is published or was run is ever updated in place.

-- +goose Up

-- People and programs that may act.
CREATE TABLE accounts (
  id           text PRIMARY KEY,
  name         text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,38}$'),
  display_name text NOT NULL DEFAULT '',
  role         text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'member')),
  created_at   timestamptz NOT NULL DEFAULT now(),
  disabled_at  timestamptz
);
CREATE UNIQUE INDEX accounts_name ON accounts (name);

-- Only the hash of a token is kept: whoever reads this table cannot act with it.
CREATE TABLE tokens (
  id           text PRIMARY KEY,
  account_id   text NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name         text NOT NULL,
  hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  permissions  text[] NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX tokens_account ON tokens (account_id);

-- An answer to an unsafe call, kept so that a repeated call gets it again. status is null while the first is under way.
CREATE TABLE idempotency_keys (
  account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
  key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  method     text NOT NULL,
  path       text NOT NULL,
  request    bytea NOT NULL CHECK (octet_length(request) = 32),
  status     integer,
  headers    jsonb,
  body       bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_expires ON idempotency_keys (expires_at);

-- What the blob store holds on behalf of a row here.
CREATE TABLE blobs (
  digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  size       bigint NOT NULL CHECK (size >= 0),
  media_type text NOT NULL DEFAULT 'application/octet-stream',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The registry: scope/name, versions that never change, and what each exports.
CREATE TABLE scopes (
  name       text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,38}$'),
  -- Equal for names that people would take for each other, so that only one of them can exist.
  skeleton   text NOT NULL UNIQUE,
  owner_id   text NOT NULL REFERENCES accounts,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scopes_owner ON scopes (owner_id);

CREATE TABLE packages (
  scope       text NOT NULL REFERENCES scopes,
  name        text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'),
  skeleton    text NOT NULL,
  description text NOT NULL DEFAULT '',
  license     text NOT NULL DEFAULT '',
  keywords    text[] NOT NULL DEFAULT '{}',
  repository  text NOT NULL DEFAULT '',
  latest      text NOT NULL,
  document    tsvector NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, name),
  UNIQUE (scope, skeleton)
);
CREATE INDEX packages_document ON packages USING gin (document);

CREATE TABLE versions (
  scope        text NOT NULL,
  name         text NOT NULL,
  version      text NOT NULL,
  digest       text NOT NULL REFERENCES blobs,
  size         bigint NOT NULL CHECK (size > 0),
  manifest     jsonb NOT NULL,
  readme       text NOT NULL DEFAULT '',
  checks       jsonb NOT NULL DEFAULT '[]',
  published_by text NOT NULL REFERENCES accounts,
  published_at timestamptz NOT NULL DEFAULT now(),
  yanked_at    timestamptz,
  yank_reason  text NOT NULL DEFAULT '',
  PRIMARY KEY (scope, name, version),
  FOREIGN KEY (scope, name) REFERENCES packages
);
CREATE INDEX versions_digest ON versions (digest);

CREATE TABLE version_functions (
  scope     text NOT NULL,
  package   text NOT NULL,
  version   text NOT NULL,
  position  integer NOT NULL CHECK (position >= 0),
  name      text NOT NULL,
  kind      text NOT NULL CHECK (kind IN ('expression', 'wasm', 'python')),
  shape     text NOT NULL CHECK (shape IN ('scalar', 'aggregate', 'table')),
  signature text NOT NULL,
  doc       text NOT NULL DEFAULT '',
  module    text REFERENCES blobs,
  examples  jsonb NOT NULL DEFAULT '[]',
  function  jsonb NOT NULL,
  PRIMARY KEY (scope, package, version, name),
  UNIQUE (scope, package, version, position),
  FOREIGN KEY (scope, package, version) REFERENCES versions,
  CHECK ((module IS NULL) = (kind = 'expression'))
);
CREATE INDEX version_functions_name ON version_functions (name);
CREATE INDEX version_functions_module ON version_functions (module);

CREATE TABLE downloads (
  scope   text NOT NULL,
  package text NOT NULL,
  version text NOT NULL,
  day     date NOT NULL DEFAULT current_date,
  count   bigint NOT NULL DEFAULT 0 CHECK (count >= 0),
  PRIMARY KEY (scope, package, version, day),
  FOREIGN KEY (scope, package, version) REFERENCES versions
);

-- Notebooks. version counts saves and is the ETag: an edit names the version that it was made on.
CREATE TABLE notebooks (
  id         text PRIMARY KEY,
  owner_id   text NOT NULL REFERENCES accounts,
  title      text NOT NULL CHECK (length(title) <= 500),
  version    bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX notebooks_updated ON notebooks (updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX notebooks_owner ON notebooks (owner_id);

CREATE TABLE notebook_versions (
  notebook_id text NOT NULL REFERENCES notebooks ON DELETE CASCADE,
  version     bigint NOT NULL CHECK (version >= 1),
  title       text NOT NULL,
  source      text NOT NULL,
  saved_by    text NOT NULL REFERENCES accounts,
  saved_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (notebook_id, version)
);

-- The cells of the newest version, for those who want one cell and not the text.
CREATE TABLE cells (
  notebook_id text NOT NULL REFERENCES notebooks ON DELETE CASCADE,
  id          text NOT NULL,
  position    integer NOT NULL CHECK (position >= 0),
  kind        text NOT NULL CHECK (kind IN ('query', 'text', 'function', 'input', 'chart')),
  name        text NOT NULL DEFAULT '',
  source      text NOT NULL,
  settings    jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (notebook_id, id),
  UNIQUE (notebook_id, position) DEFERRABLE INITIALLY DEFERRED
);

-- The lock of a notebook: which version and bytes each import means until someone upgrades it.
CREATE TABLE notebook_packages (
  notebook_id text NOT NULL REFERENCES notebooks ON DELETE CASCADE,
  scope       text NOT NULL,
  package     text NOT NULL,
  version     text NOT NULL,
  digest      text NOT NULL REFERENCES blobs,
  locked_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (notebook_id, scope, package, version),
  FOREIGN KEY (scope, package, version) REFERENCES versions
);
CREATE INDEX notebook_packages_version ON notebook_packages (scope, package, version);

-- Runs. A run exists when its row is committed; Redis only makes it fast.
CREATE TABLE runs (
  id               text PRIMARY KEY,
  notebook_id      text REFERENCES notebooks ON DELETE CASCADE,
  notebook_version bigint,
  kind             text NOT NULL CHECK (kind IN ('notebook', 'cells', 'query')),
  state            text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  params           jsonb NOT NULL DEFAULT '{}',
  options          jsonb NOT NULL DEFAULT '{}',
  error            jsonb,
  created_by       text NOT NULL REFERENCES accounts,
  idempotency_key  text,
  cancel_asked_at  timestamptz,
  lease_owner      text,
  lease_until      timestamptz,
  attempt          integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  last_event       bigint NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled')))
);
CREATE UNIQUE INDEX runs_idempotency ON runs (created_by, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_notebook ON runs (notebook_id, created_at DESC);
CREATE INDEX runs_created ON runs (created_at DESC, id DESC);
CREATE INDEX runs_unfinished ON runs (lease_until NULLS FIRST) WHERE state IN ('queued', 'running');

CREATE TABLE run_cells (
  run_id      text NOT NULL REFERENCES runs ON DELETE CASCADE,
  cell_id     text NOT NULL,
  position    integer NOT NULL CHECK (position >= 0),
  name        text NOT NULL DEFAULT '',
  kind        text NOT NULL DEFAULT 'query',
  source      text NOT NULL,
  state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')),
  diagnostics jsonb NOT NULL DEFAULT '[]',
  plan        jsonb,
  stats       jsonb,
  result      jsonb,
  inline      bytea CHECK (octet_length(inline) <= 65536),
  tasks       integer NOT NULL DEFAULT 0 CHECK (tasks >= 0),
  tasks_done  integer NOT NULL DEFAULT 0 CHECK (tasks_done >= 0),
  started_at  timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (run_id, cell_id),
  UNIQUE (run_id, position)
);
CREATE INDEX run_cells_newest ON run_cells (cell_id, finished_at DESC);

CREATE TABLE events (
  run_id  text NOT NULL REFERENCES runs ON DELETE CASCADE,
  seq     bigint NOT NULL CHECK (seq >= 1),
  type    text NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, seq)
);

-- Data. A version is a list of segments; versions share the segments that they have in common.
CREATE TABLE datasets (
  id          text PRIMARY KEY,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  description text NOT NULL DEFAULT '',
  owner_id    text NOT NULL REFERENCES accounts,
  version     bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  deleted_at  timestamptz
);
CREATE UNIQUE INDEX datasets_name ON datasets (name) WHERE deleted_at IS NULL;

CREATE TABLE dataset_versions (
  dataset_id text NOT NULL REFERENCES datasets ON DELETE CASCADE,
  version    bigint NOT NULL CHECK (version >= 1),
  columns    jsonb NOT NULL,
  rows       bigint NOT NULL CHECK (rows >= 0),
  bytes      bigint NOT NULL CHECK (bytes >= 0),
  origin     jsonb NOT NULL DEFAULT '{}',
  created_by text NOT NULL REFERENCES accounts,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (dataset_id, version)
);

CREATE TABLE segments (
  id         text PRIMARY KEY,
  key        text NOT NULL UNIQUE,
  digest     text CHECK (digest ~ '^[0-9a-f]{64}$'),
  rows       bigint NOT NULL CHECK (rows >= 0),
  bytes      bigint NOT NULL CHECK (bytes >= 0),
  batches    jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE dataset_segments (
  dataset_id text NOT NULL,
  version    bigint NOT NULL,
  position   integer NOT NULL CHECK (position >= 0),
  segment_id text NOT NULL REFERENCES segments,
  PRIMARY KEY (dataset_id, version, position),
  FOREIGN KEY (dataset_id, version) REFERENCES dataset_versions ON DELETE CASCADE
);
CREATE INDEX dataset_segments_segment ON dataset_segments (segment_id);

CREATE TABLE statistics (
  segment_id text NOT NULL REFERENCES segments ON DELETE CASCADE,
  position   integer NOT NULL CHECK (position >= 0),
  name       text NOT NULL,
  min        jsonb,
  max        jsonb,
  nulls      bigint NOT NULL DEFAULT 0 CHECK (nulls >= 0),
  -- An estimate; 0 for unknown.
  distincts  bigint NOT NULL DEFAULT 0 CHECK (distincts >= 0),
  PRIMARY KEY (segment_id, position)
);

-- +goose Down
DROP TABLE statistics, dataset_segments, segments, dataset_versions, datasets;
DROP TABLE events, run_cells, runs;
DROP TABLE notebook_packages, cells, notebook_versions, notebooks;
DROP TABLE downloads, version_functions, versions, packages, scopes, blobs;
DROP TABLE idempotency_keys, tokens, accounts;
