-- A store of schema 2 becomes one of schema 3, which keeps proofs of the network and changes of its devices.
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
