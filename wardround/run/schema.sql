-- The record of what was planned, done and proved. Times are UTC, ISO 8601 with seconds;
-- `seq` columns count in one sequence over all tables, so that order never depends on a clock.
CREATE TABLE sequence (n INTEGER NOT NULL);
INSERT INTO sequence VALUES (0);
CREATE TABLE runs (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, rollout TEXT, wave TEXT, playbook TEXT, argv TEXT, who TEXT,
  check_mode INTEGER NOT NULL DEFAULT 0, pid INTEGER, pgid INTEGER, pid_start INTEGER,
  started TEXT NOT NULL, ended TEXT, rc INTEGER
);
CREATE TABLE tasks (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), host TEXT NOT NULL, task TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ok', 'changed', 'failed', 'unreachable', 'skipped')),
  message TEXT NOT NULL, seconds REAL, at TEXT NOT NULL
);
CREATE INDEX tasks_of_run ON tasks (run);
CREATE TABLE rollouts (
  id TEXT PRIMARY KEY, plan_path TEXT NOT NULL, plan TEXT NOT NULL, product TEXT NOT NULL,
  from_version TEXT NOT NULL, to_version TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'held', 'stopped', 'rolled_back')),
  reason TEXT NOT NULL DEFAULT '', unreviewed TEXT, who TEXT NOT NULL, started TEXT NOT NULL, ended TEXT
);
CREATE TABLE intents (
  id TEXT PRIMARY KEY, rollout TEXT NOT NULL REFERENCES rollouts (id), wave TEXT NOT NULL, host TEXT NOT NULL,
  run TEXT NOT NULL, direction TEXT NOT NULL CHECK (direction IN ('forward', 'back')),
  from_version TEXT NOT NULL, to_version TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'staged', 'applied', 'failed', 'rolled_back', 'unknown', 'not_done')),
  reason TEXT NOT NULL DEFAULT '', opened TEXT NOT NULL, closed TEXT,
  opened_seq INTEGER NOT NULL, closed_seq INTEGER,
  staged TEXT, busy TEXT NOT NULL DEFAULT '' -- first staged when, and what used it when last asked (closed)
);
CREATE INDEX intents_of_rollout ON intents (rollout, host);
-- One open intent a host: what "none is done twice" rests on.
CREATE UNIQUE INDEX one_open_intent ON intents (host) WHERE state IN ('open', 'unknown');
CREATE TABLE proofs (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, rollout TEXT, host TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('baseline', 'verify', 'observe', 'manual')),
  expected_version TEXT NOT NULL, served_version TEXT NOT NULL, ok INTEGER NOT NULL, checks TEXT NOT NULL, at TEXT NOT NULL,
  product TEXT
);
CREATE INDEX proofs_of_rollout ON proofs (rollout, host);
CREATE TABLE journeys (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, rollout TEXT,
  phase TEXT NOT NULL CHECK (phase IN ('baseline', 'verify', 'manual')),
  ok INTEGER NOT NULL, steps TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE gates (
  seq INTEGER PRIMARY KEY, rollout TEXT NOT NULL, wave TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('promote', 'hold', 'stop')), reason TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE classifications (
  seq INTEGER PRIMARY KEY, rollout TEXT NOT NULL, host TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('release', 'machine')), reason TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE halts (
  seq INTEGER PRIMARY KEY, reason TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, lifted_by TEXT, lifted_at TEXT
);
CREATE TABLE locks (
  name TEXT PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, pid INTEGER NOT NULL, pid_start INTEGER NOT NULL,
  boot_id TEXT NOT NULL, at TEXT NOT NULL, ending TEXT
);
CREATE TABLE run_checks (run TEXT PRIMARY KEY, exit_code INTEGER NOT NULL, message TEXT NOT NULL);
-- Who reaches whom, asked with real packets. intent: SHA-256 of what the network was to be, revision: its commit;
-- pairs, faults: JSON, questions counted zone by zone and sentences on what was wrong.
CREATE TABLE network_proofs (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('twin', 'live')), ok INTEGER NOT NULL,
  intent TEXT NOT NULL, revision TEXT NOT NULL, sockets INTEGER NOT NULL, trunks INTEGER NOT NULL,
  leaks INTEGER NOT NULL, pairs TEXT NOT NULL, faults TEXT NOT NULL,
  who TEXT NOT NULL, command TEXT NOT NULL, at TEXT NOT NULL
);
-- A switch or firewall that was changed, and kept the change. mechanism: what would have undone it.
CREATE TABLE network_changes (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, host TEXT NOT NULL, state TEXT NOT NULL, commands TEXT NOT NULL,
  diff TEXT NOT NULL, mechanism TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX network_changes_of_host ON network_changes (host);
PRAGMA user_version = 3;
