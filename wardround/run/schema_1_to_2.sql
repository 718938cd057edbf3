-- A store of schema 1 becomes one of schema 2. SQLite changes no CHECK, so intents are made anew and copied.
DROP INDEX intents_of_rollout;
DROP INDEX one_open_intent;
ALTER TABLE intents RENAME TO intents_1;
CREATE TABLE intents (
  id TEXT PRIMARY KEY, rollout TEXT NOT NULL REFERENCES rollouts (id), wave TEXT NOT NULL, host TEXT NOT NULL,
  run TEXT NOT NULL, direction TEXT NOT NULL CHECK (direction IN ('forward', 'back')),
  from_version TEXT NOT NULL, to_version TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'staged', 'applied', 'failed', 'rolled_back', 'unknown', 'not_done')),
  reason TEXT NOT NULL DEFAULT '', opened TEXT NOT NULL, closed TEXT,
  opened_seq INTEGER NOT NULL, closed_seq INTEGER,
  staged TEXT, busy TEXT NOT NULL DEFAULT '' -- first staged when, and what used it when last asked (closed)
);
INSERT INTO intents (id, rollout, wave, host, run, direction, from_version, to_version, state, reason, opened, closed,
    opened_seq, closed_seq)
  SELECT id, rollout, wave, host, run, direction, from_version, to_version, state, reason, opened, closed,
    opened_seq, closed_seq FROM intents_1 ORDER BY rowid;
DROP TABLE intents_1;
CREATE INDEX intents_of_rollout ON intents (rollout, host);
CREATE UNIQUE INDEX one_open_intent ON intents (host) WHERE state IN ('open', 'unknown');
ALTER TABLE proofs ADD COLUMN product TEXT;
-- Schema 1 knew proofs of one product.
UPDATE proofs SET product = coalesce((SELECT product FROM rollouts WHERE id = proofs.rollout), 'pacs_client');
ALTER TABLE locks ADD COLUMN ending TEXT;
CREATE TABLE journeys (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, rollout TEXT,
  phase TEXT NOT NULL CHECK (phase IN ('baseline', 'verify', 'manual')),
  ok INTEGER NOT NULL, steps TEXT NOT NULL, at TEXT NOT NULL
);
PRAGMA user_version = 2;
