import { expect, it } from 'vitest'
import { Accounts } from '../../src/lobby/accounts.ts'
import { Identity } from '../../src/lobby/identity.ts'
import { Keys } from '../../src/lobby/keys.ts'
import { Limits, networkOf } from '../../src/lobby/limits.ts'
import type { Passwords } from '../../src/lobby/passwords.ts'
import { Spent } from '../../src/lobby/spent.ts'
import { Tokens } from '../../src/lobby/tokens.ts'
import { Metrics } from '../../src/metrics.ts'
import { Clock, storeInMemory, temporaryFolder } from './fixtures.ts'

async function newAccounts(limit = { rate: 1, burst: 1000 }, busy = false) {
  const clock = new Clock()
  const store = storeInMemory()
  const metrics = new Metrics()
  const tokens = new Tokens(new Keys(temporaryFolder(), clock.now()), clock.now)
  const own = { tokens, spent: await Spent.load(store, 0) }
  const identity = new Identity({ own, foreign: undefined, metrics, now: clock.now })
  const checked: (string | undefined)[] = []
  // What takes long is tested where it is: here a password is its own hash.
  const passwords = {
    hash: (password: string) => (busy ? undefined : Promise.resolve(password)),
    verify: (password: string, stored: string | undefined) => {
      checked.push(stored)
      return busy ? undefined : Promise.resolve(password === stored)
    },
  } as unknown as Passwords
  return {
    clock,
    checked,
    identity,
    accounts: new Accounts({ store, passwords, identity, metrics, limit, now: clock.now }),
  }
}

it('a sign-up is a log-in, and so is each log-in with the right password', async () => {
  const { accounts, identity } = await newAccounts()
  const first = await accounts.signUp('Ada', 'secret', '1.1.1.1')
  const second = await accounts.logIn('ADA', 'secret', '1.1.1.1')
  if ('refused' in first || 'refused' in second) throw new Error('refused')
  expect(second.player).toEqual(first.player)
  expect(second.token).not.toBe(first.token)
  expect(await identity.identify(second.token)).toMatchObject({ player: { name: 'Ada' } })
})

it('a wrong name is checked and answered as a wrong password is', async () => {
  const { accounts, checked } = await newAccounts()
  await accounts.signUp('Ada', 'secret', '1.1.1.1')
  expect(await accounts.logIn('Ada', 'wrong', '1.1.1.1')).toEqual({ refused: 'wrong' })
  expect(await accounts.logIn('Bob', 'wrong', '1.1.1.1')).toEqual({ refused: 'wrong' })
  expect(checked).toEqual(['secret', undefined])
})

it('a name has one account, and guests have others', async () => {
  const { accounts } = await newAccounts()
  await accounts.signUp('Ada', 'secret', '1.1.1.1')
  expect(await accounts.signUp('ada', 'other', '1.1.1.1')).toEqual({ refused: 'taken' })
  expect(await accounts.welcome('ADA', '1.1.1.1')).toEqual({ refused: 'taken' })
  const guests = await Promise.all([1, 2].map(() => accounts.welcome('Bob', '1.1.1.1')))
  const [one, two] = guests.map((guest) => 'player' in guest && guest.player)
  expect(one).toMatchObject({ name: 'Bob', guest: true })
  expect(one).not.toEqual(two)
})

it('two who ask for one name at once: one gets it', async () => {
  const { accounts } = await newAccounts()
  const asked = await Promise.all(['Ada', 'ada', 'ADA'].map((name) => accounts.signUp(name, 'secret', '1.1.1.1')))
  expect(asked.filter((answer) => !('refused' in answer))).toHaveLength(1)
})

it('an address may try so often, whatever it tries; others are left alone', async () => {
  const { accounts, clock } = await newAccounts({ rate: 0.5, burst: 3 })
  await accounts.signUp('Ada', 'secret', '1.1.1.1')
  await accounts.logIn('Ada', 'wrong', '1.1.1.1')
  await accounts.welcome('Bob', '1.1.1.1')
  for (const attempt of [
    accounts.signUp('Eve', 'secret', '1.1.1.1'),
    accounts.logIn('Ada', 'secret', '1.1.1.1'),
    accounts.welcome('Eve', '1.1.1.1'),
  ])
    expect(await attempt).toEqual({ refused: 'too many', after: 2 })
  expect(await accounts.logIn('Ada', 'secret', '1.1.1.2')).toMatchObject({ player: { name: 'Ada' } })
  clock.pass(2)
  expect(await accounts.logIn('Ada', 'secret', '1.1.1.1')).toMatchObject({ player: { name: 'Ada' } })
})

it('a name may be guessed at so often, wherever from; right passwords do not count', async () => {
  const { accounts, clock } = await newAccounts()
  await accounts.signUp('Ada', 'secret', '1.1.1.1')
  for (let i = 0; i < 30; i++) expect(await accounts.logIn('Ada', 'secret', `2.1.1.${i}`)).toHaveProperty('token')
  for (let i = 0; i < 10; i++) expect(await accounts.logIn('ada', 'wrong', `1.1.1.${i}`)).toEqual({ refused: 'wrong' })
  expect(await accounts.logIn('Ada', 'secret', '3.1.1.1')).toEqual({ refused: 'too many', after: 10 })
  clock.pass(10)
  expect(await accounts.logIn('Ada', 'secret', '3.1.1.1')).toHaveProperty('token')
})

it('who comes while too much is going on is asked to come again', async () => {
  const { accounts } = await newAccounts(undefined, true)
  expect(await accounts.signUp('Ada', 'secret', '1.1.1.1')).toEqual({ refused: 'busy', after: 5 })
  expect(await accounts.logIn('Ada', 'secret', '1.1.1.1')).toEqual({ refused: 'busy', after: 5 })
})

it('one network of IPv6 counts as one address', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8:1:2::9')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0')
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
})

it('limits remember a bounded number of keys', () => {
  const limits = new Limits({ rate: 1, burst: 1 }, () => 0)
  expect(limits.take('first')).toBe(0)
  for (let i = 0; i < 19_999; i++) limits.take(`${i}`)
  expect(limits.take('first')).toBe(1)
  for (let i = 0; i < 20_001; i++) limits.take(`x${i}`)
  expect(limits.take('first')).toBe(0)
})
