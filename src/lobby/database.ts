import Sqlite from 'libsql'

export interface Account {
  /** What it is known by for ever, random. */
  readonly sub: string
  readonly name: string
  /** As `Passwords` writes it. */
  readonly password: string
}

/** A game as it is kept. Times in milliseconds since 1970; objects and lists as JSON. */
export interface GameRow {
  readonly id: string
  readonly kind: string
  readonly state: 'waiting' | 'running' | 'ended'
  readonly created: number
  readonly changed: number
  readonly seats: number | null
  readonly parameters: string
  readonly players: string
  readonly metadata: string
}

/** Each brings the schema to the next `user_version`. What has been released is never changed. */
const MIGRATIONS = [
  `CREATE TABLE accounts (
     sub TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE, password TEXT NOT NULL, created INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE spent (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE games (
     id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
     seats INTEGER, parameters TEXT NOT NULL, players TEXT NOT NULL, metadata TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX games_by_state ON games (state, changed);`,
]

/** Names are the same where a reader would take them for the same: case, the forms that Unicode has for one letter, what can't be seen. */
export function nameKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
}

/**
 * What the lobby keeps, in one SQLite file. What was committed is on the disk.
 * @throws Error where the file can't be had: another server has it, or a newer version has written it
 */
export function openDatabase(file: string): Database {
  const db = new Sqlite(file, { timeout: 1000 })
  // Two servers on one file would each know half of the truth: tickets used here, log-outs there.
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  migrate(db)
  return { calls: operations(db), together: (work) => together(db, work), close: () => void db.close() }
}

export type Operations = ReturnType<typeof operations>

export interface Database {
  readonly calls: Operations
  together(work: () => void): void
  close(): void
}

function migrate(db: Sqlite.Database): void {
  const [{ user_version: version }] = db.pragma('user_version') as [{ user_version: number }]
  if (version > MIGRATIONS.length)
    throw new Error(`the database has version ${version}, and this Playpipe knows ${MIGRATIONS.length} at most`)
  for (const [n, sql] of MIGRATIONS.entries())
    if (n >= version) db.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${n + 1}; COMMIT`)
}

/** One commit, and so one sync of the disk, for all that was asked at once. Where nothing is written it costs nothing. */
function together(db: Sqlite.Database, work: () => void): void {
  db.exec('BEGIN')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    // A full disk has rolled it back already.
    if (db.inTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Single statements: what fails leaves no trace, whatever is asked together with it. libsql's `get` adds fields of its own: hence `all`. */
function operations(db: Sqlite.Database) {
  const insertAccount = db.prepare('INSERT INTO accounts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
  const accountByKey = db.prepare('SELECT sub, name, password FROM accounts WHERE key = ?')
  const insertSpent = db.prepare('INSERT INTO spent VALUES (?, ?) ON CONFLICT DO NOTHING')
  const allSpent = db.prepare('SELECT id, expires FROM spent WHERE expires > ?')
  const saveGame = db.prepare('REPLACE INTO games VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const gameById = db.prepare('SELECT * FROM games WHERE id = ?')
  const live = db.prepare("SELECT * FROM games WHERE state <> 'ended' ORDER BY created, id")
  const pruneSpent = db.prepare('DELETE FROM spent WHERE expires <= ?')
  const pruneGames = db.prepare("DELETE FROM games WHERE state = 'ended' AND changed <= ?")
  return {
    /** @returns false where the name is taken */
    createAccount: ({ sub, name, password }: Account, now: number): boolean =>
      insertAccount.run(sub, name, nameKey(name), password, now).changes === 1,
    account: (name: string): Account | undefined => accountByKey.all(nameKey(name))[0] as Account | undefined,
    /** A token that is good no longer. */
    spend: (id: string, expires: number): boolean => insertSpent.run(id, expires).changes === 1,
    spent: (now: number) => allSpent.all(now) as { readonly id: string; readonly expires: number }[],
    saveGame: (g: GameRow): void => {
      saveGame.run(g.id, g.kind, g.state, g.created, g.changed, g.seats, g.parameters, g.players, g.metadata)
    },
    game: (id: string): GameRow | undefined => gameById.all(id)[0] as GameRow | undefined,
    liveGames: (): GameRow[] => live.all() as GameRow[],
    /** Forgets tokens that have ended, and games that ended before `gamesUntil`. */
    prune: (now: number, gamesUntil: number): void => {
      pruneSpent.run(now)
      pruneGames.run(gamesUntil)
    },
  }
}
