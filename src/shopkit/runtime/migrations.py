"""The tables of the state file, as the scripts that made them, one a version."""

# One script a version; user_version counts them. A script that shipped never changes.
MIGRATIONS = (
    """
    CREATE TABLE runs (                 -- every command that worked on rows
        id TEXT PRIMARY KEY, command TEXT, out TEXT, pid INTEGER, host TEXT,
        started TEXT, seconds REAL, ended TEXT, counts TEXT
    ) STRICT;
    CREATE TABLE items (                -- the last result of every job
        out TEXT, command TEXT, item TEXT,
        fingerprint TEXT NOT NULL DEFAULT '',
        outcome TEXT NOT NULL DEFAULT '{}',  -- status, reason, values, evidence, warnings as JSON
        files TEXT NOT NULL DEFAULT '{}',    -- kind -> [name in out, sha256] as JSON
        lasting INTEGER NOT NULL DEFAULT 1,  -- 0: a failure of the machine, worth another try
        writing INTEGER NOT NULL DEFAULT 0,  -- runs that began it since it last ended
        run TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (out, command, item)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE owned (                -- contents that shopkit itself put at a path
        path TEXT, sha256 TEXT, PRIMARY KEY (path, sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hashes (               -- content of files by what their folder says of them
        path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, sha256 TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE review (               -- what a person must look at
        id TEXT PRIMARY KEY, out TEXT, command TEXT, item TEXT,
        reason TEXT, vals TEXT, files TEXT, digest TEXT, opened TEXT,
        decision TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', decided TEXT,
        UNIQUE (out, command, item)
    ) STRICT;
    CREATE TABLE ledger (               -- minutes: of the machine, and what a person would take
        id INTEGER PRIMARY KEY, at TEXT, command TEXT, kind TEXT, items INTEGER, seconds REAL,
        baseline_minutes REAL, measured_by TEXT, run TEXT
    ) STRICT;
    """,
    """
    CREATE TABLE codes (                -- coupon codes that buyers may hold, many a row
        id INTEGER PRIMARY KEY, batch TEXT NOT NULL,
        imported INTEGER NOT NULL,      -- 1: not ours, a list somebody read in
        prefix TEXT NOT NULL, length INTEGER NOT NULL,  -- of ours: what is drawn, unchecked
        width INTEGER NOT NULL, amount INTEGER NOT NULL,
        texts BLOB NOT NULL             -- amount codes of width bytes each, in their order
    ) STRICT;
    CREATE TABLE created (              -- what may be created once only: coupons, promotions
        command TEXT, key TEXT, name TEXT, out TEXT, at TEXT, PRIMARY KEY (command, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE price_history (        -- what a SKU cost since when, in minor units
        sku_id TEXT, since TEXT, list_price INTEGER, final_price INTEGER, source TEXT,
        PRIMARY KEY (sku_id, since, source)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE approvals (            -- which plan a person has signed
        digest TEXT PRIMARY KEY, plan TEXT, person TEXT, at TEXT, rows INTEGER, note TEXT
    ) STRICT, WITHOUT ROWID;
    """,
)
