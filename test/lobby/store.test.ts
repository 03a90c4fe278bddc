import { statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/lobby/database.ts'
import { openStore } from '../../src/lobby/store.ts'
import { ConfigError } from '../../src/values.ts'
import { temporaryFolder } from './fixtures.ts'

const account = (name: string) => ({ sub: `sub of ${name}`, name, password: 'hashed' })

async function newStore(folder = temporaryFolder()) {
  const store = await openStore(folder)
  onTestFinished(() => store.close())
  return store
}

it('what was answered is there for whoever opens the folder next', async () => {
  const folder = temporaryFolder()
  const store = await openStore(folder)
  expect(await store.call('createAccount', account('Ada'), 1)).toBe(true)
  await store.close()
  expect(await (await newStore(folder)).call('account', 'Ada')).toEqual(account('Ada'))
})

it('a name is taken once, in whatever case and form', async () => {
  const store = await newStore()
  const names = ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308', 'Zoë']
  const taken = await Promise.all(
    names.map((name, i) => store.call('createAccount', { ...account(name), sub: `${i}` }, 1)),
  )
  expect(taken).toEqual([true, false, false, false, false])
  expect(await store.call('account', 'zOË')).toMatchObject({ name: 'Zoë' })
})

it.each(["'; DROP TABLE accounts; --", '" OR ""="', "x' OR '1'='1", '%', '_', '\\', "Robert'); DELETE FROM accounts"])(
  'a name is a name, whatever SQL it spells: %s',
  async (name) => {
    const store = await newStore()
    await store.call('createAccount', account('Ada'), 1)
    expect(await store.call('account', name)).toBeUndefined()
    expect(await store.call('createAccount', account(name), 1)).toBe(true)
    expect(await store.call('account', name)).toEqual(account(name))
    expect(await store.call('account', 'Ada')).toEqual(account('Ada'))
  },
)

it('one call that fails leaves those beside it alone', async () => {
  const store = await newStore()
  const answers = await Promise.allSettled([
    store.call('createAccount', account('Ada'), 1),
    store.call('createAccount', { ...account('Bob'), password: null as unknown as string }, 1),
    store.call('createAccount', account('Eve'), 1),
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await store.call('account', 'Eve')).toEqual(account('Eve'))
})

it('a folder belongs to one server at a time', async () => {
  const folder = temporaryFolder()
  await newStore(folder)
  await expect(openStore(folder)).rejects.toThrow(new ConfigError(`--data ${folder}: another server has its database`))
})

it('only its owner can read it', async () => {
  const folder = temporaryFolder()
  await (await newStore(folder)).call('createAccount', account('Ada'), 1)
  for (const name of ['lobby.db', 'lobby.db-wal']) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
})

it('a database of a later version is left alone', async () => {
  const file = join(temporaryFolder(), 'lobby.db')
  const db = new Sqlite(file)
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => openDatabase(file)).toThrow(/version 99/)
})

it('forgets tokens that have ended and games that ended long ago', async () => {
  const store = await newStore()
  const game = { kind: '', created: 1, seats: null, parameters: '{}', players: '[]', metadata: '{}' }
  await store.call('saveGame', { ...game, id: 'old', state: 'ended', changed: 5 })
  await store.call('saveGame', { ...game, id: 'new', state: 'ended', changed: 15 })
  await store.call('saveGame', { ...game, id: 'runs', state: 'running', changed: 5 })
  await store.call('spend', 'a', 10)
  await store.call('spend', 'b', 20)
  await store.call('prune', 15, 10)
  expect(await store.call('spent', 0)).toEqual([{ id: 'b', expires: 20 }])
  const found = await Promise.all(['old', 'new', 'runs'].map((id) => store.call('game', id)))
  expect(found.map((row) => row?.id)).toEqual([undefined, 'new', 'runs'])
})
