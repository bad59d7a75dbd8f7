-- A ledger as the first version of it was: schema.FIRST, written out by hand, with one page and what a person said of it.
PRAGMA application_id = 1684632180;
PRAGMA user_version = 1;
CREATE TABLE run (id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, version TEXT NOT NULL, program TEXT NOT NULL, forms TEXT NOT NULL, model TEXT NOT NULL, model_name TEXT NOT NULL, layout TEXT NOT NULL, names TEXT NOT NULL, decimals TEXT NOT NULL);
CREATE TABLE scan (hash TEXT NOT NULL, program TEXT NOT NULL, pages INTEGER NOT NULL, PRIMARY KEY (hash, program)) WITHOUT ROWID;
CREATE TABLE page (id INTEGER PRIMARY KEY, scan TEXT NOT NULL, page INTEGER NOT NULL, forms TEXT NOT NULL, model TEXT NOT NULL, program TEXT NOT NULL, version TEXT NOT NULL, file NOT NULL, form TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, fit REAL, lasting INTEGER NOT NULL, seconds REAL NOT NULL, at TEXT NOT NULL, UNIQUE (scan, page, forms, model, program));
CREATE TABLE field (page_id INTEGER NOT NULL REFERENCES page (id), number INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, confidence REAL NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, PRIMARY KEY (page_id, number)) WITHOUT ROWID;
CREATE TABLE digit (page_id INTEGER NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, digit TEXT NOT NULL, confidence REAL NOT NULL, second_digit TEXT NOT NULL, second_confidence REAL NOT NULL, status TEXT NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, PRIMARY KEY (page_id, number, position)) WITHOUT ROWID;
CREATE TABLE listing (run INTEGER NOT NULL REFERENCES run (id), file_number INTEGER NOT NULL, page INTEGER NOT NULL, page_id INTEGER NOT NULL REFERENCES page (id), file NOT NULL, PRIMARY KEY (run, file_number, page)) WITHOUT ROWID;
CREATE TABLE verified (scan TEXT NOT NULL, page INTEGER NOT NULL, form TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (scan, page, form, field)) WITHOUT ROWID;
INSERT INTO run VALUES (1, '2026-11-22T16:00:00+00:00', NULL, '0.1.0', 'program', 'forms', 'model', 'digits-3', 'wide', '["votes"]', '[]');
INSERT INTO scan VALUES ('abc', 'program', 1);
INSERT INTO page VALUES (1, 'abc', 1, 'forms', 'model', 'program', '0.1.0', 'scans/a.png', 'tally', 'read', '', 1.25, 1, 1.5, '2026-11-22T16:00:01+00:00');
INSERT INTO field VALUES (1, 0, 'votes', '47', 0.5, 'review', 'digit 2 may be 7', 5, 6, 70, 80);
INSERT INTO digit VALUES (1, 0, 0, '4', 0.99, '', 0, 'ok', 5, 6, 35, 80);
INSERT INTO digit VALUES (1, 0, 1, '7', 0.5, '2', 0.45, 'review', 40, 6, 35, 80);
INSERT INTO listing VALUES (1, 1, 1, 1, 'scans/a.png');
INSERT INTO verified VALUES ('abc', 1, 'tally', 'votes', '42', 5, 6, 70, 80, '2026-11-22T17:00:00+00:00');
